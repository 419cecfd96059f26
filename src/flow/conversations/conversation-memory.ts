/**
 * What earlier windows told of conversations: who is the client, when it began, its id. So a conversation that was idle in a
 * window, and goes on in the next, is the same one.
 *
 * Two generations take turns: what is seen moves into the younger, and every third window the older is emptied and becomes the
 * younger. So each conversation is remembered for three windows after its last packet, and for five at the most. Where the
 * younger generation is full, new conversations are not remembered until then; what is known of others stays.
 *
 * A row is 32 bytes, and a conversation is known by 64 bits of hashes that nobody can foresee. In 32-bit words:
 *
 *     0 check (the second hash)     2 window in which it was seen last     5 hash, as in row-layout.ts
 *     1 role, and above it closed   3-4 id                                 6-7 start (float64)
 */
import { checkSeedOf, type HashSeed } from '../../packet/hash.js';
import { RowIndex } from '../table/row-index.js';
import { ENTRY_ROW, HASH } from '../table/row-layout.js';
import type { Pair } from './pair.js';
import { type Role, turnedRound, UNDECIDED } from './role.js';

/** Conversations of a generation: with both generations full, the memory takes 28 MiB. */
const mostRemembered = 262_144;
const windowsOfGeneration = 3;

const ROW_WORDS = 8;
const CHECK = 0;
const STATE = 1;
const WINDOW = 2;
const ID_HIGH = 3;
const ID_LOW = 4;
/** Position of the start among the row's float64s. */
const START_FLOAT = 3;
const CLOSED = 0x100;

/** What is known of a conversation. */
export class Conversation {
  /** Seen from the source of the key that was asked for. */
  role: Role = UNDECIDED;
  /** Its first packet, in microseconds since the epoch. */
  startUs = 0;
  /** A FIN or a RST was seen in a window before. */
  isClosed = false;
  /** 64 bits, unsigned. */
  idHigh = 0;
  idLow = 0;
}

/** What `recall` found: nothing; what an earlier window told; what this window has told already. */
export const UNKNOWN = 0;
export const OF_EARLIER_WINDOW = 1;
export const OF_THIS_WINDOW = 2;
export type Recollection = typeof UNKNOWN | typeof OF_EARLIER_WINDOW | typeof OF_THIS_WINDOW;

export class ConversationMemory {
  /** Windows with conversations that there was no room for. */
  windowsFull = 0;
  readonly #seed: HashSeed;
  readonly #checkSeed: HashSeed;
  #younger: Generation;
  #older: Generation;
  #window: object | undefined;
  #number = 0;
  #fullNumber = -1;
  /** The pair that was recalled last, and its row; -1 where it has none. */
  #hash = 0;
  #check = 0;
  #isTurned = false;
  #generation: Generation;
  #row = -1;

  constructor(seed: HashSeed, most = mostRemembered) {
    this.#seed = seed;
    this.#checkSeed = checkSeedOf(seed);
    this.#younger = new Generation(most);
    this.#older = new Generation(most);
    this.#generation = this.#younger;
  }

  /** From now on it is asked about `window`. False where that is the same as before. */
  enter(window: object): boolean {
    if (window === this.#window) return false;
    this.#window = window;
    this.#number++;
    if (this.#number % windowsOfGeneration === 0) this.#changeGenerations();
    return true;
  }

  /** Fills in what is known of `pair`. */
  recall(pair: Pair, known: Conversation): Recollection {
    const hash = pair.hash(this.#seed);
    const check = pair.hash(this.#checkSeed);
    this.#hash = hash;
    this.#check = check;
    this.#isTurned = pair.isTurned;
    this.#generation = this.#younger;
    this.#row = this.#younger.find(hash, check);
    if (this.#row < 0) {
      this.#generation = this.#older;
      this.#row = this.#older.find(hash, check);
    }
    return this.#row < 0 ? UNKNOWN : this.#read(known);
  }

  #read(known: Conversation): Recollection {
    const row = this.#row;
    const { rows, starts } = this.#generation;
    const state = rows[row + STATE]!;
    const role = state & ~CLOSED;
    known.role = this.#isTurned ? turnedRound(role) : role;
    known.isClosed = (state & CLOSED) !== 0;
    known.idHigh = rows[row + ID_HIGH]! >>> 0;
    known.idLow = rows[row + ID_LOW]! >>> 0;
    known.startUs = starts[(row >> 1) + START_FLOAT]!;
    return rows[row + WINDOW] === this.#number ? OF_THIS_WINDOW : OF_EARLIER_WINDOW;
  }

  /** Takes over what this window tells of the pair that was recalled last. */
  remember(known: Conversation): void {
    this.#moveToYounger();
    const row = this.#row;
    if (row < 0) return;
    const { rows, starts } = this.#generation;
    const role = this.#isTurned ? turnedRound(known.role) : known.role;
    rows[row + STATE] = known.isClosed ? role | CLOSED : role;
    rows[row + WINDOW] = this.#number;
    rows[row + ID_HIGH] = known.idHigh;
    rows[row + ID_LOW] = known.idLow;
    starts[(row >> 1) + START_FLOAT] = known.startUs;
  }

  /** Makes a row for the pair in the younger generation, where there is none; and where there is no room, leaves it as it is. */
  #moveToYounger(): void {
    if (this.#row >= 0 && this.#generation === this.#younger) return;
    const row = this.#younger.add(this.#hash, this.#check);
    if (row >= 0) {
      this.#generation = this.#younger;
      this.#row = row;
      return;
    }
    if (this.#fullNumber !== this.#number) this.windowsFull++;
    this.#fullNumber = this.#number;
  }

  #changeGenerations(): void {
    const emptied = this.#older;
    emptied.clear();
    this.#older = this.#younger;
    this.#younger = emptied;
  }
}

class Generation {
  size = 0;
  readonly rows: Int32Array;
  readonly starts: Float64Array;
  readonly #most: number;
  readonly #index: RowIndex;

  constructor(most: number) {
    // Shared with nobody: see FlowRows. The kernel gives it page by page.
    const reserved = new SharedArrayBuffer(most * ROW_WORDS * 4);
    this.rows = new Int32Array(reserved);
    this.starts = new Float64Array(reserved);
    this.#most = most;
    this.#index = new RowIndex(this.rows, { rowWords: ROW_WORDS, unitShift: 0 });
  }

  /** First word of its row, or -1. */
  find(hash: number, check: number): number {
    const { slots } = this.#index;
    const { rows } = this;
    const mask = slots.length - 1;
    // The index is at most half full, so an empty slot ends the walk.
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]!;
      if (entry === 0) return -1;
      if (((entry ^ hash) & ~ENTRY_ROW) !== 0) continue;
      const row = ((entry & ENTRY_ROW) - 1) * ROW_WORDS;
      if (rows[row + HASH] === hash && rows[row + CHECK] === check) return row;
    }
  }

  /** Makes a row, and returns its first word; -1 where there is no room for it. */
  add(hash: number, check: number): number {
    if (this.size === this.#most) return -1;
    this.#index.makeRoom(this.size, 1);
    const { slots } = this.#index;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    const row = this.size++ * ROW_WORDS;
    slots[slot] = (hash & ~ENTRY_ROW) | this.size;
    this.rows[row + HASH] = hash;
    this.rows[row + CHECK] = check;
    return row;
  }

  clear(): void {
    this.#index.clear(this.size);
    this.size = 0;
  }
}
