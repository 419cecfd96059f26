/**
 * Names that are kept for a while, by a key of some words. Whoever shows one renews its life, so that a name in use stays. Where
 * there is no room for another, the name goes that was told or shown the longest time ago.
 */
import { RowOrder } from './row-order.js';
import { WordTable } from './word-table.js';

export interface NameLimits {
  readonly mostNames: number;
  /** Bytes of memory for the text of all names; one that stands in two rows counts twice. */
  readonly mostTextBytes: number;
  /** Whatever its sender says, a name lives so long after it was told or shown. The longest gives way to the shortest. */
  readonly shortestLifeMs: number;
  readonly longestLifeMs: number;
}

/** What V8 keeps before a string's characters, and the multiple that it rounds up to. */
const stringHeadBytes = 16;
const stringUnitBytes = 8;

export class KeptNames {
  /** Names that gave way to others while they would still have been shown. */
  evicted = 0;
  readonly #limits: NameLimits;
  readonly #table: WordTable;
  readonly #order: RowOrder;
  readonly #names: (string | null)[] = [];
  /** On the owner's clock. */
  readonly #expiresMs: Float64Array;
  /** How much longer than the shortest a row's life is: no more than an hour. */
  readonly #extraSeconds: Uint16Array;
  #textBytes = 0;

  constructor(keyWords: number, limits: NameLimits) {
    const { mostNames } = limits;
    this.#limits = limits;
    this.#table = new WordTable(mostNames, keyWords);
    this.#order = new RowOrder(mostNames);
    this.#expiresMs = new Float64Array(mostNames);
    this.#extraSeconds = new Uint16Array(mostNames);
  }

  /** The row of a key that stands in `from` at `at`, whether its name has expired or not; or -1. */
  find(hash: number, from: Int32Array, at: number): number {
    return this.#table.find(hash, from, at);
  }

  /** A row's name, which is shown at `nowMs` and lives on for that; null where it has expired. */
  show(row: number, nowMs: number): string | null {
    if (nowMs >= this.#expiresMs[row]!) return null;
    this.#order.renew(row);
    // Where the clock went back, what was promised stays.
    this.#expiresMs[row] = Math.max(this.#expiresMs[row]!, nowMs + this.#lifeMs(row));
    return this.#names[row]!;
  }

  /** Keeps `name` in the place of what the key had, and returns its row. */
  keep(hash: number, from: Int32Array, at: number, name: string, lifeSeconds: number, nowMs: number): number {
    const found = this.#table.find(hash, from, at);
    const row = found < 0 ? this.#add(hash, from, at, nowMs) : found;
    if (found >= 0) this.#order.renew(row);
    // The equal string that is there already has grown old, and costs the garbage collector less than a new one.
    if (this.#names[row] !== name) this.#setName(row, name, nowMs);
    this.#extraSeconds[row] = this.#extraSecondsOf(lifeSeconds);
    this.#expiresMs[row] = nowMs + this.#lifeMs(row);
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
    this.#expiresMs[row] = Number.NEGATIVE_INFINITY;
  }

  /** How many names would be shown at `nowMs`. */
  held(nowMs: number): number {
    let held = 0;
    for (let row = 0; row < this.#names.length; row++) if (nowMs < this.#expiresMs[row]!) held++;
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
    if (nowMs < this.#expiresMs[oldest]!) this.evicted++;
    this.forget(oldest);
  }

  #lifeMs(row: number): number {
    return this.#limits.shortestLifeMs + this.#extraSeconds[row]! * 1_000;
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
