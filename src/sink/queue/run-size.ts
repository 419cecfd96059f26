/**
 * How many records go out together. Where that was too much for the reader, half of them do; later more are tried again: at
 * once after a single long record was the cause, ever less often where the reader's limit stays.
 */

/** Twice as many are tried after so many full runs, at the least often. */
const mostPatience = 256;

export class RunSize {
  readonly #limit: number;
  #most: number;
  /** Twice as many are tried after so many full runs. */
  #patience = 1;
  #fullRuns = 0;
  /** Whether no run of this size has arrived since it grew to it. */
  #isTrial = false;

  /** `limit` is what the reader is known to take, in records. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#most = limit;
  }

  /** So many records at the most may go out together now. */
  get most(): number {
    return this.#most;
  }

  /** A run of so many records was taken. */
  taken(records: number): void {
    if (records < this.#most) return;
    if (this.#isTrial) this.#patience = 1;
    this.#isTrial = false;
    if (this.#most === this.#limit || ++this.#fullRuns < this.#patience) return;
    this.#most = Math.min(this.#limit, 2 * this.#most);
    this.#fullRuns = 0;
    this.#isTrial = true;
  }

  /** A run of so many records was too much. */
  tooMuch(records: number): void {
    if (this.#isTrial && records > this.#most / 2)
      this.#patience = Math.min(mostPatience, 2 * this.#patience);
    this.#isTrial = false;
    this.#fullRuns = 0;
    this.#most = Math.min(this.#most, Math.ceil(records / 2));
  }
}
