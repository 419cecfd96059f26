/**
 * How well TCP's segments of each direction arrived. Which of those that went back were sent again, came late or were seen twice cannot
 * be said in IPv6, or where a sender does not count its packets in IPv4's identification: they are then told in one number.
 * docs/health.md defines each figure.
 */
import { type FlowHealth, OFFLOADED, UNSPLIT } from '../../flow/health/flow-health.js';
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import type { FlowRecord } from '../record.js';
import { CLIENT, SERVER, type Side, SOURCE, sentBy, TARGET } from './sides.js';
import { ABSENT, type About, integer, type Kept, type Knowledge, prefixed } from './value.js';

export const segmentValues = {
  ...prefixed('source', sentValues(SOURCE, 'sent by the source', [])),
  ...prefixed('target', sentValues(TARGET, 'sent by the target', [])),
  ...prefixed('client', sentValues(CLIENT, 'sent by the client', ['roles'])),
  ...prefixed('server', sentValues(SERVER, 'sent by the server', ['roles'])),
} as const;

function sentValues(side: Side, whose: string, needs: readonly Knowledge[]) {
  const isTold = (record: FlowRecord, health: FlowHealth) =>
    record.key.protocol === PROTOCOL_TCP && health.isTold;
  const kept: Kept = (record) => {
    const { health } = sentBy(record, side);
    if (!isTold(record, health)) return null;
    return isSmooth(health) ? smooth : undefined;
  };
  const value = (meaning: string, about: Partial<About>, read: (health: FlowHealth) => number) =>
    integer({ meaning: `${meaning}, ${whose}`, figures: ['health'], needs, ...about }, (record) => {
      const { health } = sentBy(record, side);
      return isTold(record, health) ? read(health) : ABSENT;
    });
  const packets = { unit: 'packets', kept };
  const bytes = { unit: 'bytes', kept };
  const flagged = { unit: 'packets' };
  return {
    retransmitted_packets: value('TCP segments that were sent again', packets, (health) =>
      split(health, health.retransmitted),
    ),
    retransmitted_payload_bytes: value(
      'Payload bytes of TCP segments that were sent again',
      bytes,
      (health) => (health.has(UNSPLIT) ? ABSENT : health.retransmittedBytes),
    ),
    out_of_order_packets: value('TCP segments that came late', packets, (health) =>
      split(health, health.outOfOrder),
    ),
    doubled_packets: value('TCP segments that were seen twice', packets, (health) =>
      split(health, health.doubled),
    ),
    retransmitted_or_reordered_packets: value(
      'TCP segments that were sent again, or came late, where these cannot be told apart',
      packets,
      (health) => (health.has(UNSPLIT) && !health.has(OFFLOADED) ? health.retransmitted : ABSENT),
    ),
    retransmitted_or_reordered_payload_bytes: value(
      'Payload bytes of such TCP segments, where these cannot be told apart',
      bytes,
      (health) => (health.has(UNSPLIT) ? health.retransmittedBytes : ABSENT),
    ),
    zero_windows: value(
      'TCP segments that asked the other end to stop sending: a window of 0',
      packets,
      (health) => health.zeroWindows,
    ),
    syn_packets: value('TCP segments with SYN', flagged, (health) => health.syns),
    fin_packets: value('TCP segments with FIN', flagged, (health) => health.fins),
    rst_packets: value('TCP segments with RST', flagged, (health) => health.rsts),
  } as const;
}

/** Nothing went back, and no window was 0, as of most: what is told of all of these is the same. */
const smooth: object = {};

function isSmooth(health: FlowHealth): boolean {
  if (health.has(UNSPLIT | OFFLOADED)) return false;
  const { retransmitted, retransmittedBytes, outOfOrder, doubled, zeroWindows } = health;
  return (retransmitted | retransmittedBytes | outOfOrder | doubled | zeroWindows) === 0;
}

/** Segments under offload stand for several. */
function split(health: FlowHealth, counted: number): number {
  return health.has(UNSPLIT | OFFLOADED) ? ABSENT : counted;
}
