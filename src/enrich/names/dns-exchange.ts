/**
 * One question to one DNS server: over UDP, and over TCP where the caller wants that.
 *
 * An answer counts only if its id, its question's name (letter for letter), type and class, and its sender's address and
 * port are those of the question; all else is counted and ignored, and the question stays open.
 *
 * Who forges an answer without seeing the question has to guess what is random in it: in mixed letters the id and the case
 * of each letter, in plain ones the id and the port, which is this question's own.
 */
import { randomBytes } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import { encodeQuestion, mixCase, type Reading, readAnswer } from './dns-message.js';
import { type DnsServer, senderKey } from './dns-servers.js';
import { askFromOwnPort, type SharedDnsSocket } from './dns-socket.js';
import { askOverTcp } from './dns-tcp.js';

/** The case of a question's letters: drawn at random, or lower case, for servers that know no other. */
export type Letters = 'mixed' | 'plain';

/** A bit for each letter: ip6.arpa has 6, and as many more as there are digits from a to f among 32. */
const maxMixedBytes = 5;

export type ExchangeCounts = {
  /** Datagrams sent, repetitions and probes included. */
  questionsSent: number;
  /** Answers that matched a question. */
  answersMatched: number;
  /** Datagrams that answer no question that is under way: late, doubled or forged. */
  answersForeign: number;
  /** Answers to a question that cannot be read. */
  answersMalformed: number;
  /** Questions that went over TCP, because the answer was truncated or did not repeat the question as it was. */
  askedOverTcp: number;
};

/** What became of it; 'unreachable': it could not be sent, or the server's host said that nobody listens. */
export type ExchangeOutcome =
  | Exclude<Reading, { kind: 'foreign' | 'malformed' }>
  | { readonly kind: 'unreachable'; readonly error: NodeJS.ErrnoException };

export interface ExchangeOptions {
  readonly server: DnsServer;
  /** What to ask the PTR records of, in lower case. */
  readonly name: string;
  /** Drawn at random. */
  readonly id: number;
  /** What a question in mixed letters is sent through; undefined for one in plain letters, from a port of its own. */
  readonly shared: SharedDnsSocket | undefined;
  readonly counts: ExchangeCounts;
  /** Called for each answer that counts; never during a call of this class's. */
  readonly concluded: (outcome: ExchangeOutcome) => void;
}

export class DnsExchange {
  readonly letters: Letters;
  readonly id: number;
  readonly #options: ExchangeOptions;
  /** As it is sent, letter for letter. */
  readonly #name: string;
  readonly #message: Buffer;
  #closePort: (() => void) | undefined;
  /** Once it was asked over TCP no datagram counts any more, so that no server can start that over and over. */
  #hearsUdp = true;
  #cancelTcp: (() => void) | undefined;

  constructor(options: ExchangeOptions) {
    const { id, name, shared } = options;
    this.#options = options;
    this.id = id;
    this.letters = shared ? 'mixed' : 'plain';
    this.#name = shared ? mixCase(name, randomBytes(maxMixedBytes)) : name;
    this.#message = encodeQuestion(id, this.#name);
  }

  get overTcp(): boolean {
    return this.#cancelTcp !== undefined;
  }

  /** Sends the datagram. Called again, sends the same once more. */
  send(): void {
    const { server, shared, counts, concluded } = this.#options;
    counts.questionsSent++;
    if (shared) {
      shared.send(server, this.#message);
    } else {
      this.#closePort?.();
      this.#closePort = askFromOwnPort(
        server,
        this.#message,
        (message) => this.#read(message),
        (error) => concluded({ kind: 'unreachable', error }),
      );
    }
  }

  /** A datagram with this question's id from the shared port. */
  received(message: Buffer, { address, port }: RemoteInfo): void {
    if (senderKey(address, port) === this.#options.server.key) this.#read(message);
    else this.#options.counts.answersForeign++;
  }

  /** The same question over TCP. */
  askOverTcp(): void {
    const { server, counts, concluded } = this.#options;
    counts.askedOverTcp++;
    this.#hearsUdp = false;
    this.#cancelTcp = askOverTcp(server, this.#message, (message) => {
      this.#cancelTcp = undefined;
      if (message) counts.answersMatched++;
      concluded(message ? this.#readTcp(message) : { kind: 'failure', reason: 'no answer over TCP' });
    });
  }

  close(): void {
    this.#closePort?.();
    this.#cancelTcp?.();
    this.#cancelTcp = undefined;
  }

  #read(message: Buffer): void {
    const { counts, concluded } = this.#options;
    const reading = readAnswer(message, this.id, this.#name, 'udp');
    if (reading.kind === 'foreign' || !this.#hearsUdp) {
      counts.answersForeign++;
    } else if (reading.kind === 'malformed') {
      // Perhaps forged: the question stays open for a better one.
      counts.answersMalformed++;
    } else {
      counts.answersMatched++;
      concluded(reading);
    }
  }

  #readTcp(message: Buffer): ExchangeOutcome {
    const reading = readAnswer(message, this.id, this.#name, 'tcp');
    if (reading.kind !== 'foreign' && reading.kind !== 'malformed') return reading;
    this.#options.counts.answersMalformed++;
    return { kind: 'failure', reason: 'an answer over TCP that cannot be read' };
  }
}
