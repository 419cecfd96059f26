/**
 * A hash table with a fixed number of rows, each found by its key: a number of 32-bit words, even and the same for all rows. A
 * look-up builds no string and no object.
 *
 * The caller hashes, for it may know a part of a key's hash already. Rows of a bucket are chained by links, each 0 or (the hash's
 * top eight bits | row + 1), so that a key that is not there is rarely looked for in a row. A row, in words:
 *
 *     0 hash     1… key     after the key: what the owner keeps there
 */

/** Of a link. */
const ROW = 0x00ff_ffff;
const HASH = 0;
const KEY = 1;

export class WordTable {
  readonly capacity: number;
  /** All rows, one after the other. */
  readonly words: Int32Array;
  readonly rowWords: number;
  readonly #keyWords: number;
  /** Link to each bucket's first row; a bucket is the low bits of a hash. */
  readonly #heads: Int32Array;
  /** Link to the next row of the same bucket, or of the free ones. */
  readonly #next: Int32Array;
  /** Rows that have been in use. */
  #begun = 0;
  /** Link to the row that was removed last. */
  #free = 0;
  #size = 0;

  /** `capacity`: at most 16 million. `ownerWords`: words of a row after its key. */
  constructor(capacity: number, keyWords: number, ownerWords: number) {
    this.capacity = capacity;
    this.rowWords = KEY + keyWords + ownerWords;
    this.#keyWords = keyWords;
    this.words = zeros(capacity * this.rowWords);
    this.#heads = zeros(2 ** Math.ceil(Math.log2(capacity)));
    this.#next = zeros(capacity);
  }

  /** Rows in use. */
  get size(): number {
    return this.#size;
  }

  /** The row of the key that stands in `from` at `at`, or -1. */
  find(hash: number, from: Int32Array, at: number): number {
    const { words, rowWords } = this;
    const keyWords = this.#keyWords;
    const heads = this.#heads;
    let link = heads[hash & (heads.length - 1)]!;
    while (link !== 0) {
      const row = (link & ROW) - 1;
      if (((link ^ hash) & ~ROW) === 0) {
        const key = row * rowWords + KEY;
        // From its end on: the words before an IPv4 address are equal anyway.
        let word = keyWords - 2;
        while (
          word >= 0 &&
          ((words[key + word]! ^ from[at + word]!) | (words[key + word + 1]! ^ from[at + word + 1]!)) === 0
        )
          word -= 2;
        if (word < 0) return row;
      }
      link = this.#next[row]!;
    }
    return -1;
  }

  /** Adds a key that `find` did not find; returns its row, whose other words are what they were. Only where `size` is below `capacity`. */
  add(hash: number, from: Int32Array, at: number): number {
    const row = this.#takeRow();
    const start = row * this.rowWords;
    this.words[start + HASH] = hash;
    for (let word = 0; word < this.#keyWords; word++) this.words[start + KEY + word] = from[at + word]!;
    const bucket = this.#bucketOf(row);
    this.#next[row] = this.#heads[bucket]!;
    this.#heads[bucket] = (hash & ~ROW) | (row + 1);
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
    const start = row * this.rowWords + KEY;
    return this.words.subarray(start, start + this.#keyWords);
  }

  #takeRow(): number {
    if (this.#free === 0) return this.#begun++;
    const row = this.#free - 1;
    this.#free = this.#next[row]!;
    return row;
  }

  #unlink(row: number): void {
    const next = this.#next[row]!;
    const bucket = this.#bucketOf(row);
    let before = (this.#heads[bucket]! & ROW) - 1;
    if (before === row) {
      this.#heads[bucket] = next;
      return;
    }
    while ((this.#next[before]! & ROW) !== row + 1) before = (this.#next[before]! & ROW) - 1;
    this.#next[before] = next;
  }

  #bucketOf(row: number): number {
    return this.words[row * this.rowWords + HASH]! & (this.#heads.length - 1);
  }
}

/** Shared with nobody: see FlowRows. The kernel gives it page by page. */
function zeros(words: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(words * 4));
}
