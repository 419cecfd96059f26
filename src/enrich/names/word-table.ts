/**
 * A hash table with a fixed number of rows, each found by its key: a number of 32-bit words, the same for all rows. What a row
 * means stands in columns of the owner's, by the row's number. A look-up builds no string and no object.
 *
 * The caller hashes, for it may know a part of a key's hash already. Buckets are chains: a key's bucket is the low bits of its hash.
 */
export class WordTable {
  readonly capacity: number;
  readonly #keyWords: number;
  /** Each row's hash, then its key. */
  readonly #rows: Int32Array;
  /** Row + 1 of each bucket's first row; 0 where the bucket is empty. */
  readonly #heads: Int32Array;
  /** Row + 1 of the next row of the same bucket, or of the next free row; 0 at the end. */
  readonly #next: Int32Array;
  readonly #mask: number;
  /** Rows that have been in use. */
  #begun = 0;
  /** Row + 1 of the row that became free last; 0 where none is. */
  #free = 0;
  #size = 0;

  constructor(capacity: number, keyWords: number) {
    const buckets = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.capacity = capacity;
    this.#keyWords = keyWords;
    this.#rows = new Int32Array(capacity * (keyWords + 1));
    this.#heads = new Int32Array(buckets);
    this.#next = new Int32Array(capacity);
    this.#mask = buckets - 1;
  }

  /** Rows in use. */
  get size(): number {
    return this.#size;
  }

  /** The row of the key that stands in `from` at `at`, or -1. */
  find(hash: number, from: Int32Array, at: number): number {
    const rows = this.#rows;
    const keyWords = this.#keyWords;
    let row = this.#heads[hash & this.#mask]! - 1;
    while (row >= 0) {
      const start = row * (keyWords + 1);
      if (rows[start] === hash) {
        // From its end on: the words before an IPv4 address are equal anyway.
        let word = keyWords;
        while (word > 0 && rows[start + word] === from[at + word - 1]) word--;
        if (word === 0) return row;
      }
      row = this.#next[row]! - 1;
    }
    return -1;
  }

  /** Adds a key that `find` did not find; returns its row. Only where `size` is below `capacity`. */
  add(hash: number, from: Int32Array, at: number): number {
    const row = this.#takeRow();
    const start = row * (this.#keyWords + 1);
    this.#rows[start] = hash;
    for (let word = 0; word < this.#keyWords; word++) this.#rows[start + 1 + word] = from[at + word]!;
    const bucket = hash & this.#mask;
    this.#next[row] = this.#heads[bucket]!;
    this.#heads[bucket] = row + 1;
    this.#size++;
    return row;
  }

  /** The row is free from now on; the one that was removed last is the first that is used again. */
  remove(row: number): void {
    this.#unlink(row);
    this.#next[row] = this.#free;
    this.#free = row + 1;
    this.#size--;
  }

  /** The words of a row's key. */
  key(row: number): Int32Array {
    const start = row * (this.#keyWords + 1) + 1;
    return this.#rows.subarray(start, start + this.#keyWords);
  }

  #takeRow(): number {
    if (this.#free === 0) return this.#begun++;
    const row = this.#free - 1;
    this.#free = this.#next[row]!;
    return row;
  }

  #unlink(row: number): void {
    const bucket = this.#rows[row * (this.#keyWords + 1)]! & this.#mask;
    const next = this.#next[row]!;
    let before = this.#heads[bucket]! - 1;
    if (before === row) {
      this.#heads[bucket] = next;
      return;
    }
    while (this.#next[before] !== row + 1) before = this.#next[before]! - 1;
    this.#next[before] = next;
  }
}
