/**
 * How well a conversation went, worked out from both directions when its window has closed; or several that are told as one: sums, from
 * which come means, and what was longest.
 */
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import { type Packet, sourcePortOf, targetPortOf } from '../../packet/packet.js';
import { isIcmp } from '../conversations/one-way.js';
import type { Tally } from '../tally.js';
import { connectionStates, outcomeOf, outcomes, stateOf, UNKNOWN } from './connection-state.js';
import { elapsedUs, type FlowHealth, SENT_SYN, SENT_SYN_ACK, SYN_AGAIN } from './flow-health.js';

const DNS_PORT = 53;
/** Of what moments can tell: 35 minutes. */
const longestUs = 2 ** 31 - 1;

export class ConversationHealth {
  /** Conversations of which anything is known, and how many of these have packets in both directions. */
  conversations = 0;
  twoWay = 0;
  /** There are others beside them of which nothing is known, so that no count is of all. */
  isPart = false;
  /** How many had each state of `connectionStates`, and each of `outcomes`. Not all have one. */
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
  /** Of one conversation: what alone is not 0 in `states` and `outcomes`. */
  #state = UNKNOWN;
  #outcome = UNKNOWN;
  /** It was added up: any of both may be counted. */
  #isSum = false;

  /** Becomes that of nothing. */
  clear(): void {
    this.isPart = false;
    this.icmpError = 0;
    if (this.conversations === 0) return;
    this.conversations = 0;
    this.twoWay = 0;
    this.#clearWords();
    this.handshakes = 0;
    this.clientNetworkUs = 0;
    this.serverNetworkUs = 0;
    this.longestHandshakeUs = 0;
    this.responses = 0;
    this.responseUs = 0;
    this.longestResponseUs = 0;
  }

  /** Becomes that of packets of which nothing is known. */
  becomeUnknown(): void {
    this.clear();
    this.isPart = true;
  }

  /** Some of its packets may not be known of, so only an error that quoted one of the others is still true. */
  becomePart(): void {
    const { icmpError } = this;
    this.becomeUnknown();
    this.icmpError = icmpError;
  }

