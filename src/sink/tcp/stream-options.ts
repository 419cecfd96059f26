/** Options of a stream to a reader, their defaults, and how long it waits. */
import type { Resolve } from '../addresses.js';
import type { Framing } from '../framing.js';
import type { TlsSettings } from '../secrets.js';
import type { TransportEdges } from '../transport.js';

/** Where a stream goes. */
export type StreamTarget =
  | {
      readonly kind: 'tcp';
      /** An IP address without brackets, or a host name. */
      readonly host: string;
      readonly port: number;
      /** Undefined sends in clear text. */
      readonly tls?: TlsSettings | undefined;
    }
  /** A stream socket of the Unix domain. */
  | { readonly kind: 'unix'; readonly path: string };

/** What the kernel knows of a connection, asked through the addon. Negative error numbers where it does not say. */
export interface StreamCalls {
  /** Bytes that were written, and that the other end's kernel has not acknowledged. */
  unacknowledged(descriptor: number): number;
  /** How often in a row the kernel has sent again, or probed for room, without an answer. */
  unanswered(descriptor: number): number;
}

export interface StreamOptions {
  readonly target: StreamTarget;
  readonly framing: Framing;
  readonly edges: TransportEdges;
  /** Undefined without the addon: then nothing is acknowledged. */
  readonly calls: StreamCalls | undefined;
  /** Bytes of runs that are under way or kept, at the most. */
  readonly bytesUnderWay: number;
  /** Bytes of a run, without framing, at the most. */
  readonly runBytes?: number;
  readonly resolve?: Resolve;
  /** The clock of framing: milliseconds since the epoch. */
  readonly wallMs?: () => number;
  readonly waits?: Partial<StreamWaits>;
}

export interface StreamWaits {
  /** For the look-up and the connection, TLS included, over all addresses. */
  readonly connectMs: number;
  /** How long a run is kept after the reader's kernel acknowledged it: a reader that dies loses what it had not read. */
  readonly keepMs: number;
  /** A connection is given up when bytes are on their way and the other kernel has been silent for this long. */
  readonly silenceMs: number;
}

export const streamWaits: StreamWaits = { connectMs: 10_000, keepMs: 1_000, silenceMs: 30_000 };

export const usualRunBytes = 64 * 1024;

const mostBytesUnderWay = 16 * 1024 * 1024;

/** For a queue of this size. */
export const bytesUnderWayFor = (queueBytes: number): number => Math.min(queueBytes / 2, mostBytesUnderWay);
