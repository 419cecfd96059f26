/**
 * The owners of sockets, by protocol, local end and other end: the kernel's last answer, and the windows that it was given for. When there
 * is no room, the row that was asked for the longest time ago gives way.
 *
 * The same addresses and ports may belong to another connection later, unnoticed. So an answer holds for the windows whose flows it was
 * asked for, and for later windows only while nothing speaks for another connection. A window is known by its start.
 */

import { IS_NEW, IS_VAGUE } from '../../../record/connection-signs.js';
import { CONNECTION_WORDS } from '../../tables/ends.js';
import { RecentRows } from '../../tables/recent-rows.js';
import type { SocketAnswer } from './socket-questions.js';
import {
  IS_ASKED,
  IS_CONNECTED,
  IS_EARLY,
  IS_ENDED,
  IS_FORWARDED,
  IS_MISSED,
  IS_OF_CLIENT,
  IS_SENT,
  KNOWN,
  type Known,
  LASTING,
  LISTENER,
  NOBODY,
  SOCKET,
} from './socket-state.js';

/** The words of a row after its key. */
const STATE = 0;
const CGROUP = 1;
/** The first window that the answer was given for, and the last one: float64s. */
const SINCE = 3;
const CONFIRMED = 5;
const USER = 7;
/** When its flow was told last; with IS_EARLY, when its SYN was answered: the low 32 bits of steady milliseconds. */
const AT_MS = 8;
const OWN_WORDS = 9;

/** How long after its flow was told a SYN surely belongs to that flow, where the flow had no socket; and how long it may. */
const surelyLateMs = 100;
const longestLateMs = 1_000;
/** Starts of windows: after all of them, and before all. */
const notYet = Number.POSITIVE_INFINITY;
const never = Number.NEGATIVE_INFINITY;

/** The flow of a SYN is told within a second. What is told later is another connection's, whose SYN was passed over. */
const mostEarlyMs = 2_000;

export class KeptSockets {
  readonly #lifeUs: number;
  readonly #nowMs: () => number;
  readonly #rows: RecentRows;
  readonly words: Int32Array;
  readonly #floats: Float64Array;

