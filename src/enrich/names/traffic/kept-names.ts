/**
 * Names that are kept for a while, by a key of some words. Whoever shows one renews its life, so that a name in use stays. Where
 * there is no room for another, the name goes that was told or shown the longest time ago.
 */

import { RowOrder } from '../../tables/row-order.js';
import { WordTable } from '../../tables/word-table.js';

export interface NameLimits {
  readonly mostNames: number;
  /** Bytes of memory for the text of all names; one that stands in two rows counts twice. */
  readonly mostTextBytes: number;
  /**
   * A name lives as long as its sender says after it was told or shown, within these bounds. Where they contradict each other, the
   * shortest life counts.
   */
  readonly shortestLifeMs: number;
  readonly longestLifeMs: number;
}

/** What V8 keeps before a string's characters, and the multiple that it rounds up to. */
const stringHeadBytes = 16;
const stringUnitBytes = 8;

/**
 * What stands in a row after its key: how many seconds longer than the shortest its life is; when it expires, a float64 on the
 * owner's clock; and the links of the order. Keys of an even number of words leave the float64 where one may stand.
 */
const EXTRA = 0;
const EXPIRES = 1;
const LINKS = 3;
const OWNER_WORDS = 5;

export class KeptNames {
  /** Names that gave way to others while they would still have been shown. */
  evicted = 0;
  readonly #limits: NameLimits;
  readonly #table: WordTable;
  readonly #order: RowOrder;
  readonly #names: (string | null)[] = [];
  readonly #words: Int32Array;
  readonly #rowWords: number;
  /** Where in a row it stands. */
  readonly #extra: number;
  /** The same memory as float64s, and where the first row's expiry stands there. */
  readonly #times: Float64Array;
  readonly #expires: number;
  #textBytes = 0;

  /** `keyWords`: an even number. */
  constructor(keyWords: number, limits: NameLimits) {
    this.#limits = limits;
    this.#table = new WordTable(limits.mostNames, keyWords, OWNER_WORDS);
    const { words, rowWords } = this.#table;
    const owners = rowWords - OWNER_WORDS;
    this.#order = new RowOrder(words, rowWords, owners + LINKS);
    this.#words = words;
    this.#rowWords = rowWords;
    this.#extra = owners + EXTRA;
    this.#times = new Float64Array(words.buffer);
    this.#expires = (owners + EXPIRES) / 2;
  }

  /** The row of a key that stands in `from` at `at`, whether its name has expired or not; or -1. */
  find(hash: number, from: Int32Array, at: number): number {
    return this.#table.find(hash, from, at);
  }

  /** A row's name, which is shown at `nowMs` and lives on for that; null where it has expired. */
  show(row: number, nowMs: number): string | null {
    const expires = this.#expiresAt(row);
    const expiresMs = this.#times[expires]!;
    if (nowMs >= expiresMs) return null;
    this.#order.renew(row);
    // Where the clock went back, what was promised stays.
    const renewedMs = nowMs + this.#lifeMs(row);
    if (renewedMs > expiresMs) this.#times[expires] = renewedMs;
    return this.#names[row]!;
  }

  /** A row counts as used, and its name grows old all the same. */
  use(row: number): void {
    this.#order.renew(row);
  }

  /** Keeps `name` in the place of what the key had, and returns its row. */
  keep(hash: number, from: Int32Array, at: number, name: string, lifeSeconds: number, nowMs: number): number {
    const found = this.#table.find(hash, from, at);
    const row = found < 0 ? this.#add(hash, from, at, nowMs) : found;
    if (found >= 0) this.#order.renew(row);
    // The equal string that is there already has grown old, and costs the garbage collector less than a new one.
    if (this.#names[row] !== name) this.#setName(row, name, nowMs);
    this.#words[row * this.#rowWords + this.#extra] = this.#extraSecondsOf(lifeSeconds);
    this.#times[this.#expiresAt(row)] = nowMs + this.#lifeMs(row);
    return row;
  }

  /** The string that a row keeps. */
  textOf(row: number): string {
    return this.#names[row]!;
  }

  forget(row: number): void {
    this.#table.remove(row);
    this.#order.remove(row);
    this.#textBytes -= textBytes(this.#names[row]!);
    this.#names[row] = null;
  }

  /** How many names would be shown at `nowMs`. */
  held(nowMs: number): number {
    let held = 0;
    for (let row = 0; row < this.#names.length; row++)
      if (this.#names[row] !== null && nowMs < this.#times[this.#expiresAt(row)]!) held++;
    return held;
  }

  #add(hash: number, from: Int32Array, at: number, nowMs: number): number {
    if (this.#table.size === this.#limits.mostNames) this.#makeRoom(nowMs);
    const row = this.#table.add(hash, from, at);
    this.#order.add(row);
    this.#names[row] = null;
    return row;
  }

  #setName(row: number, name: string, nowMs: number): void {
    this.#textBytes += textBytes(name) - textBytes(this.#names[row]!);
    this.#names[row] = name;
    // Never this one, which is the newest: by itself it is no longer than a name may be.
    while (this.#textBytes > this.#limits.mostTextBytes && this.#order.oldest !== row) this.#makeRoom(nowMs);
  }

  #makeRoom(nowMs: number): void {
    const { oldest } = this.#order;
    if (nowMs < this.#times[this.#expiresAt(oldest)]!) this.evicted++;
    this.forget(oldest);
  }

  #expiresAt(row: number): number {
    return (row * this.#rowWords) / 2 + this.#expires;
  }

  #lifeMs(row: number): number {
    return this.#limits.shortestLifeMs + this.#words[row * this.#rowWords + this.#extra]! * 1_000;
  }

  #extraSecondsOf(lifeSeconds: number): number {
    const { shortestLifeMs, longestLifeMs } = this.#limits;
    return Math.max(0, Math.ceil((Math.min(lifeSeconds * 1_000, longestLifeMs) - shortestLifeMs) / 1_000));
  }
}

function textBytes(name: string | null): number {
  if (name === null) return 0;
  return stringHeadBytes + Math.ceil(name.length / stringUnitBytes) * stringUnitBytes;
}
