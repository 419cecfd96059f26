/**
 * Who was seen between an address of this host and a port of another end, for connections whose socket was missed by chance. Somebody
 * is named only where it was the only one ever seen, several times, and where nearly all connections were seen lately: a client
 * whose connections are never seen must not pass for one whose are.
 */
import { sourcePortOf, targetPortOf } from '../../../packet/packet.js';
import { CONNECTION_WORDS, PAIR_WORDS } from '../../tables/ends.js';
import { RowOrder } from '../../tables/row-order.js';
import { WordTable } from '../../tables/word-table.js';

/** Whether two control groups and users are one owner. */
export type IsSameOwner = (
  cgroupId: number,
  userId: number,
  otherCgroupId: number,
  otherUserId: number,
) => boolean;

/** How often it must have been seen, and for each connection that was not. */
const leastSeen = 3;
const leastSeenPerMissed = 16;
/** Counts are halved then, so that what was long ago counts for less. */
const mostCounted = 64;

/** What stands in a row after its key. */
const SEEN = 0;
const CGROUP = 1;
const USER = 3;
const LINKS = 4;
const MISSED = 6;
const OWNER_WORDS = 7;

/** Of `SEEN`: several owners were seen. */
const SEVERAL = -1;

export class EarlierOwners {
  /** Rows that gave way to others. */
  evicted = 0;
  readonly #capacity: number;
  readonly #table: WordTable;
  readonly #order: RowOrder;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #rowWords: number;
  readonly #own: number;
  readonly #isSame: IsSameOwner;

  constructor(capacity: number, isSame: IsSameOwner) {
    this.#capacity = capacity;
    this.#table = new WordTable(capacity, CONNECTION_WORDS, OWNER_WORDS);
    const { words, rowWords } = this.#table;
    this.#words = words;
    this.#floats = new Float64Array(words.buffer);
    this.#rowWords = rowWords;
    this.#own = rowWords - OWNER_WORDS;
    this.#order = new RowOrder(words, rowWords, this.#own + LINKS);
    this.#isSame = isSame;
  }

  get size(): number {
    return this.#table.size;
  }

  /** One more connection's socket was found. `key` is as pairOf leaves it. */
  seen(hash: number, key: Int32Array, cgroupId: number, userId: number): void {
    const found = this.#table.find(hash, key, 0);
    const row = found < 0 ? this.#add(hash, key) : found;
    if (found >= 0) this.#order.renew(row);
    const own = this.#at(row);
    const seen = this.#words[own + SEEN]!;
    if (seen === SEVERAL) return;
    if (seen > 0 && !this.#isSame(this.cgroupId(row), this.userId(row), cgroupId, userId)) {
      this.#words[own + SEEN] = SEVERAL;
      return;
    }
    // The latest: a unit that was started again has a control group of its own.
    this.#floats[(own + CGROUP) / 2] = cgroupId;
    this.#words[own + USER] = userId;
    this.#count(own, SEEN);
  }

  /** One more was not. */
  missed(hash: number, key: Int32Array): void {
    const row = this.#table.find(hash, key, 0);
    if (row < 0) return;
    this.#order.renew(row);
    const own = this.#at(row);
    if (this.#words[own + SEEN] !== SEVERAL) this.#count(own, MISSED);
  }

  /** The row of the owner to be named, or -1. */
  find(hash: number, key: Int32Array): number {
    const row = this.#table.find(hash, key, 0);
    if (row < 0) return row;
    const own = this.#at(row);
    const seen = this.#words[own + SEEN]!;
    return seen >= leastSeen && seen >= leastSeenPerMissed * this.#words[own + MISSED]! ? row : -1;
  }

  cgroupId(row: number): number {
    return this.#floats[(this.#at(row) + CGROUP) / 2]!;
  }

  userId(row: number): number {
    const user = this.#words[this.#at(row) + USER]!;
    return user === -1 ? -1 : user >>> 0;
  }

  #count(own: number, which: typeof SEEN | typeof MISSED): void {
    if (this.#words[own + which]! === mostCounted) {
      this.#words[own + SEEN]! >>= 1;
      this.#words[own + MISSED]! >>= 1;
    }
    this.#words[own + which]!++;
  }

  #add(hash: number, key: Int32Array): number {
    if (this.#table.size === this.#capacity) {
      const { oldest } = this.#order;
      this.#order.remove(oldest);
      this.#table.remove(oldest);
      this.evicted++;
    }
    const row = this.#table.add(hash, key, 0);
    this.#order.add(row);
    const own = this.#at(row);
    this.#words[own + SEEN] = 0;
    this.#words[own + MISSED] = 0;
    return row;
  }

  #at(row: number): number {
    return row * this.#rowWords + this.#own;
  }
}

/** Makes `pair` the key of Ends at `at` without the local end's port, which comes first in it. */
export function pairOf(key: Int32Array, at: number, pair: Int32Array): void {
  for (let word = 0; word < CONNECTION_WORDS; word++) pair[word] = key[at + word]!;
  pair[PAIR_WORDS]! &= ~0xffff;
}

/** Whether the local end of such a key is most likely the client: servers' ports are the lower ones. */
export function isLikelyClient(key: Int32Array, at: number): boolean {
  const ports = key[at + PAIR_WORDS]!;
  return targetPortOf(ports) < sourcePortOf(ports);
}
