/**
 * What a window says of one flow, or of several that are told as one.
 *
 * A FlowRecord is filled again for every row of a closing window; nothing keeps a reference to it.
 */
import { FlowReading } from '../flow/reading.js';
import type { KnownOwner } from './owner.js';

/** What stands in a name's place where DNS says that an address has none. */
export const noSuchName = 'NXDOMAIN';

/** Which way a labelled flow goes, seen from this host; 'none' where neither end has a label. */
export type PacketFlow = 'outgoing' | 'incoming' | 'none';

/** Which way a flow goes, seen from this host: into it, out of it, within it, or past it. */
export type FlowDirection = 'ingress' | 'egress' | 'internal' | 'passing';

/** What the packets said, and what the enrichers know of it. */
export class FlowRecord extends FlowReading {
  /**
   * Names of both ends: ASCII, without a final dot, null where none is known. Reverse DNS has them from who holds the address,
   * and may say `noSuchName`.
   */
  sourcePtr: string | null = null;
  targetPtr: string | null = null;
  /** What the other end looked up: its DNS answer said that this name has this end's address. In lower case. */
  sourceDns: string | null = null;
  targetDns: string | null = null;
  /** What the connection's client asked this server for, by TLS or QUIC, in lower case; and which end is the server. */
  serverName: string | null = null;
  serverNameOf: 'source' | 'target' = 'target';
  /** Names of the networks that the addresses are in, or null. */
  sourceNetwork: string | null = null;
  targetNetwork: string | null = null;
  /** Undefined where nobody asked, or nobody knows. */
  direction: FlowDirection | undefined = undefined;
  /** Where its packets were captured; null and 0 where that is not known. */
  interfaceName: string | null = null;
  interfaceIndex = 0;
  /** On whose behalf each end talks; null where nobody asked, and of several ends. */
  override sourceOwner: KnownOwner | null = null;
  override targetOwner: KnownOwner | null = null;
  /** Names of services, joined by ',', or 'none'. */
  service = 'none';
  packetFlow: PacketFlow = 'none';
}

/** A window that has closed: what all its records share. */
export interface WindowTimes {
  /** Inclusive start and exclusive end, in microseconds since the epoch. For a live window the end is when it was closed. */
  readonly startUs: number;
  readonly endUs: number;
  /** Tells windows of the same bounds apart: absent for the first one. */
  readonly again?: number;
}

/**
 * An output format. Writes ASCII/UTF-8 bytes into a caller's buffer.
 */
export interface RecordFormat {
  /** No record is longer than this, in bytes; a caller leaves that much room. */
  readonly maxRecordBytes: number;
  /** Called once per window before its first record. */
  openWindow(window: WindowTimes): void;
  /** Writes one record with its final newline at `offset`; returns the offset after it. */
  encode(record: FlowRecord, bytes: Uint8Array, offset: number): number;
}
