/**
 * How well it went: of each direction what its packets tell, and of the conversation what both together do. docs/health.md defines
 * each figure.
 */
import { connectionStates, outcomes } from '../../flow/health/connection-state.js';
import type { ConversationHealth } from '../../flow/health/conversation-health.js';
import { type FlowHealth, OFFLOADED, UNSPLIT } from '../../flow/health/flow-health.js';
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import { icmpErrors } from '../../packet/quoted.js';
import type { FlowRecord } from '../record.js';
import { CLIENT, SERVER, type Side, SOURCE, sentBy, TARGET } from './sides.js';
import { ABSENT, type About, integer, type Knowledge, prefixed, text } from './value.js';

/** Asking for health also asks for what tells conversations apart. */
const ofConversation: Pick<About, 'figures' | 'needs'> = { figures: ['health'], needs: ['roles'] };

export const healthValues = {
  conn_state: text(
    { ...ofConversation, meaning: "State of the TCP connection at the window's end, in Zeek's words" },
    6,
    ({ health }) => only(health, health.states, connectionStates),
  ),
  outcome: text(
    {
      ...ofConversation,
      meaning:
        'How the conversation went: `unanswered`, `refused`, `established`, `closed` or `reset`; `answered` where it is no TCP',
    },
    11,
    ({ health }) => only(health, health.outcomes, outcomes),
  ),
  icmp_error: text(
    { ...ofConversation, meaning: 'What an ICMP error said that quoted a packet of it' },
    20,
    ({ health }) => (health.icmpError === 0 ? null : icmpErrors[health.icmpError]!),
  ),
  handshake_rtt_us: integer(
    {
      ...ofConversation,
      meaning: 'Round trip of the TCP handshake; the mean of several',
      unit: 'microseconds',
    },
    ({ health }) => mean(health.clientNetworkUs + health.serverNetworkUs, health.handshakes),
  ),
  client_nw_latency_us: integer(
    {
      ...ofConversation,
      meaning: 'From the SYN with ACK to the ACK: the way to the client and back',
      unit: 'microseconds',
    },
    ({ health }) => mean(health.clientNetworkUs, health.handshakes),
  ),
  server_nw_latency_us: integer(
    {
      ...ofConversation,
      meaning: 'From the SYN to the SYN with ACK: the way to the server and back',
      unit: 'microseconds',
    },
    ({ health }) => mean(health.serverNetworkUs, health.handshakes),
  ),
  response_us: integer(
    {
      ...ofConversation,
      meaning: "From the client's first payload to the server's first; the mean of several",
      unit: 'microseconds',
    },
    ({ health }) => mean(health.responseUs, health.responses),
  ),
  ...prefixed('source', sideValues(SOURCE, 'that the source sent', [])),
  ...prefixed('target', sideValues(TARGET, 'that the target sent', [])),
  ...prefixed('client', sideValues(CLIENT, 'that the client sent', ['roles'])),
  ...prefixed('server', sideValues(SERVER, 'that the server sent', ['roles'])),
} as const;

function sideValues(side: Side, whose: string, needs: readonly Knowledge[]) {
  const count = (meaning: string, unit: string, read: (health: FlowHealth) => number) =>
    integer({ meaning: `${meaning} ${whose}`, unit, figures: ['health'], needs }, (record) => {
      const { health } = sentBy(record, side);
      return isTold(record, health) ? read(health) : ABSENT;
    });
  return {
    retransmitted_packets: count('Segments sent again', 'packets', (health) =>
      health.has(UNSPLIT | OFFLOADED) ? ABSENT : health.retransmitted,
    ),
    retransmitted_payload_bytes: count('Payload bytes of segments sent again', 'bytes', (health) =>
      health.has(UNSPLIT) ? ABSENT : health.retransmittedBytes,
    ),
    out_of_order_packets: count('Segments that came late', 'packets', (health) =>
      health.has(UNSPLIT | OFFLOADED) ? ABSENT : health.outOfOrder,
    ),
    zero_windows: count(
      'Segments that let the other end send nothing',
      'packets',
      (health) => health.zeroWindows,
    ),
  } as const;
}

function isTold({ key }: FlowRecord, health: FlowHealth): boolean {
  return key.protocol === PROTOCOL_TCP && health.isTold;
}

/** The one word that all conversations share; null where they differ. */
function only<Word extends string>(
  { conversations }: ConversationHealth,
  counts: Uint32Array,
  words: readonly Word[],
): Word | null {
  if (conversations === 0) return null;
  const at = counts.indexOf(conversations);
  return at < 0 ? null : words[at]!;
}

const mean = (sum: number, count: number): number => (count === 0 ? ABSENT : Math.round(sum / count));
