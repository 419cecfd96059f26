/**
 * A hash table with a fixed number of rows, each found by its key: a number of 32-bit words, even and the same for all rows. A look-up
 * builds no string and no object.
 *
 * The caller hashes, for it may know a part of a key's hash already. The index is open addressing over slots, each 0 or (the
 * hash's top eight bits | row + 1), so that a key that is not there is rarely looked for in a row. A row, in words:
 *
 *     0 hash     1… key     after the key: what the owner keeps there
 */

/** Of a slot. */
const ROW = 0x00ff_ffff;
const HASH = 0;
const KEY = 1;

export class WordTable {
  readonly capacity: number;
  /** All rows, one after the other. */
  readonly words: Int32Array;
  readonly rowWords: number;
  readonly #keyWords: number;
  readonly #slots: Int32Array;
  /** Rows that have been in use. */
  #begun = 0;
  /** Row + 1 of the row that was removed last, which has that of the one before in place of its hash; 0 where none is. */
  #free = 0;
  #size = 0;

  /** `capacity`: at most 16 million. `ownerWords`: words of a row after its key. */
  constructor(capacity: number, keyWords: number, ownerWords: number) {
    this.capacity = capacity;
    this.rowWords = KEY + keyWords + ownerWords;
    this.#keyWords = keyWords;
    this.words = zeros(capacity * this.rowWords);
    this.#slots = zeros(2 ** Math.ceil(Math.log2(capacity * 2)));
  }

  /** Rows in use. */
  get size(): number {
    return this.#size;
  }

  /** The row of the key that stands in `from` at `at`, or -1. */
  find(hash: number, from: Int32Array, at: number): number {
    const { words, rowWords } = this;
    const keyWords = this.#keyWords;
    const slots = this.#slots;
    const mask = slots.length - 1;
    // The index is at most half full, so an empty slot ends the walk.
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]!;
      if (entry === 0) return -1;
      if (((entry ^ hash) & ~ROW) !== 0) continue;
      const row = (entry & ROW) - 1;
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
  }

  /** Adds a key that `find` did not find; returns its row, whose other words are what they were. Only where `size` is below `capacity`. */
  add(hash: number, from: Int32Array, at: number): number {
    const row = this.#takeRow();
    const start = row * this.rowWords;
    this.words[start + HASH] = hash;
    for (let word = 0; word < this.#keyWords; word++) this.words[start + KEY + word] = from[at + word]!;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = (hash & ~ROW) | (row + 1);
    this.#size++;
    return row;
  }

  /** The row is free from now on; the one that was removed last is the first that is used again. */
  remove(row: number): void {
    this.#emptySlot(this.#slotOf(row));
    this.words[row * this.rowWords + HASH] = this.#free;
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
    this.#free = this.words[row * this.rowWords + HASH]!;
    return row;
  }

  #slotOf(row: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = this.#home(row);
    while ((slots[slot]! & ROW) !== row + 1) slot = (slot + 1) & mask;
    return slot;
  }

  /** Moves up those after it that could not stand there because it was taken: no walk may end before them. */
  #emptySlot(emptied: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let empty = emptied;
    for (let slot = (empty + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#home((slots[slot]! & ROW) - 1);
      if (((slot - home) & mask) < ((slot - empty) & mask)) continue;
      slots[empty] = slots[slot]!;
      empty = slot;
    }
    slots[empty] = 0;
  }

  /** The slot that a row's entry stands in where it is free. */
  #home(row: number): number {
    return this.words[row * this.rowWords + HASH]! & (this.#slots.length - 1);
  }
}

/** Shared with nobody: see FlowRows. The kernel gives it page by page. */
function zeros(words: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(words * 4));
}
