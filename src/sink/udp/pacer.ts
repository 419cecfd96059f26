/**
 * A token bucket (RFC 2697's idea): how many datagrams may go out at a moment.
 *
 * It holds what the rate allows within one tick of the sending clock, so a burst is never larger than that, however
 * long nothing was sent. At 20,000 a second these are 100 datagrams: Linux's default receive buffer of 208 KiB takes
 * 166 of a record each.
 */

/** The sending clock's period. */
export const tickMs = 5;

/** How long a pace that was slowed down takes to double, until it is what was wanted. */
const recoveryMs = 1_000;
/** What slows it down may be others' doing: it never comes nearly to a stop. */
const slowest = 1 / 32;

export class Pacer {
  readonly #limitPerMs: number;
  #perMs: number;
  /** The part of it that is used: 1 unless slowed down. */
  #part = 1;
  #tokens: number;
  #lastMs: number;

  constructor(limitPerSecond: number, nowMs: number) {
    this.#limitPerMs = limitPerSecond / 1000;
    this.#perMs = this.#limitPerMs;
    this.#tokens = this.#most;
    this.#lastMs = nowMs;
  }

  /** Goes on at this rate, or at the limit where that is lower. */
  setRate(perSecond: number): void {
    this.#perMs = Math.min(this.#limitPerMs, perSecond / 1000);
  }

  /** Goes on at the limit, whatever slowed it down. */
  hurry(): void {
    this.#perMs = this.#limitPerMs;
    this.#part = 1;
  }

  /** Goes on at half the pace, and recovers slowly. */
  slowDown(): void {
    this.#part = Math.max(slowest, this.#part / 2);
    this.#tokens = 0;
  }

  /** Adds what the time since the last call allows. */
  advance(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#lastMs);
    if (this.#part < 1) this.#part = Math.min(1, this.#part * 2 ** (passedMs / recoveryMs));
    this.#tokens = Math.min(this.#most, this.#tokens + passedMs * this.#perMs * this.#part);
    this.#lastMs = nowMs;
  }

  /** Takes one datagram's token; false when there is none. */
  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** The token taken last was not used. */
  giveBack(): void {
    this.#tokens++;
  }

  get #most(): number {
    return Math.max(1, this.#perMs * this.#part * tickMs);
  }
}
