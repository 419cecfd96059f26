/** Who is told of flows soon after they began, and not only when their window has closed. */
import { MOST_INTERFACE_INDEX } from '../packet/numbers.js';
import { Packet } from '../packet/packet.js';
import type { FlowTable, TellFlow } from './table/flow-table.js';
import type { WindowBounds } from './window.js';

export interface NewFlows {
  /**
   * A flow that has a row since the last time: once in each window, and once more where it goes on in a second row. `key` is
   * read during the call only. `interfaceIndex` is that of the first packet's interface, 0 where it is not known; `tcpFlags` are those
   * of its packets so far, as a Tally has them, and `ttl` is their time to live, 0 where they differ; each is -1 where nobody counts
   * it. Its window begins at `startUs`.
   */
  flow(key: Packet, interfaceIndex: number, tcpFlags: number, ttl: number, startUs: number): void;
  /** No more come now. */
  told(): void;
  /** A window has closed, and this many of its flows were never told of, because too many came. */
  missed(flows: number): void;
}

/** So many are told of at a time; others come the next time. */
export const mostNewFlows = 4_096;
/**
 * And so many in a millisecond, on the average. Whoever asks the kernel about each takes a small part of a core at the most: a
 * flood of new flows is not to take the time that its frames need.
 */
const newFlowsPerMs = 40;

/** What it tells of. */
type ToldWindow = Pick<WindowBounds, 'startUs'> & { readonly table: FlowTable };

/** Tells of what is new in the tables of open windows. */
export class NewFlowTeller {
  readonly #to: NewFlows;
  /** A steady clock. */
  readonly #nowMs: () => number;
  readonly #key = new Packet();
  /** How many may be told of, as of `#atMs`. */
  #room = mostNewFlows;
  #atMs = Number.NEGATIVE_INFINITY;
  /** Of the window that is told of now. */
  #startUs = 0;

  constructor(to: NewFlows, nowMs: () => number) {
    this.#to = to;
    this.#nowMs = nowMs;
  }

  /** Tells of what is new in `windows`, as far as there is room; true where some of it has to wait. */
  tell(windows: readonly ToldWindow[]): boolean {
    this.#makeRoom();
    let told = 0;
    let isWaiting = false;
    for (const { table, startUs } of windows) {
      table.apply();
      this.#startUs = startUs;
      told += table.tellNew(Math.floor(this.#room) - told, this.#key, this.#tellFlow);
      isWaiting ||= table.flowsUntold > 0;
    }
    this.#room -= told;
    if (told > 0) this.#to.told();
    return isWaiting;
  }

  /** The same for a window that closes: what has to wait is missed. */
  close(window: ToldWindow): void {
    if (this.tell([window])) this.#to.missed(window.table.flowsUntold);
  }

  #makeRoom(): void {
    const nowMs = this.#nowMs();
    const gained = (nowMs - this.#atMs) * newFlowsPerMs;
    this.#room = Math.min(mostNewFlows, this.#room + gained);
    this.#atMs = nowMs;
  }

  readonly #tellFlow: TellFlow = (key, interfaceNumber, tcpFlags, ttl) => {
    const isIndex = interfaceNumber > 0 && interfaceNumber <= MOST_INTERFACE_INDEX;
    this.#to.flow(key, isIndex ? interfaceNumber : 0, tcpFlags, ttl, this.#startUs);
  };
}
