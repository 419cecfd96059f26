/** Which address a collector has: that of its name, which may have several and may change. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Gives all addresses of a name, the preferred first. Rejects when there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Through the system, /etc/hosts included. */
export async function resolveBySystem(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** How long a resolved address is used before the name is looked up again. */
const refreshMs = 60_000;

export class CollectorAddresses {
  /** Where to send; undefined until the name is known. */
  current: string | undefined;
  /** Why the last question brought no answer; undefined when it did. */
  failure: NodeJS.ErrnoException | undefined;
  readonly #host: string;
  readonly #resolve: Resolve;
  readonly #fixed: boolean;
  #all: readonly string[];
  #asking = false;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(host: string, resolve: Resolve) {
    this.#host = host;
    this.#resolve = resolve;
    this.#fixed = isIP(host) !== 0;
    this.#all = this.#fixed ? [host] : [];
    this.current = this.#all[0];
  }

  /**
   * Asks for the name's addresses if that was last done more than a minute ago, or at once when the present one has
   * `failed`. `answered` is called when there is an answer or none is to be had; `current` may be another then.
   */
  refresh(nowMs: number, answered: () => void, failed = false): void {
    if (this.#fixed || this.#asking || (!failed && nowMs - this.#askedMs < refreshMs)) return;
    this.#asking = true;
    this.#askedMs = nowMs;
    const settle = (addresses: readonly string[], failure: Error | undefined) => {
      this.#asking = false;
      this.failure = failure;
      this.#take(addresses);
      answered();
    };
    this.#resolve(this.#host).then(
      (addresses) => settle(addresses, undefined),
      (error: Error) => settle([], error),
    );
  }

  /**
   * Goes on to the name's next address: "localhost" may be ::1 to the system and 127.0.0.1 to the collector. False when
   * that is the first one again.
   */
  next(): boolean {
    const position = this.#all.indexOf(this.current ?? '') + 1;
    this.current = this.#all[position] ?? this.#all[0];
    return position < this.#all.length;
  }

  /** Stays with the present address as long as the name has it: some resolvers give them in turn. */
  #take(addresses: readonly string[]): void {
    if (addresses.length === 0) return;
    this.#all = addresses;
    if (this.current === undefined || !addresses.includes(this.current)) this.current = addresses[0];
  }
}