  /** `lifeUs`: for how long after its last window, in microseconds, an answer still holds for later ones. `nowMs`: a steady clock. */
  constructor(capacity: number, lifeUs: number, nowMs: () => number) {
    this.#lifeUs = lifeUs;
    this.#nowMs = nowMs;
    this.#rows = new RecentRows(capacity, CONNECTION_WORDS, OWN_WORDS);
    this.words = this.#rows.words;
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

  /** The row of the key of Ends that stands in `from` at `at`, or -1. */
  find(hash: number, from: Int32Array, at: number): number {
    return this.#rows.find(hash, from, at);
  }

  /** The row of a key, which is added where it is missing. It becomes the newest. */
  take(hash: number, from: Int32Array, at: number): number {
    const found = this.#rows.find(hash, from, at);
    if (found >= 0) {
      this.#rows.renew(found);
      return found;
    }
    const row = this.#rows.add(hash, from, at);
    this.words[this.#at(row, STATE)] = NOBODY;
    this.#floats[this.#at(row, SINCE) / 2] = notYet;
    this.#floats[this.#at(row, CONFIRMED) / 2] = never;
    return row;
  }

  /**
   * Takes note of a flow in the window that begins at `startUs`. True where its socket has to be asked for: the question is not under
   * way, and the answer for this window is not complete.
   */
  tell(row: number, startUs: number): boolean {
    const at = this.#at(row, STATE);
    const state = this.words[at]!;
    if ((state & IS_ASKED) !== 0) return false;
    const isInTime = this.#isSince(row, mostEarlyMs);
    this.words[this.#at(row, AT_MS)] = this.#nowMs();
    if ((state & IS_EARLY) !== 0) {
      this.words[at] = isInTime ? state & ~IS_EARLY : (state & ~IS_EARLY) | IS_ENDED | IS_ASKED;
      if (isInTime) this.#confirm(row, startUs);
      return !isInTime;
    }
    const isFound = (state & (KNOWN | IS_ENDED)) === SOCKET && this.#isConfirmedFor(row, startUs);
    if (isFound && this.userId(row) !== -1) return false;
    this.words[at] = (state & ~IS_EARLY) | IS_ASKED;
    return true;
  }

  /** Whether its socket was found for the window that begins at `startUs`, but not the socket's user. */
  isUserMissing(row: number, startUs: number): boolean {
    const isFound = this.known(row) === SOCKET && this.#isConfirmedFor(row, startUs);
    return isFound && this.userId(row) === -1;
  }

  /** The kernel did not answer. */
  unanswered(row: number): void {
    this.words[this.#at(row, STATE)]! &= ~IS_ASKED;
  }

  /**
   * Keeps the answer for a flow of the window that begins at `startUs`, whose packets have these signs so far. True where the connection is
   * seen for the first time.
   */
  found(row: number, answer: SocketAnswer, signs: number, startUs: number): boolean {
    const known = answer.isListener ? LISTENER : SOCKET;
    const at = this.#at(row, STATE);
    const state = this.words[at]! & ~IS_ASKED;
    const before = (state & KNOWN) as Known;
    const isAnother = before === NOBODY || (state & IS_ENDED) !== 0 || this.#isOfAnother(row, signs, startUs);
    this.words[at] = state;
    if (!isAnother && this.#saysLess(row, before, answer)) {
      if (before === LISTENER) this.#confirm(row, startUs);
      return false;
    }
    const isOther = !this.#isOf(row, answer);
    const isEnded = before === NOBODY || (state & IS_ENDED) !== 0;
    // From listener to socket it is one connection, which was accepted meanwhile, whoever has it now.
    const isReplaced = isOther && (isAnother || before === known);
    this.words[at] = known | (answer.isConnected ? IS_CONNECTED : 0) | (state & LASTING);
    this.#keep(row, answer, isEnded || isOther);
    if (isEnded || isReplaced) this.#floats[this.#at(row, SINCE) / 2] = notYet;
    this.#confirm(row, startUs);
    return isAnother || isReplaced;
  }

  /**
   * Keeps the answer to a SYN. Its flow will be told later, or was told just now, in the window that begins at `latestUs`, and had no
   * socket any more. False where the SYN may belong to either of two flows: then the answer serves none.
   */
  foundEarly(row: number, answer: SocketAnswer, latestUs: number): boolean {
    const at = this.#at(row, STATE);
    const state = this.words[at]!;
    const isSame = (state & (KNOWN | IS_ENDED)) === SOCKET && this.#isOf(row, answer);
    const isMissed = (state & (KNOWN | IS_MISSED)) === IS_MISSED && this.#isSince(row, surelyLateMs);
    const wasTold = (state & IS_ASKED) !== 0 || (isMissed && this.#isConfirmedFor(row, latestUs));
    const mayBeLate = (state & (KNOWN | IS_MISSED)) !== 0 && this.#isSince(row, longestLateMs);
    if (!wasTold && mayBeLate && ((state & IS_EARLY) === 0 || !isSame)) {
      const isOther = isSame ? state : state | IS_ENDED;
      this.words[at] = (state & IS_EARLY) === 0 ? isOther : IS_MISSED;
      return false;
    }
    this.words[at] =
      SOCKET | IS_CONNECTED | IS_SENT | IS_OF_CLIENT | (state & IS_ASKED) | (wasTold ? 0 : IS_EARLY);
    this.words[this.#at(row, AT_MS)] = this.#nowMs();
    this.#keep(row, answer, !isSame);
    if (!isSame) this.#floats[this.#at(row, SINCE) / 2] = notYet;
    if (wasTold) this.#confirm(row, latestUs);
    return true;
  }

  /** Notes that there is no socket. True where this connection was never asked for before. */
  missed(row: number, signs: number, startUs: number): boolean {
    const at = this.#at(row, STATE);
    const state = this.words[at]! & ~IS_ASKED;
    const isKnown = (state & KNOWN) !== NOBODY;
    const isOver = isKnown && ((signs & IS_VAGUE) !== 0 || this.#isOfAnother(row, signs, startUs));
    this.words[at] = state | IS_MISSED | (isOver ? IS_ENDED : 0);
    if (!isKnown) this.#confirm(row, startUs);
    return !isKnown && (state & IS_MISSED) === 0;
  }

  /**
   * How the owner of a flow in the window that begins at `startUs` is known, given the signs of its packets. Where they show another
   * connection than the kept one, that one is marked as ended.
   */
  judge(row: number, signs: number, startUs: number): Known {
    const known = this.known(row);
    if (known === NOBODY || this.#floats[this.#at(row, SINCE) / 2]! > startUs) return NOBODY;
    const confirmedUs = this.#floats[this.#at(row, CONFIRMED) / 2]!;
    if (confirmedUs >= startUs) return known;
    const isEnded = (this.words[this.#at(row, STATE)]! & IS_ENDED) !== 0;
    if ((signs & IS_VAGUE) !== 0 || isEnded || confirmedUs < startUs - this.#lifeUs) return NOBODY;
    if ((signs & IS_NEW) === 0) return known;
    this.words[this.#at(row, STATE)]! |= IS_ENDED;
    return NOBODY;
  }

  known(row: number): Known {
    return (this.words[this.#at(row, STATE)]! & KNOWN) as Known;
  }

  /** Packets of the local end were seen, which this host forwarded or sent itself. */
  tellForwarded(row: number, isForwarded: boolean): void {
    const at = this.#at(row, STATE);
    const state = this.words[at]! & ~IS_FORWARDED;
    this.words[at] = state | IS_SENT | (isForwarded ? IS_FORWARDED : 0);
  }

  /** Whether it forwarded those that were seen last; undefined where none were. */
  wasForwarded(row: number): boolean | undefined {
    const state = this.words[this.#at(row, STATE)]!;
    return (state & IS_SENT) === 0 ? undefined : (state & IS_FORWARDED) !== 0;
  }

  /** The local end opened the connection. */
  tellClient(row: number): void {
    this.words[this.#at(row, STATE)]! |= IS_OF_CLIENT;
  }

  /** Whether one of these bits is set: see socket-state.ts. */
  has(row: number, bits: number): boolean {
    return (this.words[this.#at(row, STATE)]! & bits) !== 0;
  }

  cgroupId(row: number): number {
    return this.#floats[this.#at(row, CGROUP) / 2]!;
  }

  userId(row: number): number {
    const user = this.words[this.#at(row, USER)]!;
    return user === -1 ? -1 : user >>> 0;
  }

  /** Where a row's key stands in `words`. */
  keyAt(row: number): number {
    return this.#rows.keyAt(row);
  }

  /**
   * Extends the windows of an answer. This window may be earlier than the last one: by little from another interface, by much after
   * the clock was set back.
   */
  #confirm(row: number, startUs: number): void {
    const since = this.#at(row, SINCE) / 2;
    const last = this.#at(row, CONFIRMED) / 2;
    if (startUs < this.#floats[since]!) this.#floats[since] = startUs;
    if (startUs > this.#floats[last]! || startUs < this.#floats[last]! - this.#lifeUs)
      this.#floats[last] = startUs;
  }

  /** A known user stays known after the process has closed the socket. */
  #keep(row: number, { cgroupId, userId }: SocketAnswer, isOther: boolean): void {
    if (isOther || userId !== -1) this.words[this.#at(row, USER)] = userId;
    this.#floats[this.#at(row, CGROUP) / 2] = cgroupId;
  }

  #isOf(row: number, { cgroupId, userId }: SocketAnswer): boolean {
    const user = this.userId(row);
    return cgroupId === this.cgroupId(row) && (user === userId || user === -1 || userId === -1);
  }

  /**
   * Whether an answer says less than what is kept of the same connection. A listener is found once the connection itself has gone. A
   * connection that is not accepted yet has no user, and its listener has one.
   */
  #saysLess(row: number, before: Known, { isListener, cgroupId, userId }: SocketAnswer): boolean {
    const isOfGroup = cgroupId === this.cgroupId(row);
    if (before === SOCKET) return isListener && !(isOfGroup && this.userId(row) === -1);
    return before === LISTENER && !isListener && isOfGroup && userId === -1;
  }

  /** Whether the kept answer is of an earlier connection than the one asked for. */
  #isOfAnother(row: number, signs: number, startUs: number): boolean {
    return (signs & IS_NEW) !== 0 && !this.#isConfirmedFor(row, startUs);
  }

  #isSince(row: number, longestMs: number): boolean {
    return ((this.#nowMs() - this.words[this.#at(row, AT_MS)]!) | 0) <= longestMs;
  }

  #isConfirmedFor(row: number, startUs: number): boolean {
    return this.#floats[this.#at(row, CONFIRMED) / 2] === startUs;
  }

  #at(row: number, word: number): number {
    return this.#rows.at(row) + word;
  }
}
