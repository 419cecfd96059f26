/**
 * Whose the sockets of flows were, by the protocol, the local end and the other one: what the kernel said when it was asked last, and
 * for which windows. Where there is no room for another, the one goes that was asked for the longest time ago.
 *
 * An address and port may be another connection's later, which nobody saw: so an answer serves the records of the windows whose flows
 * it was given for, and only where there is no sign of another connection, those of later ones. Windows are known by when they begin.
 */

import { IS_NEW, IS_VAGUE } from '../../../record/connection-signs.js';
import { CONNECTION_WORDS } from '../../tables/ends.js';
import { RecentRows } from '../../tables/recent-rows.js';
import type { SocketAnswer } from './socket-questions.js';

/** How a row's owner is known. */
export const NOBODY = 0;
export const SOCKET = 1;
export const LISTENER = 2;
export type Known = typeof NOBODY | typeof SOCKET | typeof LISTENER;

/** What stands in a row after its key: see below. */
const STATE = 0;
const CGROUP = 1;
/** For which window the answer was given first, and last. */
const SINCE = 3;
const CONFIRMED = 5;
const USER = 7;
const OWN_WORDS = 8;

/** In STATE. */
const KNOWN = 3;
/** There was a sign that the connection has ended, or is another one now. */
const IS_ENDED = 4;
const IS_ASKED = 8;
/** The kernel said that there is none; of nobody's row, for the window of CONFIRMED. */
const IS_MISSED = 16;
/** It was found when the connection was opened: for the window that its flow will be told of in. */
const IS_EARLY = 32;
/** It is the socket of this very flow, and of no other. */
const IS_CONNECTED = 64;
/** The packets that were sent last from the local end came from behind this host. */
const IS_FORWARDED = 128;
/** Later than all windows, and before all. */
const notYet = Number.POSITIVE_INFINITY;
const never = Number.NEGATIVE_INFINITY;

export class KeptSockets {
  readonly #lifeUs: number;
  readonly #rows: RecentRows;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;

  /**
   * `lifeUs`: so long after the window that it was given for, in microseconds, an answer serves later ones, where there is no sign
   * of another connection.
   */
  constructor(capacity: number, lifeUs: number) {
    this.#lifeUs = lifeUs;
    this.#rows = new RecentRows(capacity, CONNECTION_WORDS, OWN_WORDS);
    this.#words = this.#rows.words;
    this.#floats = this.#rows.floats;
  }

