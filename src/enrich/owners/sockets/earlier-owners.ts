/**
 * Who was seen between an address of this host and a port of another end, for connections whose socket was missed by chance. Somebody
 * is named only where it was the only one ever seen, several times, and where nearly all connections were seen lately: a client
 * whose connections are never seen must not pass for one whose are.
 */
import { sourcePortOf, targetPortOf } from '../../../packet/packet.js';
import { CONNECTION_WORDS, PAIR_WORDS } from '../../tables/ends.js';
import { RecentRows } from '../../tables/recent-rows.js';

/** Whether two pairs of control group and user are one owner. */
export type IsSameOwner = (
  cgroupId: number,
  userId: number,
  otherCgroupId: number,
  otherUserId: number,
) => boolean;

/** How often an owner must have been seen at least, and how often for each connection that was missed. */
const leastSeen = 3;
const leastSeenPerMissed = 16;
/** At this count both counts are halved, so that the distant past counts for less. */
const mostCounted = 64;

/** The words of a row after its key. CGROUP is a float64. */
const SEEN = 0;
const CGROUP = 1;
const USER = 3;
const MISSED = 4;
const OWN_WORDS = 5;

/** In place of a count in SEEN: several owners were seen. */
const SEVERAL = -1;

export class EarlierOwners {
  readonly #rows: RecentRows;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #isSame: IsSameOwner;

  constructor(capacity: number, isSame: IsSameOwner) {
    this.#rows = new RecentRows(capacity, CONNECTION_WORDS, OWN_WORDS);
    this.#words = this.#rows.words;
    this.#floats = this.#rows.floats;
    this.#isSame = isSame;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Rows that gave way to others. */
  get evicted(): number {
    return this.#rows.evicted;
  }

  /** Counts a connection whose socket was found. `key` is as pairOf leaves it. */
  seen(hash: number, key: Int32Array, cgroupId: number, userId: number): void {
    const found = this.#rows.find(hash, key, 0);
    const row = found < 0 ? this.#add(hash, key) : found;
    if (found >= 0) this.#rows.renew(row);
    const own = this.#rows.at(row);
    const seen = this.#words[own + SEEN]!;
    if (seen === SEVERAL) return;
    if (seen > 0 && !this.#isSame(this.cgroupId(row), this.userId(row), cgroupId, userId)) {
      this.#words[own + SEEN] = SEVERAL;
      return;
    }
    // The latest one: a unit that is restarted gets another control group.
    this.#floats[(own + CGROUP) / 2] = cgroupId;
    this.#words[own + USER] = userId;
    this.#count(own, SEEN);
  }

  /** Counts a connection whose socket was missed. */
  missed(hash: number, key: Int32Array): void {
    const row = this.#rows.find(hash, key, 0);
    if (row < 0) return;
    this.#rows.renew(row);
    const own = this.#rows.at(row);
    if (this.#words[own + SEEN] !== SEVERAL) this.#count(own, MISSED);
  }

  /** The row of the owner that may be named, or -1. */
  find(hash: number, key: Int32Array): number {
    const row = this.#rows.find(hash, key, 0);
    if (row < 0) return row;
    const own = this.#rows.at(row);
    const seen = this.#words[own + SEEN]!;
    return seen >= leastSeen && seen >= leastSeenPerMissed * this.#words[own + MISSED]! ? row : -1;
  }

  cgroupId(row: number): number {
    return this.#floats[(this.#rows.at(row) + CGROUP) / 2]!;
  }

  userId(row: number): number {
    const user = this.#words[this.#rows.at(row) + USER]!;
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
    const row = this.#rows.add(hash, key, 0);
    const own = this.#rows.at(row);
    this.#words[own + SEEN] = 0;
    this.#words[own + MISSED] = 0;
    return row;
  }
}

/** Copies the key of Ends at `at`, whose first end is the local one, into `pair`, without the local port. */
export function pairOf(key: Int32Array, at: number, pair: Int32Array): void {
  for (let word = 0; word < CONNECTION_WORDS; word++) pair[word] = key[at + word]!;
  pair[PAIR_WORDS]! &= ~0xffff;
}

/** Whether the first end of a key is most likely the client: a server's port is usually the lower one. */
export function isLikelyClient(key: Int32Array, at: number): boolean {
  const ports = key[at + PAIR_WORDS]!;
  return targetPortOf(ports) < sourcePortOf(ports);
}
