/**
 * How well a conversation went, worked out from both directions when its window has closed; or several that are told as one: sums, from
 * which come means, and what was longest.
 */
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import type { Tally } from '../tally.js';
import { connectionStates, outcomeOf, outcomes, stateOf } from './connection-state.js';
import { type FlowHealth, MOMENT_UNKNOWN, SENT_SYN, SENT_SYN_ACK, SYN_AGAIN } from './flow-health.js';

export class ConversationHealth {
  /** Conversations of which anything is known. */
  conversations = 0;
  /** How many had each state of `connectionStates`, and each of `outcomes`. */
  readonly states = new Uint32Array(connectionStates.length);
  readonly outcomes = new Uint32Array(outcomes.length);
  /** Position in `icmpErrors` of the last error that quoted one of their packets. */
  icmpError = 0;
  /** Handshakes of which both parts are known, and the sums of these, in microseconds. */
  handshakes = 0;
  clientNetworkUs = 0;
  serverNetworkUs = 0;
  longestHandshakeUs = 0;
  /** Answers of servers whose time is known, and the sum of these. */
  responses = 0;
  responseUs = 0;
  longestResponseUs = 0;

  clear(): void {
    if (this.conversations === 0) return;
    this.conversations = 0;
    this.states.fill(0);
    this.outcomes.fill(0);
    this.icmpError = 0;
    this.handshakes = 0;
    this.clientNetworkUs = 0;
    this.serverNetworkUs = 0;
    this.longestHandshakeUs = 0;
    this.responses = 0;
    this.responseUs = 0;
    this.longestResponseUs = 0;
  }

  /** Becomes that of one conversation of this protocol; of nothing, where nothing is told of what the client or the server sent. */
  becomeOf(protocol: number, client: Tally, server: Tally): void {
    this.clear();
    if (!client.health.isTold && !server.health.isTold) return;
    this.conversations = 1;
    this.icmpError = client.health.icmpError || server.health.icmpError;
    const isTcp = protocol === PROTOCOL_TCP;
    const state = isTcp ? stateOf(client, server) : -1;
    if (isTcp) this.states[state] = 1;
    this.outcomes[outcomeOf(protocol, state, client, server)] = 1;
    if (isTcp) this.#noteHandshake(client.health, server.health);
    this.#noteResponse(isTcp, client.health, server.health);
  }

  add(other: Readonly<ConversationHealth>): void {
    this.conversations += other.conversations;
    for (let i = 0; i < this.states.length; i++) this.states[i]! += other.states[i]!;
    for (let i = 0; i < this.outcomes.length; i++) this.outcomes[i]! += other.outcomes[i]!;
    this.icmpError ||= other.icmpError;
    this.handshakes += other.handshakes;
    this.clientNetworkUs += other.clientNetworkUs;
    this.serverNetworkUs += other.serverNetworkUs;
    this.longestHandshakeUs = Math.max(this.longestHandshakeUs, other.longestHandshakeUs);
    this.responses += other.responses;
    this.responseUs += other.responseUs;
    this.longestResponseUs = Math.max(this.longestResponseUs, other.longestResponseUs);
  }

  become(other: Readonly<ConversationHealth>): void {
    this.clear();
    if (other.conversations > 0) this.add(other);
  }

  #noteHandshake(client: FlowHealth, server: FlowHealth): void {
    if (!isHandshake(client, server) || client.has(SYN_AGAIN) || server.has(SYN_AGAIN)) return;
    const serverUs = between(client.openUs, server.openUs);
    const clientUs = between(server.openUs, client.ackUs);
    if (serverUs < 0 || clientUs < 0) return;
    this.handshakes = 1;
    this.serverNetworkUs = serverUs;
    this.clientNetworkUs = clientUs;
    this.longestHandshakeUs = serverUs + clientUs;
  }

  #noteResponse(isTcp: boolean, client: FlowHealth, server: FlowHealth): void {
    if (isTcp && !isHandshake(client, server)) return;
    const responseUs = between(client.dataUs, server.dataUs);
    if (responseUs < 0) return;
    this.responses = 1;
    this.responseUs = responseUs;
    this.longestResponseUs = responseUs;
  }
}

/** Where both sent a SYN (RFC 9293, simultaneous open), there is no one handshake. */
function isHandshake(client: FlowHealth, server: FlowHealth): boolean {
  const isSimultaneous = client.has(SENT_SYN_ACK) || server.has(SENT_SYN);
  return client.has(SENT_SYN) && server.has(SENT_SYN_ACK) && !isSimultaneous;
}

/** Microseconds from one moment of a window to another; -1 where one is not known, or they are the other way round. */
function between(fromUs: number, toUs: number): number {
  const isKnown = fromUs > 0 && toUs > 0 && fromUs !== MOMENT_UNKNOWN && toUs !== MOMENT_UNKNOWN;
  return isKnown && toUs >= fromUs ? toUs - fromUs : -1;
}
