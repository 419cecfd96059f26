/** A bound on what is done in each second of packet time. */

const secondUs = 1_000_000;

export class PerSecond {
  readonly #most: number;
  #done = 0;
  #sinceUs = Number.NEGATIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether one more may be done now. It counts as done. */
  take(timestampUs: number): boolean {
    // Clocks of captures go back too: by a little from one interface to another, and by more in files.
    if (Math.abs(timestampUs - this.#sinceUs) >= secondUs) {
      this.#sinceUs = timestampUs;
      this.#done = 0;
    }
    if (this.#done >= this.#most) return false;
    this.#done++;
    return true;
  }
}
