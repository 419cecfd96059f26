/** The contract of what holds records until they are sent: in memory (outbox.ts), or on disk. */
import type { EncodedRecords } from '../record/encoded-records.js';
import type { RecordRun } from './record-run.js';
import type { SinkCounts, UnsentReason } from './sink.js';

export interface RecordQueue {
  readonly counts: Readonly<SinkCounts>;
  /** Nothing waits, and nothing is under way. */
  readonly isEmpty: boolean;
  readonly ready: boolean;
  /** Resolves when it is `ready`. */
  drained(): Promise<void>;
  /** Takes records in; returns how many of the oldest had to give way. Calls `done` once, when their memory is free. */
  push(encoded: EncodedRecords, done?: () => void): number;
  /** Called when there is more to take without a push: what was read from a disk. */
  onMore?: (() => void) | undefined;
  /** The oldest waiting records are under way: one at least, and what fits into both limits. Undefined where none waits. */
  take(mostBytes: number, mostRecords: number): RecordRun | undefined;
  /** What became of a run that was taken. */
  sent(run: RecordRun): void;
  unsent(reason: UnsentReason, run: RecordRun): void;
  /** It waits again, as the oldest: of several runs the last one taken goes first. */
  giveBack(run: RecordRun): void;
  /** Those at these positions wait again, as the oldest; those `rejected` are unsent; the others are sent. */
  settleEach(run: RecordRun, again: readonly number[], rejected: readonly number[]): void;
  /**
   * Nothing is taken any more. What waits in memory, and what still comes, counts as unsent; what is on a disk stays.
   */
  close(reason: UnsentReason): Promise<void> | void;
}
