import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AWAITS_ACK,
  FlowHealth,
  HAS_END,
  HEALTH_TOLD,
  ICMP_ERROR_SHIFT,
  OFFLOADED,
  SENT_FIN,
  SENT_RST,
  SENT_SYN,
  SENT_SYN_ACK,
  SYN_AGAIN,
  UNSPLIT,
} from '../../../src/flow/health/flow-health.js';
import { FlowReading } from '../../../src/flow/reading.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../../src/packet/numbers.js';
import type { Packet } from '../../../src/packet/packet.js';
import { DATAGRAM, NO_SEGMENT, TCP_SEGMENT } from '../../../src/packet/segment.js';
import { newTable, packetOf } from '../../support/flows.js';

const startUs = 1_767_225_600_000_000;
const startMoment = startUs | 0;
const flow = { source0: 1, target0: 2, ports: 0x5000_0001, hasPorts: 1 } as const;

/** A segment, by default an ACK, at so many microseconds; IPv4 counts it as its sequence number's thousandth. */
function segment(atUs: number, sequence: number, payloadBytes: number, values: Partial<Packet> = {}): Packet {
  return packetOf({
    ...flow,
    protocol: 6,
    segment: TCP_SEGMENT,
    timestampUs: startUs + atUs,
    tcpFlags: TCP_ACK,
    tcpWindow: 500,
    sequence: sequence | 0,
    payloadBytes,
    ipBytes: 40 + payloadBytes,
    ...values,
  });
}

const id = (identification: number): Partial<Packet> => ({ identification });
const syn = { tcpFlags: TCP_SYN, identification: 9 };
const synAck = { tcpFlags: TCP_SYN | TCP_ACK };
const fin = { tcpFlags: TCP_FIN | TCP_ACK };
const rst = { tcpFlags: TCP_RST };
const finOf = (identification: number) => ({ ...fin, identification });

function datagram(
  atUs: number,
  payloadMark: number,
  payloadBytes: number,
  values: Partial<Packet> = {},
): Packet {
  return packetOf({
    ...flow,
    protocol: 17,
    segment: DATAGRAM,
    timestampUs: startUs + atUs,
    payloadMark,
    payloadBytes,
    ...values,
  });
}

/** The health of the one flow that these packets are of. */
function toldOf(packets: readonly Packet[], error = 0): FlowHealth {
  const table = newTable(10, new Set(['health']));
  for (const packet of packets) table.add(packet);
  if (error > 0) table.noteError(packets[0]!, error);
  table.apply();
  const reading = new FlowReading();
  table.read(0, reading);
  return reading.forward.health;
}

const at = (us: number) => startMoment + us;
const established = HEALTH_TOLD | HAS_END;
const opened = { marks: established | SENT_SYN | AWAITS_ACK, openUs: at(0), syns: 1 };
const acknowledged = { marks: established | SENT_SYN, openUs: at(0), ackUs: at(90), syns: 1 };

interface Case {
  readonly name: string;
  readonly packets: readonly Packet[];
  /** What is not 0. */
  readonly told: Partial<FlowHealth>;
  readonly error?: number;
}

