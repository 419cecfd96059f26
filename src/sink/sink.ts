/** The contract of a place that encoded records go to. A sink sees bytes and this file only. */

/** Records as one run of bytes. Nobody changes a batch from `write` on until every sink that took it is done with it. */
export interface RecordBatch {
  readonly bytes: Uint8Array;
  /** Number of records. */
  readonly records: number;
  /** Where each record ends in `bytes` (exclusive); the first starts at 0. `records` of them are valid. */
  readonly ends: Uint32Array;
  /** Packets of the records up to and including each, so that what cannot be sent is counted in packets too. */
  readonly packetSums: Float64Array;
}

/** Why a record was not sent. */
export const unsentReasons = [
  'refused',
  'unreachable',
  'queue-full',
  'too-long',
  'closed',
  'failed',
] as const;
export type UnsentReason = (typeof unsentReasons)[number];

/** Counts since the sink was opened. Records and packets in = sent + unsent by reason + waiting. */
export interface SinkCounts {
  recordsSent: number;
  packetsSent: number;
  readonly recordsUnsent: Record<UnsentReason, number>;
  readonly packetsUnsent: Record<UnsentReason, number>;
}

export interface Sink {
  /** What the user called it: "127.0.0.1:10518", "-". */
  readonly name: string;
  readonly counts: SinkCounts;
  /** Records that wait here, and the packets they stand for. */
  readonly waiting: { readonly records: number; readonly packets: number };
  /**
   * Datagrams, of any program of this host, that it dropped itself while this sink sent, on their way out or for want of
   * room at a collector that runs on it: at most so many of those that count as sent did not arrive. Absent where that
   * cannot be.
   */
  readonly datagramsDroppedHere?: number;
  /** True while it would take another batch without its queue growing past the low-water mark. */
  readonly ready: boolean;
  /** True once nothing can be written any more: the reader of a pipe has gone. Absent where that cannot be. */
  readonly broken?: boolean;
  /** True while there is nobody who takes records, who may come back. Absent where that cannot be. */
  readonly away?: boolean;
  /**
   * Says that so many records are about to be written, so that a sink with a pace of its own may spread them out. One
   * that is not told sends as fast as it may. Absent where it would change nothing.
   */
  announce?(records: number): void;
  /**
   * Takes a batch. Never throws and never blocks; what does not fit is counted as unsent. Calls `done` once, when nothing
   * here will read the batch again: its memory is used for other records then. Where that is not known, it is not called.
   */
  write(batch: RecordBatch, done?: () => void): void;
  /**
   * Sends what its pace allows at this moment; called by the one clock of app.ts, every few milliseconds while
   * anything waits.
   */
  tick(nowMs: number): void;
  /** Resolves when it is `ready` again. For sources that wait: files. */
  drained(): Promise<void>;
  /** Sends what waits, until done or `deadlineMs` (same clock as tick); counts the rest as unsent 'closed'; closes. */
  close(deadlineMs: number): Promise<void>;
}

export function newSinkCounts(): SinkCounts {
  const zeros = () =>
    Object.fromEntries(unsentReasons.map((reason) => [reason, 0])) as Record<UnsentReason, number>;
  return { recordsSent: 0, packetsSent: 0, recordsUnsent: zeros(), packetsUnsent: zeros() };
}
