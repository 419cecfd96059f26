/**
 * How well conversations went, as both directions tell together: state, outcome, latencies; and of several that are told as one, how
 * many went how. docs/health.md defines each figure.
 */
import { connectionStates, type Outcome, outcomes } from '../../flow/health/connection-state.js';
import type { ConversationHealth } from '../../flow/health/conversation-health.js';
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import { icmpErrors } from '../../packet/quoted.js';
import { type Piece, piece } from '../byte-text.js';
import type { FlowRecord } from '../record.js';
import { ABSENT, type About, integer, keptText } from './value.js';
import { isOfSeveral } from './what.js';

/** Asking for health also asks for what tells conversations apart, and for how long they were: moments go round in long windows. */
const asking: Pick<About, 'figures' | 'needs'> = { figures: ['health', 'times'], needs: ['roles'] };
/** Where nothing is known, all these are absent in one step. */
const ofConversation = {
  ...asking,
  kept: ({ health }: FlowRecord) => (health.conversations === 0 && health.icmpError === 0 ? null : undefined),
};
const ofGroup = { ...asking, kept: (record: FlowRecord) => (areCounted(record) ? undefined : null) };

/** Positions in `shortOutcomes`. */
const SUCCESS = 0;
const FAILURE = 1;
const UNKNOWN = 2;
const shortOutcomes = ['success', 'failure', 'unknown'] as const;

const UNANSWERED = outcomes.indexOf('unanswered');
const REFUSED = outcomes.indexOf('refused');
const ESTABLISHED = outcomes.indexOf('established');
const CLOSED = outcomes.indexOf('closed');
const RESET = outcomes.indexOf('reset');
const ANSWERED = outcomes.indexOf('answered');

export const healthValues = {
  conn_state: wordValue(
    "State of the TCP connection at the window's end, in the words of Zeek's `conn_state`; absent where several differ",
    connectionStates,
    ({ health }) => only(health, health.states),
  ),
  outcome: wordValue(
    'How the conversation went: `unanswered`, `refused`, `established`, `closed` or `reset`; `answered` where it is no TCP; absent where several differ',
    outcomes,
    ({ health }) => only(health, health.outcomes),
  ),
  event_outcome: wordValue(
    'The same as `success` (established, closed, answered), `failure` (refused, reset, and TCP that was not answered) or `unknown` (what is no TCP, and was not answered); absent where several differ',
    shortOutcomes,
    shortOutcome,
  ),
  icmp_error: wordValue(
    'What the last ICMP error said that quoted one of its packets: `net-unreachable`, `host-unreachable`, `protocol-unreachable`, `port-unreachable`, `prohibited` or `time-exceeded`',
    icmpErrors,
    ({ health }) => health.icmpError || ABSENT,
  ),
  handshake_rtt_us: latency(
    'Round trip of the TCP handshake, from the SYN to the ACK that ended it; of several the mean',
    ({ health }) => mean(health.clientNetworkUs + health.serverNetworkUs, health.handshakes),
  ),
  client_nw_latency_us: latency(
    'Part of the handshake between here and the client, there and back: from the SYN with ACK to the ACK; of several the mean',
    ({ health }) => mean(health.clientNetworkUs, health.handshakes),
  ),
  server_nw_latency_us: latency(
    'Part of the handshake between here and the server, there and back: from the SYN to the SYN with ACK; of several the mean',
    ({ health }) => mean(health.serverNetworkUs, health.handshakes),
  ),
  appl_latency_us: latency(
    "Response time: from the client's first payload to the server's first; of several the mean",
    ({ health }) => mean(health.responseUs, health.responses),
  ),
  connections: ofSeveral(
    'TCP connections in a record of several conversations; absent in a record of one',
    'connections',
    (record) => (isTcp(record) ? record.health.conversations : ABSENT),
  ),
  connections_unanswered: connectionsThat('unanswered', 'were not answered'),
  connections_refused: connectionsThat('refused', 'were refused'),
  connections_established: connectionsThat('established', "were open at the window's end"),
  connections_closed: connectionsThat('closed', 'were closed by both ends'),
  connections_reset: connectionsThat('reset', 'were reset'),
  handshakes: ofSeveral(
    'TCP handshakes that were measured, in a record of several conversations',
    'handshakes',
    (record) => (isTcp(record) ? record.health.handshakes : ABSENT),
  ),
  longest_handshake_us: ofSeveral('Longest round trip of theirs', 'microseconds', ({ health }) =>
    health.handshakes === 0 ? ABSENT : health.longestHandshakeUs,
  ),
  responses: ofSeveral(
    'Response times that were measured, in a record of several conversations',
    'responses',
    ({ health }) => health.responses,
  ),
  longest_response_us: ofSeveral('Longest response time of theirs', 'microseconds', ({ health }) =>
    health.responses === 0 ? ABSENT : health.longestResponseUs,
  ),
} as const;

