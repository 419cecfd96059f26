/** What surrounds records in a stream or a datagram: a newline, a length, a message's header. */
import type { RecordRun } from './record-run.js';

export interface Framing {
  /** Bytes that it adds to a run at the most: to each record, and to all of them. */
  readonly overhead: { readonly record: number; readonly run: number };
  /** The whole run as it goes out, in memory of its own or the run's. `nowMs` is since the epoch. */
  frame(run: RecordRun, nowMs: number): Uint8Array;
  /** A new connection was made: anything a reader must know before records has to be sent again. */
  connected?(): void;
}

/** For datagrams: it adds the same number of bytes whatever the number of records. */
export interface DatagramFraming extends Framing {
  readonly overhead: { readonly record: 0; readonly run: number };
  /** Called with a steady clock before each run is taken; `overhead` then holds until that run went out. */
  tick?(nowMs: number): void;
  /** A datagram to send before the next run, if one is due; the same one until it went out. `nowMs` is the wall clock. */
  preface?(nowMs: number): Uint8Array | undefined;
  /** The last framed run went out. Otherwise the same run is framed again. */
  sent?(): void;
}

/** Records are lines already. */
export const newlineFraming: Framing = {
  overhead: { record: 0, run: 0 },
  frame: ({ encoded, start, end }) => encoded.bytes.subarray(start, end),
};
