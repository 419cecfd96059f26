/**
 * Whose the sockets of flows were, by the protocol, the local end and the other one: what the kernel said when it was asked last, and
 * for which windows. Where there is no room for another, the one goes that was asked for the longest time ago.
 *
 * An address and port may be another connection's later, which nobody saw: so an answer serves the records of the windows whose flows
 * it was given for, and only where there is no sign of another connection, those of later ones. Windows are known by when they begin.
 */

import { IS_NEW, IS_VAGUE } from '../../record/connection-signs.js';
import { CONNECTION_WORDS } from '../tables/ends.js';
import { RowOrder } from '../tables/row-order.js';
import { WordTable } from '../tables/word-table.js';
import type { SocketAnswer } from './socket-questions.js';

/** How a row's owner is known. */
export const NOBODY = 0;
export const SOCKET = 1;
export const LISTENER = 2;
export type Known = typeof NOBODY | typeof SOCKET | typeof LISTENER;

/** What stands in a row after its key: see below. Each float64 stands at an even word. */
const STATE = 0;
const CGROUP = 1;
/** For which window the answer was given first, and last. */
const SINCE = 3;
const CONFIRMED = 5;
const USER = 7;
const LINKS = 8;
/** One more, so that rows are of an even number of words. */
const OWNER_WORDS = 11;

/** In STATE. */
const KNOWN = 3;
/** There was a sign that the connection has ended, or is another one now. */
const IS_ENDED = 4;
const IS_ASKED = 8;
/** The kernel said that there is none. */
const IS_MISSED = 16;

