/**
 * One flow in one window, as it is sent; and the one place that names the output's fields.
 *
 * A FlowRecord is filled again for every row of a closing window; nothing keeps a reference to it.
 */
import { Packet } from '../packet/packet.js';

/** The fields of a record, in the order in which they are sent. */
export const fields = [
  'source_IP',
  'source_PORT',
  'target_IP',
  'target_PORT',
  'type',
  'count',
  'length',
  'source_HOST',
  'target_HOST',
  'time',
  'datadog_service',
  'packet_flow',
] as const;
export type FieldName = (typeof fields)[number];

/** Which way a labelled flow goes, seen from this host; 'none' where neither end has a label. */
export type PacketFlow = 'outgoing' | 'incoming' | 'none';

/** A flow's key is what a packet states of it: see Packet for how addresses and ports are held. */
export class FlowRecord {
  readonly key = new Packet();
  /** True for the record of the packets that found the flow table full: both addresses are "*", both ports "". */
  overflow = false;
  /** Packets of this flow in the window, at least 1. */
  count = 0;
  /** Sum of the packets' payload bytes. */
  payloadBytes = 0;
  /** The host's name, or null where the address itself stands in its place. ASCII, without a final dot. */
  sourceHost: string | null = null;
  targetHost: string | null = null;
  /** Names of services, joined by ',', or 'none'. */
  service = 'none';
  packetFlow: PacketFlow = 'none';
}

/** A window that has closed: what all its records share. */
export interface WindowTimes {
  /** Inclusive start and exclusive end, in microseconds since the epoch. For a live window the end is when it was closed. */
  readonly startUs: number;
  readonly endUs: number;
}

/** A record that stands for others too: text with its final newline, and the packets of all of them. */
export interface SummaryRecord {
  readonly text: string;
  readonly packets: number;
}

/**
 * An output format. Writes ASCII/UTF-8 bytes into a caller's buffer.
 */
export interface RecordFormat {
  /** No record is longer than this, in bytes; a caller leaves that much room. */
  readonly maxRecordBytes: number;
  /** Called once per window before its first record. */
  openWindow(window: WindowTimes): void;
  /**
   * Writes one record with its final newline at `offset`; returns the offset after it. Returns `offset` itself where the
   * record is only added to the window's summary.
   */
  encode(record: FlowRecord, bytes: Uint8Array, offset: number): number;
  /** What a window is summed up in; absent where each record is written alone. */
  readonly summary?: WindowSummary;
}

/** Of the records of the open window that `encode` did not write. */
export interface WindowSummary {
  /** Never more records than this stand for a window. */
  readonly maxRecords: number;
  /** Packets that were added and are in no written record yet. */
  readonly packets: number;
  /** Called after a window's last record by whoever called `openWindow`: the records that stand for all, and all packets. */
  close(): readonly SummaryRecord[];
}
