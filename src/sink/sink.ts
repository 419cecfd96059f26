/** The contract of a place that encoded records go to. A sink sees bytes and this file only. */
import type { EncodedRecords } from '../record/encoded-records.js';

/** Why a record was not sent. 'late' ones were never written to the sink: see run/delivery.ts. */
export const unsentReasons = [
  'refused',
  'unreachable',
  'queue-full',
  'too-long',
  'closed',
  'failed',
  'rejected',
  'spool-full',
  'damaged',
  'late',
] as const;
export type UnsentReason = (typeof unsentReasons)[number];

/** Counts since the start, the same for every sink. Records and packets in, and taken up = sent + unsent by reason + waiting. */
export interface SinkCounts {
  recordsSent: number;
  packetsSent: number;
  readonly recordsUnsent: Record<UnsentReason, number>;
  readonly packetsUnsent: Record<UnsentReason, number>;
  /** Records that wait here, and the packets they stand for. */
  recordsWaiting: number;
  packetsWaiting: number;
  /** How much of that is on disk, and stays there when the run ends. */
  recordsOnDisk: number;
  packetsOnDisk: number;
  /** What an earlier run had left on disk. */
  recordsTakenUp: number;
  packetsTakenUp: number;
  /** Of the records sent, those that somebody acknowledged. */
  recordsAcknowledged: number;
  /** Records that were tried more than once, each counted once. */
  recordsRetried: number;
  /** At most this many records more than were sent have reached the reader: some twice, some that count as unsent. */
  duplicatesPossible: number;
  /** Of the records sent, those that were longer than the path takes in one piece and went out in fragments. */
  recordsFragmented: number;
  /**
   * Datagrams that this host dropped while this sink sent, on their way out or for want of room at a collector that runs
   * on it, other programs' included: at most so many of those that count as sent did not arrive.
   */
  datagramsDroppedHere: number;
}

export interface Sink {
  /** What the user called it: "127.0.0.1:10518", "-". */
  readonly name: string;
  /** Who acknowledges records; absent where nobody does. */
  readonly acknowledgedBy?: 'reader' | "reader's host" | undefined;
  /** Read often: numbers that cost nothing to tell. */
  readonly counts: Readonly<SinkCounts>;
  /** True while it can take more without its queue growing past the low-water mark. */
  readonly ready: boolean;
  /** True once nothing can be written any more: the reader of a pipe has gone. Absent where that cannot be. */
  readonly broken?: boolean;
  /** True while nobody takes records, who may come back. Absent where that cannot be. */
  readonly away?: boolean;
  /**
   * Begins to resolve names and to connect. Called once, before the first record, when rights have been given up: what
   * comes from the network is not read before. Absent where there is nothing to begin.
   */
  start?(): void;
  /**
   * Says that so many records are about to be written, so that a sink with a pace of its own may spread them out. One
   * that is not told sends as fast as it may. Absent where it would change nothing.
   */
  announce?(records: number): void;
  /**
   * Takes records. Never throws and never blocks; what does not fit is counted as unsent. Calls `done` once, when nothing
   * here will read them again: their memory is used for others then. Where that is not known, it is not called.
   */
  write(encoded: EncodedRecords, done?: () => void): void;
  /** Says that nothing more is expected: what waits should be sent and acknowledged soon. Absent where that is so anyway. */
  flush?(): void;
  /** Reopens what it writes to, on SIGHUP. Absent where that means nothing. */
  reopen?(): void;
  /** Sends what its pace allows at this moment. Called every few milliseconds while anything waits. */
  tick(nowMs: number): void;
  /** Resolves when it is `ready` again. For sources that wait: files. */
  drained(): Promise<void>;
  /** No time is left: a `close` under way stops waiting. Absent where `close` does not wait for an absent reader. */
  hurry?(): void;
  /** Sends what waits, until done or `deadlineMs` (same clock as tick); counts the rest as unsent 'closed'; closes. */
  close(deadlineMs: number): Promise<void>;
}

export function newSinkCounts(): SinkCounts {
  const zeros = () =>
    Object.fromEntries(unsentReasons.map((reason) => [reason, 0])) as Record<UnsentReason, number>;
  return {
    recordsSent: 0,
    packetsSent: 0,
    recordsUnsent: zeros(),
    packetsUnsent: zeros(),
    recordsWaiting: 0,
    packetsWaiting: 0,
    recordsOnDisk: 0,
    packetsOnDisk: 0,
    recordsTakenUp: 0,
    packetsTakenUp: 0,
    recordsAcknowledged: 0,
    recordsRetried: 0,
    duplicatesPossible: 0,
    recordsFragmented: 0,
    datagramsDroppedHere: 0,
  };
}
