/** Counts what was tried more than once. Records that wait again are the oldest ones, so that a number tells which. */
export class Tries {
  /** As in SinkCounts. */
  readonly counts = { recordsRetried: 0, duplicatesPossible: 0 };
  /** How many of the oldest waiting records were tried before. */
  #tried = 0;

  /** The oldest `records` wait no longer. Returns how many of them, the first ones, were tried before. */
  leave(records: number): number {
    const tried = Math.min(this.#tried, records);
    this.#tried -= tried;
    return tried;
  }

  /** Records wait again, as the oldest; `triedBefore` of them had been tried before this time. */
  waitAgain(records: number, triedBefore: number): void {
    this.#tried += records;
    this.counts.recordsRetried += records - triedBefore;
  }

  /** Records wait again that may have arrived. */
  mayHaveArrived(records: number): void {
    this.counts.duplicatesPossible += records;
  }
}