export class KeptSockets {
  /** Rows that gave way to others. */
  evicted = 0;
  readonly #capacity: number;
  readonly #table: WordTable;
  readonly #order: RowOrder;
  readonly #words: Int32Array;
  /** The same memory. */
  readonly #floats: Float64Array;
  readonly #rowWords: number;
  /** Where in a row its own words begin. */
  readonly #own: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#table = new WordTable(capacity, CONNECTION_WORDS, OWNER_WORDS);
    const { words, rowWords } = this.#table;
    this.#words = words;
    this.#floats = new Float64Array(words.buffer);
    this.#rowWords = rowWords;
    this.#own = rowWords - OWNER_WORDS;
    this.#order = new RowOrder(words, rowWords, this.#own + LINKS);
  }

  get size(): number {
    return this.#table.size;
  }

  /** The row of a key of Ends that stands in `from` at `at`, or -1. */
  find(hash: number, from: Int32Array, at: number): number {
    return this.#table.find(hash, from, at);
  }

  /** The row of a key, a new one where it has none. It becomes the newest. */
  take(hash: number, from: Int32Array, at: number): number {
    const found = this.#table.find(hash, from, at);
    if (found >= 0) {
      this.#order.renew(found);
      return found;
    }
    if (this.#table.size === this.#capacity) this.#evictOldest();
    const row = this.#table.add(hash, from, at);
    this.#order.add(row);
    this.#words[this.#at(row, STATE)] = NOBODY;
    return row;
  }

  /** Whether a row's socket is worth asking for now: it is not being asked for, and was not found for this window. */
  isDue(row: number, startUs: number): boolean {
    const state = this.#words[this.#at(row, STATE)]!;
    if ((state & IS_ASKED) !== 0) return false;
    return (state & (KNOWN | IS_ENDED)) !== SOCKET || !this.#isConfirmedFor(row, startUs);
  }

  asked(row: number): void {
    this.#words[this.#at(row, STATE)]! |= IS_ASKED;
  }

  /** There was no answer. */
  unanswered(row: number): void {
    this.#words[this.#at(row, STATE)]! &= ~IS_ASKED;
  }

  /**
   * Its socket was found, for a flow of the window that begins at `startUs`, whose packets have these signs so far. True where it is a
   * connection that was not seen before.
   */
  found(row: number, answer: SocketAnswer, signs: number, startUs: number): boolean {
    const known = answer.isListener ? LISTENER : SOCKET;
    const at = this.#at(row, STATE);
    const state = this.#words[at]! & ~IS_ASKED;
    const before = (state & KNOWN) as Known;
    const isAnother = before === NOBODY || (state & IS_ENDED) !== 0 || this.#isOfAnother(row, signs, startUs);
    this.#words[at] = state;
    // Whoever listens there is found when the connection itself has gone.
    if (!isAnother && before === SOCKET && known === LISTENER) return false;
    const isOther = !this.#isOf(row, answer);
    const isSince = before === NOBODY || (state & IS_ENDED) !== 0 || (before === known && isOther);
    this.#words[at] = known;
    this.#keep(row, answer, isSince || isOther);
    const since = this.#at(row, SINCE) / 2;
    if (isSince || startUs < this.#floats[since]!) this.#floats[since] = startUs;
    this.#floats[this.#at(row, CONFIRMED) / 2] = startUs;
    return isAnother || (before === known && isOther);
  }

  /** There was no socket. True where it is a connection that was not asked for before. */
  missed(row: number, signs: number, startUs: number): boolean {
    const at = this.#at(row, STATE);
    const state = this.#words[at]! & ~IS_ASKED;
    const isKnown = (state & KNOWN) !== NOBODY;
    const isOver = isKnown && ((signs & IS_VAGUE) !== 0 || this.#isOfAnother(row, signs, startUs));
    this.#words[at] = state | IS_MISSED | (isOver ? IS_ENDED : 0);
    return !isKnown && (state & IS_MISSED) === 0;
  }

  /** Whether the kernel has said anything of a row's socket. */
  isAnswered(row: number): boolean {
    return (this.#words[this.#at(row, STATE)]! & (KNOWN | IS_MISSED)) !== 0;
  }

  /**
   * How the owner is known of a flow of the window that begins at `startUs`, whose packets have these signs. `lifeUs`: so long after
   * it was given an answer serves later windows, where there is no sign of another connection.
   */
  knownIn(row: number, signs: number, startUs: number, lifeUs: number): Known {
    const known = this.known(row);
    if (known === NOBODY || this.#floats[this.#at(row, SINCE) / 2]! > startUs) return NOBODY;
    const confirmedUs = this.#floats[this.#at(row, CONFIRMED) / 2]!;
    if (confirmedUs >= startUs) return known;
    const isEnded = (this.#words[this.#at(row, STATE)]! & IS_ENDED) !== 0;
    if ((signs & IS_VAGUE) !== 0 || isEnded || confirmedUs < startUs - lifeUs) return NOBODY;
    if ((signs & IS_NEW) === 0) return known;
    this.#words[this.#at(row, STATE)]! |= IS_ENDED;
    return NOBODY;
  }

  known(row: number): Known {
    return (this.#words[this.#at(row, STATE)]! & KNOWN) as Known;
  }

  cgroupId(row: number): number {
    return this.#floats[this.#at(row, CGROUP) / 2]!;
  }

  userId(row: number): number {
    const user = this.#words[this.#at(row, USER)]!;
    return user === -1 ? -1 : user >>> 0;
  }

  /** Where a row's key stands in `words`. */
  keyAt(row: number): number {
    return row * this.#rowWords + this.#own - CONNECTION_WORDS;
  }

  get words(): Int32Array {
    return this.#words;
  }

  /** A user that was known stays, where the process has closed the socket since. */
  #keep(row: number, { cgroupId, userId }: SocketAnswer, isOther: boolean): void {
    if (isOther || userId !== -1) this.#words[this.#at(row, USER)] = userId;
    this.#floats[this.#at(row, CGROUP) / 2] = cgroupId;
  }

  #isOf(row: number, { cgroupId, userId }: SocketAnswer): boolean {
    const user = this.userId(row);
    return cgroupId === this.cgroupId(row) && (user === userId || user === -1 || userId === -1);
  }

  /** Whether what is kept was of an earlier connection than the one that is asked for. */
  #isOfAnother(row: number, signs: number, startUs: number): boolean {
    return (signs & IS_NEW) !== 0 && !this.#isConfirmedFor(row, startUs);
  }

  #isConfirmedFor(row: number, startUs: number): boolean {
    return this.#floats[this.#at(row, CONFIRMED) / 2] === startUs;
  }

  #evictOldest(): void {
    const { oldest } = this.#order;
    this.#order.remove(oldest);
    this.#table.remove(oldest);
    this.evicted++;
  }

  #at(row: number, word: number): number {
    return row * this.#rowWords + this.#own + word;
  }
}
