/**
 * Rows by keys of words, as WordTable has them. Where there is no room for another row, the one that was used the longest time ago
 * gives way.
 */
import { RowOrder } from './row-order.js';
import { WordTable } from './word-table.js';

const linkWords = 2;

export class RecentRows {
  /** Rows that gave way to others. */
  evicted = 0;
  readonly capacity: number;
  /** All rows, one after the other. */
  readonly words: Int32Array;
  /** The same memory. */
  readonly floats: Float64Array;
  readonly #keyWords: number;
  readonly #table: WordTable;
  readonly #order: RowOrder;
  /** Where in a row the words after its key begin. */
  readonly #own: number;

  /**
   * `keyWords`: an even number. `ownWords`: words of a row after its key, which are the caller's; the second, fourth, … of them may
   * begin a float64.
   */
  constructor(capacity: number, keyWords: number, ownWords: number) {
    this.capacity = capacity;
    this.#keyWords = keyWords;
    // With the hash before the key, an even number of words.
    const paddedWords = ownWords + (1 - (ownWords % 2));
    this.#table = new WordTable(capacity, keyWords, paddedWords + linkWords);
    const { words, rowWords } = this.#table;
    this.words = words;
    this.floats = new Float64Array(words.buffer);
    this.#own = rowWords - linkWords - paddedWords;
    this.#order = new RowOrder(words, rowWords, rowWords - linkWords);
  }

  get size(): number {
    return this.#table.size;
  }

  /** The row of the key that stands in `from` at `at`, or -1. */
  find(hash: number, from: Int32Array, at: number): number {
    return this.#table.find(hash, from, at);
  }

  /** A row counts as used. */
  renew(row: number): void {
    this.#order.renew(row);
  }

  /** Adds a key that `find` did not find; returns its row, whose own words are what they were. */
  add(hash: number, from: Int32Array, at: number): number {
    if (this.#table.size === this.capacity) this.#evictOldest();
    const row = this.#table.add(hash, from, at);
    this.#order.add(row);
    return row;
  }

  /** Where the words after a row's key begin in `words`. */
  at(row: number): number {
    return row * this.#table.rowWords + this.#own;
  }

  /** Where a row's key begins. */
  keyAt(row: number): number {
    return this.at(row) - this.#keyWords;
  }

  #evictOldest(): void {
    const { oldest } = this.#order;
    this.#order.remove(oldest);
    this.#table.remove(oldest);
    this.evicted++;
  }
}
