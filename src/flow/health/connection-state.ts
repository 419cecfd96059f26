/**
 * How a TCP connection stood at the end of its window, in the words of Zeek's conn_state, worked out from what both directions' segments
 * had; and how a conversation of any protocol went, in plain words.
 * https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html
 *
 * Zeek keeps a state for each end, which every packet may change. Where all packets are of one window, what each direction sent is enough,
 * if it is known whether its FIN came before its RST.
 */
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import { icmpErrors } from '../../packet/quoted.js';
import type { Tally } from '../tally.js';
import {
  AWAITS_ACK,
  elapsedUs,
  type FlowHealth,
  SENT_FIN,
  SENT_RST,
  SENT_SYN,
  SENT_SYN_ACK,
} from './flow-health.js';

export const connectionStates = [
  'S0',
  'S1',
  'S2',
  'S3',
  'SF',
  'REJ',
  'RSTO',
  'RSTR',
  'RSTOS0',
  'RSTRH',
  'SH',
  'SHR',
  'OTH',
] as const;
export type ConnectionState = (typeof connectionStates)[number];

/** `answered` is for what is no TCP: packets went both ways. */
export const outcomes = ['unanswered', 'refused', 'established', 'closed', 'reset', 'answered'] as const;
export type Outcome = (typeof outcomes)[number];

/** Instead of a position in `connectionStates` or `outcomes`. */
export const UNKNOWN = -1;

/** What became of an end. */
const INACTIVE = 0;
/** It sent something, and nobody saw it open. */
const PARTIAL = 1;
const SYN_SENT = 2;
const ESTABLISHED = 3;
const CLOSED = 4;
const RESET = 5;

const OPENED = SENT_SYN | SENT_SYN_ACK;

/** Position in `connectionStates`. The client is who sent the first SYN, as far as anybody knows. */
export function stateOf(client: Tally, server: Tally): number {
  // Whatever comes after both FINs is of no account, and so is a RST between them.
  if (client.health.has(SENT_FIN) && server.health.has(SENT_FIN)) return SF;
  const isEarlier = isOfEarlier(server.health, client.health);
  const isAnswered = server.health.has(OPENED) && !isEarlier;
  const from = clientEnd(client, server, isAnswered);
  const to = isEarlier ? earlierEnd(server.health) : serverEnd(server, from, isAnswered);
  return stateOfEnds(from, to, client.health, server.health);
}

/** Position in `outcomes`, or UNKNOWN; `state` is of no account for what is no TCP. */
export function outcomeOf(protocol: number, state: number, client: Tally, server: Tally): number {
  if (protocol === PROTOCOL_TCP) return connectionOutcome(state, client, server);
  if (server.packets === 0) return isUnreachable(client.health) ? REFUSED : UNANSWERED;
  return client.packets === 0 ? UNKNOWN : ANSWERED;
}

/** Positions in `connectionStates`. */
const [S0, S1, S2, S3, SF, REJ, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
] as const;

const UNANSWERED = outcomes.indexOf('unanswered');
const REFUSED = outcomes.indexOf('refused');
const OPEN = outcomes.indexOf('established');
const ENDED = outcomes.indexOf('closed');
const ABORTED = outcomes.indexOf('reset');
const ANSWERED = outcomes.indexOf('answered');

/** The server answered another connection between the same ports: this one's SYN came later, and the client goes on to wait. */
function isOfEarlier(server: FlowHealth, client: FlowHealth): boolean {
  return server.has(OPENED) && client.has(AWAITS_ACK) && elapsedUs(server.openUs, client.openUs) > 0;
}

/** Only a RST may still be an answer to this one. */
function earlierEnd(server: FlowHealth): number {
  return server.has(SENT_RST) ? RESET : INACTIVE;
}

function clientEnd(client: Tally, server: Tally, isAnswered: boolean): number {
  const { health } = client;
  if (health.has(SENT_RST)) return RESET;
  if (health.has(SENT_FIN)) return CLOSED;
  if (health.has(OPENED)) return isAnswered ? ESTABLISHED : SYN_SENT;
  if (client.packets === 0) return INACTIVE;
  // Its SYN was missed, where the first that it sent was an answer.
  return isAnswered && !(client.firstUs < server.firstUs) ? ESTABLISHED : PARTIAL;
}

function serverEnd(server: Tally, client: number, isAnswered: boolean): number {
  const { health } = server;
  if (health.has(SENT_RST)) return RESET;
  if (health.has(SENT_FIN)) return CLOSED;
  if (isAnswered) return ESTABLISHED;
  // An ACK alone is no answer to a SYN.
  if (server.packets === 0 || (client === SYN_SENT && health.dataUs === 0)) return INACTIVE;
  return PARTIAL;
}

function stateOfEnds(client: number, server: number, sent: FlowHealth, answered: FlowHealth): number {
  if (server === RESET) {
    const isEmpty = sent.dataUs === 0 && answered.dataUs === 0;
    if (client === SYN_SENT || (client === RESET && isEmpty)) return REJ;
    return client <= PARTIAL ? RSTRH : RSTR;
  }
  if (client === RESET) {
    if (server > PARTIAL) return RSTO;
    return sent.has(SENT_SYN) && sent.has(AWAITS_ACK) && !sent.has(SENT_FIN) ? RSTOS0 : OTH;
  }
  if (client === CLOSED) return server <= PARTIAL ? SH : S2;
  if (server === CLOSED) return client <= PARTIAL ? SHR : S3;
  if (client === SYN_SENT && server === INACTIVE) return S0;
  return client === ESTABLISHED && server === ESTABLISHED ? S1 : OTH;
}

function connectionOutcome(state: number, client: Tally, server: Tally): number {
  switch (state) {
    case SF:
      return ENDED;
    case S1:
    case S2:
    case S3:
      return OPEN;
    case REJ:
      return client.health.has(SENT_RST) ? ABORTED : REFUSED;
    case RSTO:
    case RSTR:
    case RSTOS0:
    case RSTRH:
      return ABORTED;
    case S0:
      return unanswered(client, server);
    default:
      return halfSeen(client, server);
  }
}

/** Nobody answered a client that goes on without an ACK. One that sends ACKs was answered, and the answers go another way. */
function unanswered({ health }: Tally, server: Tally): number {
  if (!health.has(AWAITS_ACK)) return UNKNOWN;
  return server.packets === 0 && isUnreachable(health) ? REFUSED : UNANSWERED;
}

/** Of SH, SHR and OTH: the connection was opened before this window, or one direction goes another way. */
function halfSeen(client: Tally, server: Tally): number {
  if (client.health.has(SENT_RST)) return ABORTED;
  if (server.packets > 0) return client.packets > 0 ? OPEN : UNKNOWN;
  return client.health.has(SENT_SYN) ? unanswered(client, server) : UNKNOWN;
}

/** Anybody can send such an error, so it says nothing where something came back. */
function isUnreachable({ icmpError }: FlowHealth): boolean {
  return icmpError !== 0 && icmpErrors[icmpError] !== 'time-exceeded';
}