const ofConnections: readonly Case[] = [
  { name: 'a SYN opens it', packets: [segment(0, 100, 0, syn)], told: opened },
  {
    name: 'a SYN with ACK opens it',
    packets: [segment(0, 100, 0, synAck)],
    told: { ...opened, marks: established | SENT_SYN_ACK | AWAITS_ACK },
  },
  {
    name: 'the first ACK is told, and the first payload; none of the later ones',
    packets: [
      segment(0, 100, 0, syn),
      segment(90, 101, 0, id(10)),
      segment(95, 101, 50, id(11)),
      segment(99, 151, 50, id(12)),
    ],
    told: { ...acknowledged, dataUs: at(95) },
  },
  {
    name: 'a SYN with payload (RFC 7413) has the first payload, which is not sent again where the server did not take it',
    packets: [segment(0, 100, 30, syn), segment(90, 101, 30, id(10))],
    told: { ...acknowledged, dataUs: at(0) },
  },
  {
    name: 'a SYN that comes again is told, by the time of the first',
    packets: [segment(0, 100, 0, syn), segment(1_000_000, 100, 0, { ...syn, identification: 10 })],
    told: { ...opened, marks: opened.marks | SYN_AGAIN, syns: 2 },
  },
  {
    name: 'a SYN with the same identification is the same packet',
    packets: [segment(0, 100, 0, syn), segment(1_000_000, 100, 0, syn)],
    told: { ...opened, doubled: 1, syns: 2 },
  },
  {
    name: 'a SYN with ACK without identification is no other where it comes again at once',
    packets: [segment(0, 100, 0, synAck), segment(9_999, 100, 0, synAck)],
    told: { ...opened, marks: established | SENT_SYN_ACK | AWAITS_ACK, syns: 2 },
  },
  {
    name: 'a SYN with ACK without identification comes again where it comes later',
    packets: [segment(0, 100, 0, synAck), segment(10_000, 100, 0, synAck)],
    told: { ...opened, marks: established | SENT_SYN_ACK | AWAITS_ACK | SYN_AGAIN, syns: 2 },
  },
  {
    name: 'a SYN with ACK comes again behind the data that followed it',
    packets: [segment(0, 100, 0, synAck), segment(90, 101, 50), segment(1_000, 100, 0, synAck)],
    told: {
      ...acknowledged,
      marks: established | SENT_SYN_ACK | SYN_AGAIN,
      dataUs: at(90),
      syns: 2,
    },
  },
  {
    name: 'both kinds of SYN of one number are a simultaneous open',
    packets: [segment(0, 100, 0, syn), segment(5, 100, 0, { ...synAck, identification: 10 })],
    told: { ...opened, marks: opened.marks | SENT_SYN_ACK | SYN_AGAIN, syns: 2 },
  },
  {
    name: 'a SYN of another number begins a connection in the same row, counts go on',
    packets: [
      segment(0, 100, 0, synAck),
      segment(1, 101, 50, id(1)),
      segment(2, 101, 50, id(2)),
      segment(3, 151, 0, finOf(3)),
      segment(4, 0, 0, rst),
      segment(500, 90_000, 0, syn),
    ],
    told: { ...opened, openUs: at(500), syns: 2, fins: 1, rsts: 1, retransmitted: 1, retransmittedBytes: 50 },
  },
  {
    name: 'so does one of a number little behind, once it has ended',
    packets: [segment(0, 100, 0, syn), segment(1, 101, 50, finOf(10)), segment(500, 90, 0, syn)],
    told: { ...opened, openUs: at(500), syns: 2, fins: 1 },
  },
  {
    name: 'a FIN before a RST, and both after it',
    packets: [segment(0, 100, 5, id(1)), segment(1, 105, 0, finOf(2)), segment(2, 106, 0, rst)],
    told: { marks: established | SENT_FIN | SENT_RST, dataUs: at(0), fins: 1, rsts: 1 },
  },
  {
    name: 'a FIN after a RST ends nothing',
    packets: [segment(0, 100, 5, rst), segment(1, 105, 0, finOf(2))],
    told: { marks: established | SENT_RST, fins: 1, rsts: 1 },
  },
  {
    name: 'a RST with SYN is a RST, and its payload and window are not told',
    packets: [segment(0, 100, 5, { tcpFlags: TCP_RST | TCP_SYN, tcpWindow: 0 })],
    told: { marks: HEALTH_TOLD | SENT_RST, rsts: 1 },
  },
  {
    name: 'a SYN with FIN opens and ends',
    packets: [segment(0, 100, 0, { tcpFlags: TCP_SYN | TCP_FIN })],
    told: { ...opened, marks: opened.marks | SENT_FIN },
  },
  {
    name: 'windows of 0 count, but for those of SYN, FIN and RST',
    packets: [TCP_SYN, TCP_ACK, TCP_ACK, TCP_FIN, TCP_RST].map((tcpFlags, position) =>
      segment(position, position < 3 ? 101 - (position === 0 ? 1 : 0) : 101, 0, { tcpFlags, tcpWindow: 0 }),
    ),
    told: {
      marks: established | SENT_SYN | SENT_FIN | SENT_RST,
      ...{ openUs: at(0), ackUs: at(1), zeroWindows: 2, syns: 1, fins: 1, rsts: 1 },
    },
  },
  {
    name: 'a time that is not known is a moment all the same, and one at which the words go round',
    packets: [
      segment(0, 100, 0, { ...syn, isStamped: false }),
      segment(0, 101, 0, { timestampUs: 2 ** 32 * 400_000 }),
      segment(0, 101, 9, { timestampUs: 2 ** 32 * 400_000 - 0.5 }),
    ],
    told: { marks: established | SENT_SYN, openUs: 1, ackUs: 2, dataUs: -1, syns: 1 },
  },
];

