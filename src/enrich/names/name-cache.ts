/**
 * Names by address: a table with a fixed number of rows, and a clock hand that frees rows which no record asked for since it
 * last came by.
 *
 * An address is four words as Packet holds them; IPv4 stands as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2).
 */
import { AddressHash } from '../tables/address-hash.js';
import { WordTable } from '../tables/word-table.js';

export class NameCache {
  /** Rows that were freed while their name was still valid or just not asked for again. */
  evicted = 0;
  /** Each row's name, or null where the address itself stands. */
  readonly names: (string | null)[] = [];
  /** Until when a row's name may be shown, in milliseconds on the owner's clock. */
  readonly expiresMs: Float64Array;
  /** From when on a row is asked for again, if a record needs it: before it expires, so that a name in use stays. */
  readonly refreshMs: Float64Array;
  /** 1 while a question for the row waits or is under way: such a row is never freed. */
  readonly waiting: Uint8Array;

  readonly #table: WordTable;
  readonly #hash = new AddressHash();
  /** The address that is looked for. */
  readonly #key = new Int32Array(4);
  readonly #used: Uint8Array;
  #hand = 0;

  constructor(capacity: number) {
    this.#table = new WordTable(capacity, 4, 0);
    this.#used = new Uint8Array(capacity);
    this.waiting = new Uint8Array(capacity);
    this.expiresMs = new Float64Array(capacity);
    this.refreshMs = new Float64Array(capacity);
  }

  get size(): number {
    return this.#table.size;
  }

  /** The row of an address, or -1. Marks it as used. */
  find(word0: number, word1: number, word2: number, word3: number): number {
    const row = this.#table.find(this.#hashed(word0, word1, word2, word3), this.#key, 0);
    if (row >= 0) this.#used[row] = 1;
    return row;
  }

  /** Adds an address that `find` did not find, without a name and expired; returns its row, or -1 where every row waits. */
  add(word0: number, word1: number, word2: number, word3: number): number {
    if (this.#table.size === this.#table.capacity && !this.#free()) return -1;
    const row = this.#table.add(this.#hashed(word0, word1, word2, word3), this.#key, 0);
    this.names[row] = null;
    this.expiresMs[row] = -Infinity;
    this.refreshMs[row] = -Infinity;
    // Only a second record makes it one in use: a flood of addresses that are seen once takes its own rows away.
    this.#used[row] = 0;
    return row;
  }

  /** The four words of a row's address. */
  words(row: number): Int32Array {
    return this.#table.key(row);
  }

  /** Where every row is in use. Two rounds suffice: the first takes every row's mark away. */
  #free(): boolean {
    const { capacity } = this.#table;
    for (let step = 0; step < 2 * capacity; step++) {
      const row = this.#hand;
      this.#hand = row + 1 === capacity ? 0 : row + 1;
      if (this.waiting[row] === 1) continue;
      if (this.#used[row] === 1) {
        this.#used[row] = 0;
        continue;
      }
      this.#table.remove(row);
      this.evicted++;
      return true;
    }
    return false;
  }

  #hashed(word0: number, word1: number, word2: number, word3: number): number {
    const key = this.#key;
    key[0] = word0;
    key[1] = word1;
    key[2] = word2;
    key[3] = word3;
    return this.#hash.of(word0, word1, word2, word3);
  }
}
