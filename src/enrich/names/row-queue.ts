/** A first-in, first-out queue of integers with a fixed size. */
export class RowQueue {
  readonly #rows: Int32Array;
  #first = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#rows = new Int32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** The caller sees to it that there is room. */
  push(row: number): void {
    this.#rows[(this.#first + this.#size++) % this.#rows.length] = row;
  }

  /** The oldest, or undefined. */
  shift(): number | undefined {
    if (this.#size === 0) return undefined;
    const row = this.#rows[this.#first];
    this.#first = (this.#first + 1) % this.#rows.length;
    this.#size--;
    return row;
  }
}
