/**
 * How many records go out together. Where that was too much for the reader, half of them do; later more are tried again: at
 * once after a single long record was the cause, ever less often where the reader's limit stays.
 */

/** The most full runs between two attempts to double the size. */
const mostPatience = 256;

export class RunSize {
  readonly #limit: number;
  #most: number;
  /** After this many full runs, twice as many records are tried. */
  #patience = 1;
  #fullRuns = 0;
  /** Whether no run of this size has arrived since it grew to it. */
  #isTrial = false;

  /** `limit` is what the reader is known to take, in records. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#most = limit;
  }

  /** How many records may go out together now. */
  get most(): number {
    return this.#most;
  }

  /** The reader took a run of this many records. */
  taken(records: number): void {
    if (records < this.#most) return;
    if (this.#isTrial) this.#patience = 1;
    this.#isTrial = false;
    if (this.#most === this.#limit || ++this.#fullRuns < this.#patience) return;
    this.#most = Math.min(this.#limit, 2 * this.#most);
    this.#fullRuns = 0;
    this.#isTrial = true;
  }

  /** A run of this many records was too much for the reader. */
  tooMuch(records: number): void {
    if (this.#isTrial && records > this.#most / 2)
      this.#patience = Math.min(mostPatience, 2 * this.#patience);
    this.#isTrial = false;
    this.#fullRuns = 0;
    this.#most = Math.min(this.#most, Math.ceil(records / 2));
  }
}