const before = segment(0, 1_000, 100, id(5_000));
const data = { marks: established, dataUs: at(0) };
/** Of segments that follow `before`, which is numbered 5,000 and ends at 1,100. */
const ofSegments: readonly Case[] = [
  { name: 'data goes on', packets: [before, segment(1, 1_100, 100, id(5_001))], told: data },
  { name: 'data goes on behind a gap', packets: [before, segment(1, 9_000, 100, id(5_001))], told: data },
  { name: 'an ACK goes nowhere', packets: [before, segment(1, 700, 0, id(5_001))], told: data },
  {
    name: 'what ends at the same place was sent again',
    packets: [before, segment(1, 1_000, 100, id(5_001))],
    told: { ...data, retransmitted: 1, retransmittedBytes: 100 },
  },
  {
    name: 'what has the same identification, too, is the same packet',
    packets: [before, segment(1, 1_000, 100, id(5_000))],
    told: { ...data, doubled: 1 },
  },
  {
    name: 'what lies behind with the same identification was sent again',
    packets: [before, segment(1, 900, 100, id(5_000))],
    told: { ...data, retransmitted: 1, retransmittedBytes: 100 },
  },
  {
    name: 'what lies behind and was counted before came late',
    packets: [before, segment(1, 900, 100, id(4_999)), segment(2, 800, 100, id(904))],
    told: { ...data, outOfOrder: 2 },
  },
  {
    name: 'what was counted long before was sent again',
    packets: [before, segment(1, 900, 100, id(903))],
    told: { ...data, retransmitted: 1, retransmittedBytes: 100 },
  },
  {
    name: 'what came late is told by the count of what reached the end',
    packets: [before, segment(1, 1_200, 100, id(5_002)), segment(2, 1_100, 100, id(5_001))],
    told: { ...data, outOfOrder: 1 },
  },
  {
    name: 'a count that has gone round is one, and its 0, too',
    packets: [
      segment(0, 1_000, 100, id(2)),
      segment(1, 900, 100, id(0)),
      segment(2, 800, 100, id(65_535)),
      segment(3, 700, 100, id(3)),
    ],
    told: { ...data, outOfOrder: 2, retransmitted: 1, retransmittedBytes: 100 },
  },
  {
    name: 'without identification nobody knows which it was',
    packets: [segment(0, 1_000, 100), segment(1, 1_000, 100), segment(2, 900, 70)],
    told: { ...data, marks: established | UNSPLIT, retransmitted: 2, retransmittedBytes: 170 },
  },
  {
    name: 'nor where only one of both has one',
    packets: [before, segment(1, 1_000, 100)],
    told: { ...data, marks: established | UNSPLIT, retransmitted: 1, retransmittedBytes: 100 },
  },
  {
    name: 'a byte that ends at the same place is a keep-alive, and no payload',
    packets: [
      segment(0, 1_000, 0, id(5_000)),
      segment(1, 999, 1, id(5_001)),
      segment(2, 1_000, 5, id(5_002)),
    ],
    told: { ...data, dataUs: at(2) },
  },
  {
    name: 'a byte that was seen twice is no keep-alive',
    packets: [segment(0, 1_000, 1, id(5_000)), segment(1, 1_000, 1, id(5_000))],
    told: { ...data, doubled: 1 },
  },
  {
    name: 'probes of a window of 0 are no segments sent again',
    packets: [
      before,
      segment(1, 1_100, 1, id(5_001)),
      segment(2, 1_100, 1, id(5_002)),
      segment(3, 1_100, 100, id(5_003)),
    ],
    told: data,
  },
  {
    name: 'a FIN that comes again was sent again, without a byte',
    packets: [before, segment(1, 1_100, 0, finOf(5_001)), segment(2, 1_100, 0, finOf(5_002))],
    told: { ...data, marks: established | SENT_FIN, retransmitted: 1, fins: 2 },
  },
  {
    name: 'a FIN behind a byte is no keep-alive',
    packets: [before, segment(1, 1_100, 0, finOf(5_001)), segment(2, 1_099, 1, finOf(5_002))],
    told: { ...data, marks: established | SENT_FIN, retransmitted: 1, retransmittedBytes: 1, fins: 2 },
  },
  {
    name: 'sequence numbers go round',
    packets: [
      segment(0, 2 ** 32 - 50, 100, id(5_000)),
      segment(1, 50, 100, id(5_001)),
      segment(2, 2 ** 32 - 50, 100, id(5_002)),
    ],
    told: { ...data, retransmitted: 1, retransmittedBytes: 100 },
  },
  {
    name: 'what is farther behind than any window is of another connection',
    packets: [
      segment(0, 2 ** 26, 0, id(5_000)),
      segment(1, 2 ** 26 - 2 ** 26 - 100 - 1, 100, id(5_001)),
      segment(2, 0, 100, id(5_002)),
    ],
    told: { ...data, dataUs: at(1) },
  },
  {
    name: 'what is as far behind as a window was sent again',
    packets: [segment(0, 2 ** 26, 0, id(5_000)), segment(1, -100, 100, id(5_001))],
    told: { ...data, dataUs: at(1), retransmitted: 1, retransmittedBytes: 100 },
  },
  {
    name: 'what is longer than a packet of the link stands for several',
    packets: [before, segment(1, 0, 1_100, { identification: 5_001, ipBytes: 1_501 })],
    told: { ...data, marks: established | OFFLOADED, retransmitted: 1, retransmittedBytes: 1_100 },
  },
  {
    name: 'what is as long as a packet of the link is one',
    packets: [before, segment(1, 0, 1_100, { identification: 5_001, ipBytes: 1_500 })],
    told: { ...data, retransmitted: 1, retransmittedBytes: 1_100 },
  },
  {
    name: 'times that go back are moments, too',
    packets: [segment(0, 100, 0, { ...syn, timestampUs: startUs }), segment(-5_000_000, 101, 9, id(10))],
    told: { ...acknowledged, ackUs: at(-5_000_000), dataUs: at(-5_000_000) },
  },
];

