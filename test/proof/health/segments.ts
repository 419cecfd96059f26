/**
 * What the rules make of each segment of a capture, one by one: the figures of a record are only sums, in which mistakes may cancel each
 * other. The file is read as the program reads it from the decoder on.
 */
import { readFileSync } from 'node:fs';
import { FlowHealth, UNSPLIT } from '../../../src/flow/health/flow-health.js';
import { HealthRows } from '../../../src/flow/table/health-rows.js';
import { rowLayoutOf } from '../../../src/flow/table/row-layout.js';
import { linkDecoder } from '../../../src/packet/decode.js';
import { PACKET, Packet, sourcePortOf, targetPortOf } from '../../../src/packet/packet.js';
import { readSegment, TCP_SEGMENT } from '../../../src/packet/segment.js';

/** `again`: one of both, where the rules cannot say which. */
export type Kind = 'new' | 'retransmitted' | 'late' | 'doubled' | 'again';

export interface Segment {
  /** In the file, from 0 on. */
  readonly frame: number;
  readonly sourcePort: number;
  readonly targetPort: number;
  readonly sequence: number;
  readonly payloadBytes: number;
  readonly flags: number;
  readonly window: number;
  readonly identification: number;
  readonly kind: Kind;
  /** Of its flow, with it: marks of FlowHealth. */
  readonly marks: number;
}

const mostFlows = 4_096;
const recordHeaderBytes = 16;

/** The segments of a classic pcap file in this machine's byte order, of TCP between two addresses. */
export function readSegments(file: string): readonly Segment[] {
  const bytes = readFileSync(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decode = linkDecoder(view.getUint32(20, true))!;
  const layout = rowLayoutOf(4, true);
  const rows = new HealthRows(new SharedArrayBuffer(mostFlows * layout.rowWords * 4), layout, 0);
  const positions = new Map<number, number>();
  const packet = new Packet();
  const segments: Segment[] = [];
  let frame = 0;
  for (let at = 24; at + recordHeaderBytes <= bytes.length; frame++) {
    const [start, captured] = [at + recordHeaderBytes, view.getUint32(at + 8, true)];
    at = start + captured;
    if (at > bytes.length) break;
    if (decode(view, start, at, start + view.getUint32(start - 4, true), packet) !== PACKET) continue;
    readSegment(view, at, packet);
    if (packet.segment !== TCP_SEGMENT) continue;
    packet.timestampUs = view.getUint32(start - 16, true) * 1e6 + view.getUint32(start - 12, true);
    const kind = addTo(rows, positionOf(positions, rows, packet), packet);
    segments.push({ ...read(packet), frame, kind, marks: after.marks });
  }
  return segments;
}

function positionOf(positions: Map<number, number>, rows: HealthRows, { ports }: Packet): number {
  const known = positions.get(ports);
  if (known !== undefined) return known;
  const position = positions.size;
  if (position === mostFlows) throw new Error(`more than ${mostFlows} flows`);
  positions.set(ports, position);
  rows.begin(position);
  return position;
}

const read = (packet: Packet): Omit<Segment, 'frame' | 'kind' | 'marks'> => ({
  sourcePort: sourcePortOf(packet.ports),
  targetPort: targetPortOf(packet.ports),
  sequence: packet.sequence >>> 0,
  payloadBytes: packet.payloadBytes,
  flags: packet.tcpFlags,
  window: packet.tcpWindow,
  identification: packet.identification,
});

const before = new FlowHealth();
const after = new FlowHealth();

function addTo(rows: HealthRows, position: number, packet: Packet): Kind {
  rows.read(position, true, before);
  rows.add(position, packet);
  rows.read(position, true, after);
  if (after.retransmitted > before.retransmitted) return after.has(UNSPLIT) ? 'again' : 'retransmitted';
  if (after.outOfOrder > before.outOfOrder) return 'late';
  return after.doubled > before.doubled ? 'doubled' : 'new';
}
