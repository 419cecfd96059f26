/** Asks for the sockets of flows, many at a time, and hands the answers to the memory. */
import { IS_CLIENT } from '../../../record/connection-signs.js';
import type { Ends } from '../../tables/ends.js';
import { AskedRows } from './asked-rows.js';
import type { OwnerMemory } from './owner-memory.js';
import { type LookUpSockets, SocketAnswer, SocketQuestions } from './socket-questions.js';
import { IS_OF_CLIENT } from './socket-state.js';

/** What became of the questions. */
export interface AskingCounts {
  asked: number;
  sockets: number;
  listeners: number;
  missed: number;
  unanswered: number;
}

/** How many sockets one call of the addon asks for at most. */
const mostAtOnce = 1_024;
/** Once so many questions wait, they are asked at once. A single question costs three times as much as one of these. */
const enough = 64;
/** How many of them are asked once more the next time. */
const mostAgain = 256;

export class SocketAsking {
  readonly #memory: OwnerMemory;
  readonly #lookUp: LookUpSockets;
  readonly #waitMs: number;
  readonly #counts: AskingCounts;
  readonly #questions: SocketQuestions;
  /** The rows that the questions are for, in the same order. */
  readonly #asked: AskedRows;
  /** Connections that were not accepted yet, so that their user is not known. */
  readonly #again: AskedRows;
  readonly #answer = new SocketAnswer();
  /** Runs while questions wait for others. */
  #waiting: NodeJS.Timeout | undefined;

  /** `waitMs`: how long a few questions wait for more. */
  constructor(memory: OwnerMemory, lookUp: LookUpSockets, counts: AskingCounts, waitMs: number) {
    this.#waitMs = waitMs;
    this.#memory = memory;
    this.#lookUp = lookUp;
    this.#counts = counts;
    // A row that waits for an answer must not be evicted.
    const most = Math.min(mostAtOnce, memory.sockets.capacity);
    this.#questions = new SocketQuestions(most);
    this.#asked = new AskedRows(most);
    this.#again = new AskedRows(Math.min(mostAgain, most));
  }

  /**
   * Takes note of a flow in the window that begins at `startUs`. The end that comes first at `at` of `ends` is this host's. Its socket is
   * asked for by the next `askAll` at the latest. Returns its row.
   */
  ask(ends: Ends, at: number, interfaceIndex: number, signs: number, startUs: number): number {
    const row = this.#memory.rowOf(ends, at);
    if (this.#memory.sockets.tell(row, startUs)) this.#add(row, interfaceIndex, signs, startUs);
    return row;
  }

  /** Asks once more where the last answer was not complete. */
  askAgain(): void {
    const { sockets } = this.#memory;
    const { count, rows, interfaces, signs, starts } = this.#again;
    this.#again.count = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const startUs = starts[i]!;
      // The row may be another connection's by now.
      if (sockets.isUserMissing(row, startUs) && sockets.tell(row, startUs))
        this.#add(row, interfaces[i]!, signs[i]!, startUs);
    }
  }

  /** Asks now if enough questions wait, else soon. */
  askSoon(): void {
    const { count } = this.#asked;
    if (count >= enough || this.#waitMs === 0) this.askAll();
    else if (count > 0) this.#waiting ??= setTimeout(() => this.askAll(), this.#waitMs).unref();
  }

  /** Asks all questions that wait. To be called before owners are told. */
  askAll(): void {
    const { count, rows } = this.#asked;
    if (count === 0) return;
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    const isAnswered = this.#lookUpAll();
    for (let question = 0; question < count; question++) {
      if (isAnswered) this.#take(question);
      else this.#memory.sockets.unanswered(rows[question]!);
    }
    this.#questions.count = 0;
    this.#asked.count = 0;
  }

  /** Drops what waits. */
  close(): void {
    clearTimeout(this.#waiting);
  }

  #add(row: number, interfaceIndex: number, signs: number, startUs: number): void {
    const { sockets } = this.#memory;
    this.#asked.add(row, interfaceIndex, signs, startUs);
    this.#questions.add(sockets.words, sockets.keyAt(row), interfaceIndex);
    if (this.#asked.count === this.#asked.most) this.askAll();
  }

  #lookUpAll(): boolean {
    const { count } = this.#questions;
    this.#counts.asked += count;
    try {
      this.#questions.ask(this.#lookUp);
      return true;
    } catch {
      // The kernel has no memory now, or takes no questions. Later ones may be answered.
      this.#counts.unanswered += count;
      return false;
    }
  }

  #take(question: number): void {
    const answer = this.#answer;
    const row = this.#asked.rows[question]!;
    const signs = this.#asked.signs[question]!;
    const startUs = this.#asked.starts[question]!;
    this.#questions.readAnswer(question, answer);
    // Whoever listens at a client's port came after the client had left it.
    if ((signs & IS_CLIENT) !== 0) this.#memory.sockets.tellClient(row);
    if (answer.isListener && this.#memory.sockets.has(row, IS_OF_CLIENT)) answer.isFound = false;
    if (!answer.isFound) this.#counts.missed++;
    else if (answer.isListener) this.#counts.listeners++;
    else this.#counts.sockets++;
    this.#memory.take(row, answer, signs, startUs);
    if (answer.isFound && answer.userId === -1 && this.#again.count < this.#again.most)
      this.#again.add(row, this.#asked.interfaces[question]!, signs, startUs);
  }
}
