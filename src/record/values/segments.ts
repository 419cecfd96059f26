/**
 * How well TCP's segments of each direction arrived. Which of those that went back were sent again, came late or were seen twice cannot
 * be said in IPv6, or where a sender does not count its packets in IPv4's identification: they are then told in one number.
 * docs/health.md defines each figure.
 */
import { type FlowHealth, OFFLOADED, UNSPLIT } from '../../flow/health/flow-health.js';
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import { CLIENT, SERVER, type Side, SOURCE, sentBy, TARGET } from './sides.js';
import { ABSENT, integer, type Knowledge, prefixed } from './value.js';

export const segmentValues = {
  ...prefixed('source', sentValues(SOURCE, 'sent by the source', [])),
  ...prefixed('target', sentValues(TARGET, 'sent by the target', [])),
  ...prefixed('client', sentValues(CLIENT, 'sent by the client', ['roles'])),
  ...prefixed('server', sentValues(SERVER, 'sent by the server', ['roles'])),
} as const;

function sentValues(side: Side, whose: string, needs: readonly Knowledge[]) {
  const count = (meaning: string, unit: string, read: (health: FlowHealth) => number) =>
    integer({ meaning: `${meaning}, ${whose}`, unit, figures: ['health'], needs }, (record) => {
      const { health } = sentBy(record, side);
      return record.key.protocol === PROTOCOL_TCP && health.isTold ? read(health) : ABSENT;
    });
  return {
    retransmitted_packets: count('TCP segments that were sent again', 'packets', (health) =>
      health.has(UNSPLIT | OFFLOADED) ? ABSENT : health.retransmitted,
    ),
    retransmitted_payload_bytes: count(
      'Payload bytes of TCP segments that were sent again',
      'bytes',
      (health) => (health.has(UNSPLIT) ? ABSENT : health.retransmittedBytes),
    ),
    out_of_order_packets: count('TCP segments that came late', 'packets', (health) =>
      health.has(UNSPLIT | OFFLOADED) ? ABSENT : health.outOfOrder,
    ),
    doubled_packets: count('TCP segments that were seen twice', 'packets', (health) =>
      health.has(UNSPLIT | OFFLOADED) ? ABSENT : health.doubled,
    ),
    retransmitted_or_reordered_packets: count(
      'TCP segments that were sent again, came late or were seen twice, where these cannot be told apart',
      'packets',
      (health) => (health.has(UNSPLIT) && !health.has(OFFLOADED) ? health.retransmitted : ABSENT),
    ),
    retransmitted_or_reordered_payload_bytes: count(
      'Payload bytes of such TCP segments, where these cannot be told apart',
      'bytes',
      (health) => (health.has(UNSPLIT) ? health.retransmittedBytes : ABSENT),
    ),
    zero_windows: count(
      'TCP segments that asked the other end to stop sending: a window of 0',
      'packets',
      (health) => health.zeroWindows,
    ),
    syn_packets: count('TCP segments with SYN', 'packets', (health) => health.syns),
    fin_packets: count('TCP segments with FIN', 'packets', (health) => health.fins),
    rst_packets: count('TCP segments with RST', 'packets', (health) => health.rsts),
  } as const;
}
