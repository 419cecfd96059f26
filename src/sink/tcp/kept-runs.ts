/**
 * Runs that are under way on a stream, in order: first those that the reader's kernel acknowledged and that are kept for a
 * while, then those that were begun, last those that wait. A position is a number of bytes since the connection was made.
 */
import { bytesOf, type RecordRun } from '../record-run.js';
import { type Answer, sentAnswer } from '../transport.js';

export interface KeptRun {
  readonly run: RecordRun;
  readonly settle: (answer: Answer) => void;
  /** The position after its last byte; undefined until the kernel has taken all of it. */
  end: number | undefined;
  /** When its acknowledgement was seen. */
  acknowledgedMs: number | undefined;
}

export interface KeptLimits {
  /** How long an acknowledged run is kept. */
  readonly keepMs: number;
  /** Acknowledged runs have at most this many bytes together: more than the kernel of a reader's host holds for it. */
  readonly bytes: number;
  /** How many acknowledged runs there are at most. */
  readonly runs: number;
}

export class KeptRuns {
  readonly #limits: KeptLimits;
  readonly #kept: KeptRun[] = [];
  /** Bytes of the acknowledged ones. */
  #bytes = 0;
  /** How many are acknowledged, and how many are begun (acknowledged ones included). */
  #acknowledged = 0;
  #begun = 0;

  constructor(limits: KeptLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  get hasBegun(): boolean {
    return this.#begun > 0;
  }

  get hasWaiting(): boolean {
    return this.#begun < this.#kept.length;
  }

  /** Something was begun, and not all of it is acknowledged. */
  get hasUnacknowledged(): boolean {
    return this.#acknowledged < this.#begun;
  }

  add(run: RecordRun, settle: (answer: Answer) => void): void {
    this.#kept.push({ run, settle, end: undefined, acknowledgedMs: undefined });
  }

  /** Takes the first waiting run: the caller writes it, and sets where it ends. */
  begin(): KeptRun {
    return this.#kept[this.#begun++]!;
  }

  /** The reader's kernel has everything before this position. */
  acknowledge(position: number, nowMs: number): void {
    while (this.#acknowledged < this.#begun) {
      const kept = this.#kept[this.#acknowledged]!;
      if (kept.end === undefined || kept.end > position) return;
      kept.acknowledgedMs = nowMs;
      this.#bytes += bytesOf(kept.run);
      this.#acknowledged++;
    }
  }

  /** Answers runs that were kept long enough, and the oldest acknowledged ones when they take too much. Returns how many. */
  release(nowMs: number): number {
    let released = 0;
    const { keepMs, bytes, runs } = this.#limits;
    while (this.#acknowledged > 0) {
      const isOver = nowMs - this.#kept[0]!.acknowledgedMs! >= keepMs;
      if (!isOver && this.#bytes <= bytes && this.#acknowledged <= runs) break;
      this.#settleFirst(sentAnswer);
      released++;
    }
    return released;
  }

  /** Answers all that were begun. */
  settleBegun(answer: Answer): void {
    while (this.#begun > 0) this.#settleFirst(answer);
  }

  /** Answers those that were begun, and those that wait. */
  settleAll(begun: Answer, waiting: Answer): void {
    this.settleBegun(begun);
    while (!this.isEmpty) this.#settleFirst(waiting);
  }

  #settleFirst(answer: Answer): void {
    const { run, settle } = this.#kept.shift()!;
    if (this.#acknowledged > 0) {
      this.#acknowledged--;
      this.#bytes -= bytesOf(run);
    }
    this.#begun = Math.max(0, this.#begun - 1);
    settle(answer);
  }
}
