/** Rows in the order in which they were used last: a list that is linked both ways, in a ring through an entry of no row. */
export class RowOrder {
  /** For each row the one that was used next before it, and the one next after it. */
  readonly #links: Int32Array;
  /** The entry of no row: "before" it is the newest, "after" it the oldest. */
  readonly #none: number;

  constructor(capacity: number) {
    this.#links = new Int32Array((capacity + 1) * 2);
    this.#none = capacity;
    this.#join(capacity, capacity);
  }

  /** -1 where there is none. */
  get oldest(): number {
    const row = this.#links[this.#none * 2 + 1]!;
    return row === this.#none ? -1 : row;
  }

  /** A row that is not in the order becomes its newest. */
  add(row: number): void {
    const newest = this.#links[this.#none * 2]!;
    this.#join(newest, row);
    this.#join(row, this.#none);
  }

  /** A row that is in the order becomes its newest. */
  renew(row: number): void {
    if (this.#links[this.#none * 2] === row) return;
    this.remove(row);
    this.add(row);
  }

  remove(row: number): void {
    this.#join(this.#links[row * 2]!, this.#links[row * 2 + 1]!);
  }

  #join(before: number, after: number): void {
    this.#links[before * 2 + 1] = after;
    this.#links[after * 2] = before;
  }
}
