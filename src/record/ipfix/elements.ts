/**
 * What a flow of IPFIX tells, as softflowd and YAF have it: https://www.iana.org/assignments/ipfix, numbers and lengths
 * (RFC 7011, 6.2: a shorter integer is allowed where it holds every value). All of them stand in each flow; what is not
 * known is 0, and flowDirection 255. They say nothing of owners: IANA has userName (371), a text of any length, but no element for a
 * user's number, a process, a control group or a container; its process ids (143, 144) are the exporter's own. Nor of health: IANA has no
 * element for latencies or retransmissions, and nfcapd reads nProbe's (enterprise 35632) of NetFlow 9 alone.
 */
import type { FigureName, Tally } from '../../flow/tally.js';
import { sourcePortOf, targetPortOf } from '../../packet/packet.js';
import type { FlowRecord, WindowTimes } from '../record.js';
import { clampUs } from '../utc-time.js';
import { flagsOf } from '../values/signs.js';
import type { Knowledge } from '../values/value.js';

/** One direction of a record: a flow of IPFIX, which knows no conversations. */
export interface Way {
  record: FlowRecord;
  /** Its part of the record. */
  tally: Tally;
  /** It goes from the record's target to its source. */
  isBack: boolean;
  window: WindowTimes;
}

export interface Element {
  /** IANA's number. */
  readonly id: number;
  readonly bytes: number;
  readonly figures?: readonly FigureName[];
  readonly needs?: readonly Knowledge[];
  readonly write: (view: DataView, offset: number, way: Way) => void;
}

const INGRESS = 0;
const EGRESS = 1;
const UNKNOWN_DIRECTION = 255;

export const elements = {
  flowStartMilliseconds: {
    id: 152,
    bytes: 8,
    figures: ['times'],
    write: (view, offset, { tally, window }) => writeMs(view, offset, tally.firstUs, window.startUs),
  },
  flowEndMilliseconds: {
    id: 153,
    bytes: 8,
    figures: ['times'],
    write: (view, offset, { tally, window }) => writeMs(view, offset, tally.lastUs, window.endUs),
  },
  sourceIPv4Address: {
    id: 8,
    bytes: 4,
    write: (view, offset, way) => writeAddress(view, offset, way, way.isBack, 1),
  },
  destinationIPv4Address: {
    id: 12,
    bytes: 4,
    write: (view, offset, way) => writeAddress(view, offset, way, !way.isBack, 1),
  },
  sourceIPv6Address: {
    id: 27,
    bytes: 16,
    write: (view, offset, way) => writeAddress(view, offset, way, way.isBack, 4),
  },
  destinationIPv6Address: {
    id: 28,
    bytes: 16,
    write: (view, offset, way) => writeAddress(view, offset, way, !way.isBack, 4),
  },
  sourceTransportPort: {
    id: 7,
    bytes: 2,
    write: (view, offset, { record, isBack }) => view.setUint16(offset, portOf(record, isBack)),
  },
  destinationTransportPort: {
    id: 11,
    bytes: 2,
    write: (view, offset, { record, isBack }) => view.setUint16(offset, portOf(record, !isBack)),
  },
  icmpTypeCodeIPv4: { id: 32, bytes: 2, figures: ['icmp'], write: writeIcmp },
  icmpTypeCodeIPv6: { id: 139, bytes: 2, figures: ['icmp'], write: writeIcmp },
  protocolIdentifier: {
    id: 4,
    bytes: 1,
    write: (view, offset, { record }) => view.setUint8(offset, record.key.protocol),
  },
  tcpControlBits: {
    id: 6,
    bytes: 1,
    figures: ['tcpFlags'],
    write: (view, offset, { record, tally }) => view.setUint8(offset, Math.max(flagsOf(record, tally), 0)),
  },
  ipClassOfService: {
    id: 5,
    bytes: 1,
    figures: ['trafficClass'],
    write: (view, offset, { tally }) => view.setUint8(offset, Math.max(tally.trafficClass, 0)),
  },
  flowDirection: {
    id: 61,
    bytes: 1,
    figures: ['interface', 'packetType'],
    needs: ['direction'],
    write: (view, offset, way) => view.setUint8(offset, directionOf(way)),
  },
  octetDeltaCount: {
    id: 1,
    bytes: 8,
    figures: ['ipBytes'],
    write: (view, offset, { tally }) => writeUnsigned64(view, offset, tally.ipBytes),
  },
  packetDeltaCount: {
    id: 2,
    bytes: 8,
    write: (view, offset, { tally }) => writeUnsigned64(view, offset, tally.packets),
  },
  ingressInterface: {
    id: 10,
    bytes: 4,
    figures: ['interface', 'packetType'],
    needs: ['interfaces', 'direction'],
    write: (view, offset, way) => view.setUint32(offset, interfaceOf(way, false)),
  },
  egressInterface: {
    id: 14,
    bytes: 4,
    figures: ['interface', 'packetType'],
    needs: ['interfaces', 'direction'],
    write: (view, offset, way) => view.setUint32(offset, interfaceOf(way, true)),
  },
  vlanId: {
    id: 58,
    bytes: 2,
    figures: ['vlan'],
    write: (view, offset, { tally }) => view.setUint16(offset, Math.max(tally.outerVlan, 0)),
  },
} as const satisfies Readonly<Record<string, Element>>;

/** A number that is not known is 0. */
function writeUnsigned64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / 0x1_0000_0000));
  view.setUint32(offset + 4, value);
}

function writeMs(view: DataView, offset: number, us: number, otherwiseUs: number): void {
  writeUnsigned64(view, offset, Math.floor(clampUs(Number.isNaN(us) ? otherwiseUs : us) / 1000));
}

/** 0.0.0.0 or :: where the record is of several addresses. */
function writeAddress(
  view: DataView,
  offset: number,
  { record }: Way,
  isTarget: boolean,
  words: 1 | 4,
): void {
  const { key, rest } = record;
  const isOne = !rest && (isTarget ? record.targetFold : record.sourceFold) === null;
  view.setInt32(offset, isOne ? (isTarget ? key.target0 : key.source0) : 0, true);
  if (words === 1) return;
  view.setInt32(offset + 4, isOne ? (isTarget ? key.target1 : key.source1) : 0, true);
  view.setInt32(offset + 8, isOne ? (isTarget ? key.target2 : key.source2) : 0, true);
  view.setInt32(offset + 12, isOne ? (isTarget ? key.target3 : key.source3) : 0, true);
}

/** 0 where there is none, or the record is of several ports. */
function portOf({ key, rest, sourcePortFolded, targetPortFolded }: FlowRecord, isTarget: boolean): number {
  if (rest || key.hasPorts === 0 || (isTarget ? targetPortFolded : sourcePortFolded)) return 0;
  return isTarget ? targetPortOf(key.ports) : sourcePortOf(key.ports);
}

function writeIcmp(view: DataView, offset: number, { tally }: Way): void {
  view.setUint8(offset, Math.max(tally.icmpType, 0));
  view.setUint8(offset + 1, Math.max(tally.icmpCode, 0));
}

function directionOf({ record, isBack }: Way): number {
  if (record.direction === 'egress') return isBack ? INGRESS : EGRESS;
  if (record.direction === 'ingress') return isBack ? EGRESS : INGRESS;
  return UNKNOWN_DIRECTION;
}

/** Where the record's first packet was captured, if that is the interface asked for: it left through it, or did not. */
function interfaceOf(way: Way, isEgress: boolean): number {
  const { rest, interfaceIndex } = way.record;
  return rest || (directionOf(way) === EGRESS) !== isEgress ? 0 : interfaceIndex;
}
