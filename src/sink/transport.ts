/** The contract of a way to a reader: it opens, sends runs of records in order, and closes. The queue is not its concern. */
import type { RecordRun } from './record-run.js';
import type { UnsentReason } from './sink.js';

/** The run has to be sent again later. */
export interface Retry {
  readonly kind: 'retry';
  /** For people, with the remedy where there is one: "the connection was refused". No secrets. */
  readonly why: string;
  /** How long the reader wants to be left alone; undefined leaves it to the back-off. */
  readonly afterMs?: number;
  /** The reader may have the run already, and then gets it twice. */
  readonly mayHaveArrived?: boolean;
  /** The connection had ended while it was idle: the reader is not away, and another connection may do at once. */
  readonly atOnce?: boolean;
  /** Nothing of the run was sent, so it does not count as tried. */
  readonly isUntried?: boolean;
  /** Why records count as unsent if they still wait when the program ends. */
  readonly absence?: 'refused' | 'unreachable' | 'failed';
}

/** What became of a run. */
export type Answer =
  /** The reader has it, as far as this transport can know. */
  | { readonly kind: 'sent' }
  | Retry
  /** The reader will never take any record of the run. */
  | { readonly kind: 'drop'; readonly reason: UnsentReason; readonly why: string }
  /** Too much at once: smaller runs may do. A single record is dropped, as 'too-long'. */
  | { readonly kind: 'split'; readonly why: string }
  /** The reader answered for each record by itself: positions in the run, from 0. All others are sent. */
  | {
      readonly kind: 'each';
      /** Positions of records to send again. */
      readonly again: readonly number[];
      /** Positions of records that are never taken: they count as 'rejected'. */
      readonly rejected: readonly number[];
      readonly why: string;
      readonly afterMs?: number;
      /** The reader may have those of `again` already. */
      readonly mayHaveArrived?: boolean;
    };

export const sentAnswer: Answer = { kind: 'sent' };

/** Limits of a run. A run has at least one record. */
export interface RunLimits {
  readonly records: number;
  readonly bytes: number;
  /** A longer record is not sent, and counts as 'too-long'. */
  readonly recordBytes: number;
  /** How many runs, and bytes of runs, may be under way at a time. */
  readonly runsUnderWay: number;
  readonly bytesUnderWay: number;
}

export interface Transport {
  readonly limits: RunLimits;
  /** Who says that a run has arrived: the reader itself, its host's kernel, or nobody. */
  readonly acknowledgedBy: 'reader' | "reader's host" | undefined;
  /**
   * Connects before there is anything to send, so that an absent reader is noticed early; called once. Resolves to undefined
   * on success. Absent where there is nothing to do.
   */
  open?(): Promise<Retry | undefined>;
  /**
   * Sends a run, connecting first where there is no connection. Never rejects for anything that a reader or the network can
   * do, and answers in bounded time. Runs go out in the order of the calls; nothing reads the run's bytes once it is answered.
   */
  send(run: RecordRun): Promise<Answer>;
  /** Called every few milliseconds while anything waits. */
  tick?(nowMs: number): void;
  /**
   * Called repeatedly while everything left is under way and nothing more is expected, to hurry the answers. `send`
   * may still be called again. Absent where it would change nothing.
   */
  flush?(): void;
  /** Reopens what it writes to, on SIGHUP. Absent where that means nothing. */
  reopen?(): void;
  /** Answers what is under way by `deadlineMs` (the clock of tick) and closes. Nothing is sent any more. */
  close(deadlineMs: number): Promise<void>;
}

/** What every transport is given. */
export interface TransportEdges {
  /** What the user called the output. */
  readonly name: string;
  /** Called with both ends of each connection, before a packet of it can have been captured. */
  readonly connects: (ends: ConnectionEnds) => void;
  /** A steady clock, milliseconds: that of `tick` and `close`. */
  readonly nowMs: () => number;
}

/** Both ends of a connection, addresses as text. */
export interface ConnectionEnds {
  readonly localAddress: string;
  readonly localPort: number;
  readonly address: string;
  readonly port: number;
}
