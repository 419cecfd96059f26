/**
 * Names by address: a hash table with a fixed number of rows, and a clock hand that frees rows which no record asked
 * for since it last came by. A look-up builds no string and no object.
 *
 * An address is four words as Packet holds them; IPv4 stands as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2).
 */
import { randomBytes } from 'node:crypto';

export class NameCache {
  readonly capacity: number;
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

  /** Row + 1 of each bucket's first row; 0 where the bucket is empty. */
  readonly #heads: Int32Array;
  /** Row + 1 of the next row of the same bucket; 0 at its end. */
  readonly #next: Int32Array;
  readonly #words: Int32Array;
  readonly #used: Uint8Array;
  /** 32 minus the number of bits of a bucket's number. */
  readonly #shift: number;
  /** The hash's parameters are drawn per process, so that nobody can choose addresses that collide. */
  readonly #start: number;
  readonly #multiplier0: number;
  readonly #multiplier1: number;
  readonly #multiplier2: number;
  readonly #multiplier3: number;
  #size = 0;
  #hand = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    const bucketBits = Math.ceil(Math.log2(capacity * 2));
    this.#heads = new Int32Array(2 ** bucketBits);
    this.#shift = 32 - bucketBits;
    this.#next = new Int32Array(capacity);
    this.#words = new Int32Array(capacity * 4);
    this.#used = new Uint8Array(capacity);
    this.waiting = new Uint8Array(capacity);
    this.expiresMs = new Float64Array(capacity);
    this.refreshMs = new Float64Array(capacity);
    const random = randomBytes(20);
    this.#start = random.readInt32LE(0);
    this.#multiplier0 = random.readInt32LE(4) | 1;
    this.#multiplier1 = random.readInt32LE(8) | 1;
    this.#multiplier2 = random.readInt32LE(12) | 1;
    this.#multiplier3 = random.readInt32LE(16) | 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The row of an address, or -1. Marks it as used. */
  find(word0: number, word1: number, word2: number, word3: number): number {
    const words = this.#words;
    let row = this.#heads[this.#bucket(word0, word1, word2, word3)]! - 1;
    while (row >= 0) {
      const at = row * 4;
      if (
        words[at + 3] === word3 &&
        words[at] === word0 &&
        words[at + 1] === word1 &&
        words[at + 2] === word2
      ) {
        this.#used[row] = 1;
        return row;
      }
      row = this.#next[row]! - 1;
    }
    return -1;
  }

  /** Adds an address that `find` did not find, without a name and expired; returns its row, or -1 where every row waits. */
  add(word0: number, word1: number, word2: number, word3: number): number {
    const row = this.#size < this.capacity ? this.#size++ : this.#free();
    if (row < 0) return -1;
    this.#words.set([word0, word1, word2, word3], row * 4);
    const bucket = this.#bucket(word0, word1, word2, word3);
    this.#next[row] = this.#heads[bucket]!;
    this.#heads[bucket] = row + 1;
    this.names[row] = null;
    this.expiresMs[row] = -Infinity;
    this.refreshMs[row] = -Infinity;
    // Only a second record makes it one in use: a flood of addresses that are seen once takes its own rows away.
    this.#used[row] = 0;
    return row;
  }

  /** The four words of a row's address. */
  words(row: number): Int32Array {
    return this.#words.subarray(row * 4, row * 4 + 4);
  }

  /** Two rounds suffice: the first takes every row's mark away. */
  #free(): number {
    for (let step = 0; step < 2 * this.capacity; step++) {
      const row = this.#hand;
      this.#hand = row + 1 === this.capacity ? 0 : row + 1;
      if (this.waiting[row] === 1) continue;
      if (this.#used[row] === 1) {
        this.#used[row] = 0;
        continue;
      }
      this.#unlink(row);
      this.evicted++;
      return row;
    }
    return -1;
  }

  #unlink(row: number): void {
    const [word0, word1, word2, word3] = this.words(row) as unknown as [number, number, number, number];
    const bucket = this.#bucket(word0, word1, word2, word3);
    const next = this.#next[row]!;
    let before = this.#heads[bucket]! - 1;
    if (before === row) {
      this.#heads[bucket] = next;
      return;
    }
    while (this.#next[before] !== row + 1) before = this.#next[before]! - 1;
    this.#next[before] = next;
  }

  #bucket(word0: number, word1: number, word2: number, word3: number): number {
    let hash = Math.imul(word0 ^ this.#start, this.#multiplier0);
    hash = Math.imul(hash ^ (hash >>> 15) ^ word1, this.#multiplier1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ word2, this.#multiplier2);
    hash = Math.imul(hash ^ (hash >>> 15) ^ word3, this.#multiplier3);
    return Math.imul(hash ^ (hash >>> 15), this.#multiplier0) >>> this.#shift;
  }
}
