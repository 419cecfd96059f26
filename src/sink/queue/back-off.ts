/** How long to wait before trying an absent reader again: up to a second, doubling to a minute, at random ("full jitter"). */

const firstMs = 1_000;
const longestMs = 60_000;
/** While the program ends, there is no time for long waits. */
const closingMs = 500;

export class BackOff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` gives numbers from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The pause before the next try, after one more that failed. */
  pauseMs(isClosing: boolean): number {
    const mostMs = Math.min(longestMs, firstMs * 2 ** this.#failures++);
    return this.#random() * (isClosing ? Math.min(closingMs, mostMs) : mostMs);
  }

  /** A try succeeded. */
  reset(): void {
    this.#failures = 0;
  }
}