  /**
   * Becomes that of one conversation: `there` went from the key's source to its target, and `back` came back. `goesOn` where it began in an
   * earlier window.
   */
  becomeOf(key: Packet, isTargetClient: boolean, goesOn: boolean, there: Tally, back: Tally): void {
    this.clear();
    const client = isTargetClient ? back : there;
    const server = isTargetClient ? there : back;
    this.icmpError = client.health.icmpError || server.health.icmpError;
    if (!isKnown(client) || !isKnown(server)) {
      this.isPart = true;
      return;
    }
    this.conversations = 1;
    this.twoWay = client.packets > 0 && server.packets > 0 ? 1 : 0;
    const isTcp = key.protocol === PROTOCOL_TCP;
    this.#state = isTcp ? stateOf(client, server) : UNKNOWN;
    this.#outcome = outcomeOf(key.protocol, this.#state, client, server);
    if (isTcp) this.states[this.#state] = 1;
    if (this.#outcome !== UNKNOWN) this.outcomes[this.#outcome] = 1;
    if (this.twoWay === 0) return;
    if (isTcp) this.#noteConnection(client, server);
    else if (isAnswer(key, isTargetClient, goesOn, client.health, server.health))
      this.#noteResponse(client, server);
  }

  /** Nobody can say how the one conversation went. */
  forgetOutcome(): void {
    if (this.#outcome !== UNKNOWN) this.outcomes[this.#outcome] = 0;
    this.#outcome = UNKNOWN;
  }

  /** Adds up. */
  add(other: Readonly<ConversationHealth>): void {
    this.isPart ||= other.isPart;
    this.icmpError = other.icmpError || this.icmpError;
    if (other.conversations === 0) return;
    this.#isSum = true;
    this.conversations += other.conversations;
    this.twoWay += other.twoWay;
    for (let i = 0; i < this.states.length; i++) this.states[i]! += other.states[i]!;
    for (let i = 0; i < this.outcomes.length; i++) this.outcomes[i]! += other.outcomes[i]!;
    this.handshakes += other.handshakes;
    this.clientNetworkUs += other.clientNetworkUs;
    this.serverNetworkUs += other.serverNetworkUs;
    this.longestHandshakeUs = Math.max(this.longestHandshakeUs, other.longestHandshakeUs);
    this.responses += other.responses;
    this.responseUs += other.responseUs;
    this.longestResponseUs = Math.max(this.longestResponseUs, other.longestResponseUs);
  }

  /**
   * The same, where `other` is told with the packets of servers, and those of clients are told by themselves: what has both is added
   * there.
   */
  addOfServers(other: Readonly<ConversationHealth>): void {
    if (other.twoWay === 0) this.add(other);
    else this.isPart ||= other.isPart || other.twoWay < other.conversations;
  }

  become(other: Readonly<ConversationHealth>): void {
    this.clear();
    this.add(other);
  }

  /** Most often of one conversation: then without a loop. */
  #clearWords(): void {
    if (this.#isSum) {
      this.states.fill(0);
      this.outcomes.fill(0);
      this.#isSum = false;
      return;
    }
    if (this.#state !== UNKNOWN) this.states[this.#state] = 0;
    if (this.#outcome !== UNKNOWN) this.outcomes[this.#outcome] = 0;
  }

  #noteConnection(clientTally: Tally, serverTally: Tally): void {
    const client = clientTally.health;
    const server = serverTally.health;
    if (!isHandshake(client, server)) return;
    this.#noteResponse(clientTally, serverTally);
    // Nobody knows which SYN was answered.
    if (client.has(SYN_AGAIN) || server.has(SYN_AGAIN)) return;
    const serverUs = elapsedUs(client.openUs, server.openUs);
    const clientUs = elapsedUs(server.openUs, client.ackUs);
    if (serverUs < 0 || clientUs < 0) return;
    this.handshakes = 1;
    this.serverNetworkUs = serverUs;
    this.clientNetworkUs = clientUs;
    this.longestHandshakeUs = serverUs + clientUs;
  }

  #noteResponse(client: Tally, server: Tally): void {
    if (!isShort(client, server)) return;
    const responseUs = elapsedUs(client.health.dataUs, server.health.dataUs);
    if (responseUs < 0) return;
    this.responses = 1;
    this.responseUs = responseUs;
    this.longestResponseUs = responseUs;
  }
}

/** Nothing is of lines of text, nor where a segment could not be read. */
function isKnown({ packets, health }: Tally): boolean {
  return packets === 0 || health.isTold;
}

/** Where both sent a SYN (RFC 9293, simultaneous open), there is no one handshake. */
function isHandshake(client: FlowHealth, server: FlowHealth): boolean {
  const isSimultaneous = client.has(SENT_SYN_ACK) || server.has(SENT_SYN);
  return client.has(SENT_SYN) && server.has(SENT_SYN_ACK) && !isSimultaneous;
}

/**
 * Whether what the server sent first answers what the client did. DNS and ICMP repeat a mark of the question; without one, that is only so
 * where both begin: of a call or a tunnel that goes on, any two packets are the first of a window.
 */
function isAnswer(
  key: Packet,
  isTargetClient: boolean,
  goesOn: boolean,
  client: FlowHealth,
  server: FlowHealth,
): boolean {
  const port = isTargetClient ? sourcePortOf(key.ports) : targetPortOf(key.ports);
  const hasMarks = isIcmp(key) || (key.hasPorts === 1 && port === DNS_PORT);
  return hasMarks ? client.firstMark === server.firstMark && client.firstMark !== 0 : !goesOn;
}

/**
 * Whether moments of both directions are near enough to each other for `elapsedUs`. Those of a handshake always are: a SYN is sent again
 * long before.
 */
function isShort(client: Tally, server: Tally): boolean {
  const us = Math.max(client.lastUs, server.lastUs) - Math.min(client.firstUs, server.firstUs);
  return !(us > longestUs);
}
