/** The contract of a queue of records that wait to be sent: in memory (outbox.ts) or on disk (spool/). */
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
  /** Adds records, and returns how many of the oldest had to give way. Calls `done` once, when their memory is free. */
  push(encoded: EncodedRecords, done?: () => void): number;
  /** Called when more can be taken without a push, because it was read from disk. */
  onMore?: (() => void) | undefined;
  /** Takes the oldest waiting records, which are under way then: at least one, within both limits. Undefined when none waits. */
  take(mostBytes: number, mostRecords: number): RecordRun | undefined;
  /** A run that was taken was sent. */
  sent(run: RecordRun): void;
  unsent(reason: UnsentReason, run: RecordRun): void;
  /** A run waits again, as the oldest. Several are given back in reverse order. */
  giveBack(run: RecordRun): void;
  /** Records at the positions `again` wait again, as the oldest; those at `rejected` are unsent; all others are sent. */
  settleEach(run: RecordRun, again: readonly number[], rejected: readonly number[]): void;
  /**
   * Nothing is taken any more. Records in memory, and any that still come, count as unsent; those on disk stay.
   */
  close(reason: UnsentReason): Promise<void> | void;
}
