/** What a stream or a datagram has around records, beside the schema's bytes: a newline, a length, a message's header. */
import type { RecordRun } from './record-run.js';

export interface Framing {
  /** Bytes that it adds to a run at the most: to each record, and to all of them. */
  readonly overhead: { readonly record: number; readonly run: number };
  /** The whole run as it goes out, in memory of its own or the run's. `nowMs` is since the epoch. */
  frame(run: RecordRun, nowMs: number): Uint8Array;
  /** Another connection was made: what a reader has to know before it reads records is told again. */
  connected?(): void;
}

/** Of datagrams: what it adds to a run is the same for any number of records. */
export interface DatagramFraming extends Framing {
  readonly overhead: { readonly record: 0; readonly run: number };
  /** Called before each run is taken, with a steady clock: `overhead` is as it says until that run went out. */
  tick?(nowMs: number): void;
  /** A datagram that goes before what is framed next, if one is due; the same until that went out. `nowMs` is the wall clock. */
  preface?(nowMs: number): Uint8Array | undefined;
  /** What was framed last went out; without this it is framed again. */
  sent?(): void;
}

/** Records are lines already. */
export const newlineFraming: Framing = {
  overhead: { record: 0, run: 0 },
  frame: ({ encoded, start, end }) => encoded.bytes.subarray(start, end),
};