const ofOthers: readonly Case[] = [
  {
    name: 'a datagram without payload is told',
    packets: [datagram(0, 0, 0)],
    told: { marks: HEALTH_TOLD },
  },
  {
    name: 'the first payload of datagrams has a time and a mark',
    packets: [datagram(0, 0, 0), datagram(5, 0x1235, 40), datagram(9, 0x4321, 40)],
    told: { marks: HEALTH_TOLD, dataUs: at(5), firstMark: 0x1235 },
  },
  {
    name: 'a fragment of datagrams takes nothing away',
    packets: [datagram(5, 0x1235, 40), datagram(9, 0, 40, { segment: NO_SEGMENT })],
    told: { marks: HEALTH_TOLD, dataUs: at(5), firstMark: 0x1235 },
  },
  {
    name: 'nothing is told of fragments alone, but an error',
    packets: [datagram(9, 0, 40, { segment: NO_SEGMENT })],
    error: 4,
    told: { marks: 4 << ICMP_ERROR_SHIFT },
  },
  {
    name: 'nothing is told of a connection of which a segment could not be read, but an error',
    packets: [segment(0, 100, 0, syn), segment(1, 0, 9, { segment: NO_SEGMENT }), segment(2, 101, 0)],
    error: 2,
    told: { marks: 2 << ICMP_ERROR_SHIFT },
  },
  {
    name: 'an error is told beside all else',
    packets: [segment(0, 100, 0, syn)],
    error: 6,
    told: { ...opened, marks: opened.marks | (6 << ICMP_ERROR_SHIFT) },
  },
];

const many = (count: number, packet: (position: number) => Packet) =>
  Array.from({ length: count }, (_, position) => packet(position));

const ofFullCounts: readonly Case[] = [
  {
    name: 'of segments sent again, and of their bytes',
    packets: [segment(0, 70_000, 5, id(9)), ...many(70_000, () => segment(1, 0, 65_495, id(10)))],
    told: { ...data, marks: established | OFFLOADED, retransmitted: 65_535, retransmittedBytes: 2 ** 32 - 1 },
  },
  {
    name: 'of segments that came late',
    packets: [segment(0, 70_000, 5, id(9)), ...many(70_000, () => segment(1, 0, 9, id(8)))],
    told: { ...data, outOfOrder: 65_535 },
  },
  {
    name: 'of segments that came twice, which spill into no other count',
    packets: many(300, () => before),
    told: { ...data, doubled: 255 },
  },
  {
    name: 'of windows of 0',
    packets: [before, ...many(300, () => segment(1, 1_100, 0, { tcpWindow: 0 }))],
    told: { ...data, zeroWindows: 255 },
  },
  ...[syn, fin, rst].map(
    (flags, which): Case => ({
      name: `of ${['SYN', 'FIN', 'RST'][which]}`,
      // Each begins or ends another connection.
      packets: many(70, (position) => segment(position, position * 90_000, 0, flags)),
      told: [
        { ...opened, openUs: at(69), syns: 63 },
        { marks: established | SENT_FIN, fins: 63 },
        { marks: HEALTH_TOLD | SENT_RST, rsts: 63 },
      ][which]!,
    }),
  ),
];

for (const [what, cases] of Object.entries({
  'opening and ending': ofConnections,
  'what goes back': ofSegments,
  'what is no segment': ofOthers,
  'counts stay full': ofFullCounts,
})) {
  describe(`health: ${what}`, () => {
    for (const { name, packets, told, error } of cases) {
      test(name, () => assert.deepEqual(toldOf(packets, error), Object.assign(new FlowHealth(), told)));
    }
  });
}
