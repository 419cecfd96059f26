/** What a stream to a reader can be told, what holds where it is not, and how long it waits for what. */
import type { Resolve } from '../addresses.js';
import type { Framing } from '../framing.js';
import type { TlsSettings } from '../secrets.js';
import type { TransportEdges } from '../transport.js';

/** Where a stream goes to. */
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

/** What the kernel tells of a connection, by the addon. Negative error numbers where it does not. */
export interface StreamCalls {
  /** Bytes that were written, and that the other end's kernel has not acknowledged. */
  unacknowledged(descriptor: number): number;
  /** How often the kernel has tried again in vain: with what was not acknowledged, or to learn whether there is room. */
  unanswered(descriptor: number): number;
}

export interface StreamOptions {
  readonly target: StreamTarget;
  readonly framing: Framing;
  readonly edges: TransportEdges;
  /** Undefined where there is no addon: then nobody acknowledges anything. */
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
  /** For a name's addresses and a connection, TLS included, all addresses together. */
  readonly connectMs: number;
  /** What the reader's kernel has acknowledged is kept so long: a reader that dies loses what it had not read. */
  readonly keepMs: number;
  /** A connection is given up when the other end's kernel has been silent for so long with bytes on their way. */
  readonly silenceMs: number;
}

export const streamWaits: StreamWaits = { connectMs: 10_000, keepMs: 1_000, silenceMs: 30_000 };

export const usualRunBytes = 64 * 1024;

const mostBytesUnderWay = 16 * 1024 * 1024;

/** For a queue of so many bytes. */
export const bytesUnderWayFor = (queueBytes: number): number => Math.min(queueBytes / 2, mostBytesUnderWay);
