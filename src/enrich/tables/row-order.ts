/**
 * Rows in the order in which they were used last: a list that is linked both ways. The links stand in the rows' own words,
 * two from `at` on, so that a look-up that renews a row has them at hand.
 */
const NONE = -1;

export class RowOrder {
  /** -1 where no row is in it. */
  oldest = NONE;
  #newest = NONE;
  readonly #words: Int32Array;
  readonly #rowWords: number;
  /** Where in a row's words the row stands that was used just before it, and the one just after it. */
  readonly #before: number;
  readonly #after: number;

  constructor(words: Int32Array, rowWords: number, at: number) {
    this.#words = words;
    this.#rowWords = rowWords;
    this.#before = at;
    this.#after = at + 1;
  }

  /** A row that is not in the order becomes its newest. */
  add(row: number): void {
    const start = row * this.#rowWords;
    const before = this.#newest;
    this.#words[start + this.#before] = before;
    this.#words[start + this.#after] = NONE;
    if (before === NONE) this.oldest = row;
    else this.#words[before * this.#rowWords + this.#after] = row;
    this.#newest = row;
  }

  /** A row that is in the order becomes its newest. */
  renew(row: number): void {
    const newest = this.#newest;
    if (row === newest) return;
    const words = this.#words;
    const rowWords = this.#rowWords;
    const start = row * rowWords;
    const before = words[start + this.#before]!;
    const after = words[start + this.#after]!;
    if (before === NONE) this.oldest = after;
    else words[before * rowWords + this.#after] = after;
    words[after * rowWords + this.#before] = before;
    words[start + this.#before] = newest;
    words[start + this.#after] = NONE;
    words[newest * rowWords + this.#after] = row;
    this.#newest = row;
  }

  remove(row: number): void {
    const words = this.#words;
    const start = row * this.#rowWords;
    const before = words[start + this.#before]!;
    const after = words[start + this.#after]!;
    if (before === NONE) this.oldest = after;
    else words[before * this.#rowWords + this.#after] = after;
    if (after === NONE) this.#newest = before;
    else words[after * this.#rowWords + this.#before] = before;
  }
}