  get capacity(): number {
    return this.#rows.capacity;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Rows that gave way to others. */
  get evicted(): number {
    return this.#rows.evicted;
  }

  /** The row of a key of Ends that stands in `from` at `at`, or -1. */
  find(hash: number, from: Int32Array, at: number): number {
    return this.#rows.find(hash, from, at);
  }

  /** The row of a key, a new one where it has none. It becomes the newest. */
  take(hash: number, from: Int32Array, at: number): number {
    const found = this.#rows.find(hash, from, at);
    if (found >= 0) {
      this.#rows.renew(found);
      return found;
    }
    const row = this.#rows.add(hash, from, at);
    this.#words[this.#at(row, STATE)] = NOBODY;
    this.#floats[this.#at(row, SINCE) / 2] = notYet;
    this.#floats[this.#at(row, CONFIRMED) / 2] = never;
    return row;
  }

  /**
   * A flow of the window that begins at `startUs` is told of. True where its socket is to be asked for now: it is not being asked
   * for, and nobody knows all of it for this window.
   */
  tell(row: number, startUs: number): boolean {
    const at = this.#at(row, STATE);
    const state = this.#words[at]!;
    if ((state & IS_ASKED) !== 0) return false;
    if ((state & IS_EARLY) !== 0) {
      this.#words[at] = state & ~IS_EARLY;
      this.#confirm(row, startUs);
      return false;
    }
    const isFound = (state & (KNOWN | IS_ENDED)) === SOCKET && this.#isConfirmedFor(row, startUs);
    if (isFound && this.userId(row) !== -1) return false;
    this.#words[at] = state | IS_ASKED;
    return true;
  }

  /** Whether its socket was found for the window that begins at `startUs`, and its user is still to be known. */
  isUserMissing(row: number, startUs: number): boolean {
    const isFound = this.known(row) === SOCKET && this.#isConfirmedFor(row, startUs);
    return isFound && this.userId(row) === -1;
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
    if (!isAnother && this.#saysLess(row, before, answer)) {
      if (before === LISTENER) this.#confirm(row, startUs);
      return false;
    }
    const isOther = !this.#isOf(row, answer);
    const isEnded = before === NOBODY || (state & IS_ENDED) !== 0;
    // A connection that was not accepted yet has its own socket now, whoever that is of.
    const isReplaced = isOther && (isAnother || before === known);
    this.#words[at] = known | (answer.isConnected ? IS_CONNECTED : 0) | (state & IS_FORWARDED);
    this.#keep(row, answer, isEnded || isOther);
    if (isEnded || isReplaced) this.#floats[this.#at(row, SINCE) / 2] = notYet;
    this.#confirm(row, startUs);
    return isAnother || isReplaced;
  }

  /**
   * Its socket was found when a connection was opened. Its flow is told of afterwards, or just was, in the window that begins at
   * `latestUs`.
   */
  foundEarly(row: number, answer: SocketAnswer, latestUs: number): void {
    const at = this.#at(row, STATE);
    const state = this.#words[at]!;
    const isSame = (state & (KNOWN | IS_ENDED)) === SOCKET && this.#isOf(row, answer);
    const wasMissed = (state & (KNOWN | IS_MISSED)) === IS_MISSED && this.#isConfirmedFor(row, latestUs);
    this.#words[at] = SOCKET | IS_CONNECTED | (state & IS_ASKED) | (wasMissed ? 0 : IS_EARLY);
    this.#keep(row, answer, !isSame);
    if (!isSame) this.#floats[this.#at(row, SINCE) / 2] = notYet;
    if (wasMissed) this.#confirm(row, latestUs);
  }

  /** There was no socket. True where it is a connection that was not asked for before. */
  missed(row: number, signs: number, startUs: number): boolean {
    const at = this.#at(row, STATE);
    const state = this.#words[at]! & ~IS_ASKED;
    const isKnown = (state & KNOWN) !== NOBODY;
    const isOver = isKnown && ((signs & IS_VAGUE) !== 0 || this.#isOfAnother(row, signs, startUs));
    this.#words[at] = state | IS_MISSED | (isOver ? IS_ENDED : 0);
    if (!isKnown) this.#confirm(row, startUs);
    return !isKnown && (state & IS_MISSED) === 0;
  }

  /** Whether the kernel has said anything of a row's socket. */
  isAnswered(row: number): boolean {
    return (this.#words[this.#at(row, STATE)]! & (KNOWN | IS_MISSED)) !== 0;
  }

  /**
   * How the owner is known of a flow of the window that begins at `startUs`, whose packets have these signs. Where these are of
   * another connection than the one that is kept, that one has ended.
   */
  judge(row: number, signs: number, startUs: number): Known {
    const known = this.known(row);
    if (known === NOBODY || this.#floats[this.#at(row, SINCE) / 2]! > startUs) return NOBODY;
    const confirmedUs = this.#floats[this.#at(row, CONFIRMED) / 2]!;
    if (confirmedUs >= startUs) return known;
    const isEnded = (this.#words[this.#at(row, STATE)]! & IS_ENDED) !== 0;
    if ((signs & IS_VAGUE) !== 0 || isEnded || confirmedUs < startUs - this.#lifeUs) return NOBODY;
    if ((signs & IS_NEW) === 0) return known;
    this.#words[this.#at(row, STATE)]! |= IS_ENDED;
    return NOBODY;
  }

  known(row: number): Known {
    return (this.#words[this.#at(row, STATE)]! & KNOWN) as Known;
  }

  /** Whether a socket that was found is of this flow alone. */
  isConnected(row: number): boolean {
    return (this.#words[this.#at(row, STATE)]! & IS_CONNECTED) !== 0;
  }

  tellForwarded(row: number, isForwarded: boolean): void {
    const at = this.#at(row, STATE);
    if (isForwarded) this.#words[at]! |= IS_FORWARDED;
    else this.#words[at]! &= ~IS_FORWARDED;
  }

  isForwarded(row: number): boolean {
    return (this.#words[this.#at(row, STATE)]! & IS_FORWARDED) !== 0;
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
    return this.#rows.keyAt(row);
  }

  get words(): Int32Array {
    return this.#words;
  }

  /** The window may be an earlier one than the last, of another interface; or much earlier, where the clock was set back. */
  #confirm(row: number, startUs: number): void {
    const since = this.#at(row, SINCE) / 2;
    const last = this.#at(row, CONFIRMED) / 2;
    if (startUs < this.#floats[since]!) this.#floats[since] = startUs;
    if (startUs > this.#floats[last]! || startUs < this.#floats[last]! - this.#lifeUs)
      this.#floats[last] = startUs;
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

  /**
   * Whether an answer says less than what is kept of the same connection. Whoever listens there is found when the connection itself
   * has gone; and by whom one will be accepted, or would have been, who listens says better than nobody.
   */
  #saysLess(row: number, before: Known, { isListener, cgroupId, userId }: SocketAnswer): boolean {
    const isOfGroup = cgroupId === this.cgroupId(row);
    if (before === SOCKET) return isListener && !(isOfGroup && this.userId(row) === -1);
    return before === LISTENER && !isListener && isOfGroup && userId === -1;
  }

  /** Whether what is kept was of an earlier connection than the one that is asked for. */
  #isOfAnother(row: number, signs: number, startUs: number): boolean {
    return (signs & IS_NEW) !== 0 && !this.#isConfirmedFor(row, startUs);
  }

  #isConfirmedFor(row: number, startUs: number): boolean {
    return this.#floats[this.#at(row, CONFIRMED) / 2] === startUs;
  }

  #at(row: number, word: number): number {
    return this.#rows.at(row) + word;
  }
}
