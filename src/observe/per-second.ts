/** A bound on what is done in each second of packet time. */
export class PerSecond {
  readonly #most: number;
  #done = 0;
  #sinceUs = Number.NEGATIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether one more may be done now. It counts as done. */
  take(timestampUs: number): boolean {
    // A file's packets may go back in time.
    if (!(timestampUs >= this.#sinceUs && timestampUs < this.#sinceUs + 1_000_000)) {
      this.#sinceUs = timestampUs;
      this.#done = 0;
    }
    if (this.#done >= this.#most) return false;
    this.#done++;
    return true;
  }
}
