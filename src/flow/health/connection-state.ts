/**
 * How a TCP connection stood at the end of its window, in the words of Zeek's conn_state, worked out from what both directions' segments
 * had; and how a conversation of any protocol went, in plain words.
 * https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html
 */
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import { icmpErrors } from '../../packet/quoted.js';
import type { Tally } from '../tally.js';
import { SENT_SYN, SENT_SYN_ACK } from './flow-health.js';

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

/** `answered` is for what is no TCP: packets came back. */
export const outcomes = ['unanswered', 'refused', 'established', 'closed', 'reset', 'answered'] as const;
export type Outcome = (typeof outcomes)[number];

/** Position in `connectionStates`. The client is who sent the first SYN, as far as anybody knows. */
export function stateOf(client: Tally, server: Tally): number {
  const opened = client.health.has(SENT_SYN);
  const answered = server.health.has(SENT_SYN_ACK);
  return connectionStates.indexOf(opened ? (answered ? 'S1' : 'S0') : 'OTH');
}

/** Position in `outcomes`; `state` is -1 for what is no TCP. */
export function outcomeOf(protocol: number, state: number, client: Tally, server: Tally): number {
  if (protocol === PROTOCOL_TCP) return outcomes.indexOf(plain[connectionStates[state]!]);
  if (server.packets > 0) return outcomes.indexOf('answered');
  return outcomes.indexOf(
    icmpErrors[client.health.icmpError] === 'port-unreachable' ? 'refused' : 'unanswered',
  );
}

const plain: Readonly<Record<ConnectionState, Outcome>> = {
  S0: 'unanswered',
  S1: 'established',
  S2: 'established',
  S3: 'established',
  SF: 'closed',
  REJ: 'refused',
  RSTO: 'reset',
  RSTR: 'reset',
  RSTOS0: 'reset',
  RSTRH: 'reset',
  SH: 'unanswered',
  SHR: 'closed',
  OTH: 'established',
};