/** One of `words`: `position` gives which, ABSENT where there is none. */
function wordValue(
  meaning: string,
  words: readonly string[],
  position: (record: Readonly<FlowRecord>) => number,
) {
  const pieces: readonly Piece[] = words.map((word) => piece(word));
  const longestBytes = Math.max(...words.map((word) => word.length));
  return keptText(
    { ...ofConversation, meaning },
    longestBytes,
    (record) => {
      const at = position(record);
      return at < 0 ? null : words[at]!;
    },
    (record) => {
      const at = position(record);
      return at < 0 ? undefined : pieces[at]!;
    },
  );
}

function latency(meaning: string, read: (record: FlowRecord) => number) {
  return integer({ ...ofConversation, meaning, unit: 'microseconds' }, read);
}

/** Of one conversation, the other values say all that these could. Where some are not counted, the counts are of no use. */
function ofSeveral(meaning: string, unit: string, read: (record: FlowRecord) => number) {
  return integer({ ...ofGroup, meaning, unit }, (record) => (areCounted(record) ? read(record) : ABSENT));
}

function areCounted(record: FlowRecord): boolean {
  const { conversations, isPart } = record.health;
  return conversations > 0 && !isPart && isOfSeveral(record);
}

function connectionsThat(outcome: Outcome, became: string) {
  const at = outcomes.indexOf(outcome);
  return ofSeveral(`Connections of these that ${became}`, 'connections', (record) =>
    isTcp(record) ? record.health.outcomes[at]! : ABSENT,
  );
}

function isTcp({ key }: FlowRecord): boolean {
  return key.protocol === PROTOCOL_TCP;
}

/** Position in `shortOutcomes` of what all conversations share; ABSENT where they differ, or it is not known of one. */
function shortOutcome(record: FlowRecord): number {
  const { conversations, isPart, outcomes: counts } = record.health;
  if (conversations === 0 || isPart) return ABSENT;
  if (counts[ESTABLISHED]! + counts[CLOSED]! + counts[ANSWERED]! === conversations) return SUCCESS;
  // TCP answers whatever it gets; other protocols need not.
  const silent = counts[UNANSWERED]!;
  if (!isTcp(record) && silent === conversations) return UNKNOWN;
  const failed = counts[REFUSED]! + counts[RESET]! + (isTcp(record) ? silent : 0);
  return failed === conversations ? FAILURE : ABSENT;
}

/** Position of the one word that all conversations share; ABSENT where they differ, or it is not known of one. */
function only({ conversations, isPart }: ConversationHealth, counts: Uint32Array): number {
  if (conversations === 0 || isPart) return ABSENT;
  for (let at = 0; at < counts.length; at++) {
    if (counts[at] === conversations) return at;
  }
  return ABSENT;
}

const mean = (sum: number, count: number): number => (count === 0 ? ABSENT : Math.round(sum / count));
