/**
 * Where a flow's row is: open addressing over 32-bit slots, each 0 or (tag << 24 | unit of the row + 1), the tag being the hash's top
 * eight bits.
 *
 * Growing means to enter every row again, which takes 10 ms for a million of them. So the next, larger index is filled
 * ahead of time, a few rows with each block of packets, while this one is still in use; as rows lie in the order in which they came,
 * those that are in it are simply the first so many.
 */
import { ENTRY_ROW, HASH, type RowLayout } from './row-layout.js';

const smallestIndex = 1024;
/** The next index is begun when so many of the slots are taken, and is needed at one half: late, as it may never be. */
const aheadPart = 31 / 64;
/** A 64th of the slots is left then, for which 32 times as many rows are to be entered: this is twice what it takes. */
const rowsAhead = 64;

export class RowIndex {
  slots: Int32Array = new Int32Array(smallestIndex);
  readonly #rows: Int32Array;
  readonly #rowWords: number;
  /** See RowLayout. */
  readonly #unitShift: number;
  #next: Int32Array | undefined;
  /** Rows that are in `#next`. */
  #entered = 0;

  constructor(rows: Int32Array, { rowWords, unitShift }: Pick<RowLayout, 'rowWords' | 'unitShift'>) {
    this.#rows = rows;
    this.#rowWords = rowWords;
    this.#unitShift = unitShift;
  }

  get bytes(): number {
    return this.slots.byteLength + (this.#next?.byteLength ?? 0);
  }

  /** To be called before `more` rows are added to the `size` that there are: at most half of the slots are taken then. */
  makeRoom(size: number, more: number): void {
    const slots = this.slots.length;
    if ((size + more) * 2 > slots) {
      this.#enter(size);
      this.slots = this.#next!;
      this.#next = undefined;
      this.#entered = 0;
    } else if (size > slots * aheadPart) {
      this.#enter(Math.min(size, this.#entered + more * rowsAhead));
    }
  }

  /** Takes all of `size` rows out. An index that has become far too large for so many is given back. */
  clear(size: number): void {
    this.#next = undefined;
    this.#entered = 0;
    let needed = smallestIndex;
    while (needed < 3 * size) needed *= 2;
    if (this.slots.length > 8 * needed) this.slots = new Int32Array(needed);
    else this.slots.fill(0);
  }

  /** Enters rows into the next index, until its first `end` rows are in it. */
  #enter(end: number): void {
    this.#next ??= new Int32Array(this.slots.length * 2);
    const slots = this.#next;
    const mask = slots.length - 1;
    const rows = this.#rows;
    const words = this.#rowWords;
    const unitShift = this.#unitShift;
    for (let position = this.#entered; position < end; position++) {
      const hash = rows[position * words + HASH]!;
      let slot = (hash & mask) - 1;
      do slot = (slot + 1) & mask;
      while (slots[slot] !== 0);
      slots[slot] = (hash & ~ENTRY_ROW) | ((position << unitShift) + 1);
    }
    this.#entered = end;
  }
}
