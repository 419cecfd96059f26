/**
 * Asks DNS servers for the names under PTR records, many questions at a time, each at most twice.
 *
 * An answer counts only if its id, its question's name (letter for letter, in the random case it was sent in), type and
 * class, and its sender's address and port are those of a question that is under way; all else is counted and ignored.
 * A question stays open to every server it was sent to until it has an answer or has run out of time.
 */
import { randomBytes } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import type { Log } from '../../host/log.js';
import { type DnsAnswer, encodeQuestion, mixCase, readAnswer } from './dns-message.js';
import { type DnsServer, senderKey } from './dns-servers.js';
import { DnsSocket } from './dns-socket.js';
import { askOverTcp } from './dns-tcp.js';
import { type Resolver, Resolvers } from './resolvers.js';

export interface DnsClientCounts {
  /** Datagrams sent, second attempts and probes included. */
  questionsSent: number;
  /** Answers that matched a question. */
  answersMatched: number;
  /** Datagrams that answer no question that is under way: late, doubled or forged. */
  answersForeign: number;
  /** Answers to a question that cannot be read. */
  answersMalformed: number;
  /** Attempts that ran out of time. */
  timeouts: number;
  /** Questions that went over TCP, because the answer was truncated or did not keep the question's letters. */
  askedOverTcp: number;
  socketErrors: number;
}

export interface DnsClientOptions {
  /** Time for each of the two attempts, in milliseconds. */
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly counts: DnsClientCounts;
  readonly log: Pick<Log, 'limited'>;
  /** Called once for each question that `ask` took, never during `ask` itself. */
  readonly answered: (token: number, answer: DnsAnswer) => void;
}

interface Query {
  /** The caller's, or `probe`. */
  readonly token: number;
  readonly id: number;
  readonly name: string;
  readonly message: Buffer;
  /** Servers it was sent to, the latest last. */
  readonly asked: Resolver[];
  deadlineMs: number;
  /** While it is under way over TCP: gives up. */
  cancelTcp: (() => void) | undefined;
}

const maxAttempts = 2;
const probe = -1;
/** Every resolver answers this by itself (RFC 6303, 4.2), so that a probe tells of the server and not of the Internet. */
const probeName = '1.0.0.127.in-addr.arpa';

export class DnsClient {
  readonly #options: DnsClientOptions;
  readonly #resolvers = new Resolvers();
  readonly #socket: DnsSocket;
  readonly #inFlight = new Map<number, Query>();
  #nowMs = 0;

  constructor(options: DnsClientOptions) {
    this.#options = options;
    this.#socket = new DnsSocket(
      (message, sender) => this.#received(message, sender),
      (error) => {
        options.counts.socketErrors++;
        options.log.limited('dns-socket', `a DNS question cannot be sent: ${error.message}`);
      },
    );
  }

  useServers(servers: readonly DnsServer[]): void {
    this.#resolvers.replace(servers);
  }

  /** True where `ask` may be called: there is room, and a server that answers. */
  get ready(): boolean {
    return this.#inFlight.size < this.#options.maxInFlight && this.#resolvers.anyAnswers;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Asks for the PTR records of `name`. `token` (0 or more) comes back with the answer. */
  ask(token: number, name: string): void {
    this.#send(this.#newQuery(token, name), this.#resolvers.pick(0)!);
  }

  /** Does what is due at `nowMs`, a clock that only runs while the event loop turns. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    for (const query of this.#inFlight.values()) {
      if (query.deadlineMs <= nowMs) this.#timedOut(query);
    }
    const silent = this.#resolvers.takeProbe(nowMs);
    if (silent && this.#inFlight.size < this.#options.maxInFlight) {
      this.#send(this.#newQuery(probe, probeName), silent);
    }
  }

  close(): void {
    for (const query of this.#inFlight.values()) query.cancelTcp?.();
    this.#inFlight.clear();
    this.#socket.close();
  }

  #newQuery(token: number, name: string): Query {
    const random = randomBytes(8);
    let id = random.readUInt16BE(0);
    while (this.#inFlight.has(id)) id = (id + 1) & 0xffff;
    const mixedName = mixCase(name, random.subarray(2));
    const query: Query = {
      token,
      id,
      name: mixedName,
      message: encodeQuestion(id, mixedName),
      asked: [],
      deadlineMs: 0,
      cancelTcp: undefined,
    };
    this.#inFlight.set(id, query);
    return query;
  }

  #send(query: Query, resolver: Resolver): void {
    query.asked.push(resolver);
    query.deadlineMs = this.#nowMs + this.#options.timeoutMs;
    this.#options.counts.questionsSent++;
    this.#socket.send(resolver.server, query.message);
  }

  #received(message: Buffer, sender: RemoteInfo): void {
    const { counts } = this.#options;
    const query = message.length >= 2 ? this.#inFlight.get(message.readUInt16BE(0)) : undefined;
    const key = query && senderKey(sender.address, sender.port);
    const resolver = query?.asked.find((asked) => asked.server.key === key);
    if (!query || !resolver || query.cancelTcp) {
      counts.answersForeign++;
      return;
    }
    const reading = readAnswer(message, query.id, query.name, 'udp');
    if (reading.kind === 'foreign') {
      counts.answersForeign++;
    } else if (reading.kind === 'malformed') {
      // Perhaps forged: the question stays open for a better one.
      counts.answersMalformed++;
    } else {
      counts.answersMatched++;
      this.#resolvers.answered(resolver);
      if (reading.kind === 'over-tcp') this.#askOverTcp(query, resolver);
      else if (reading.kind !== 'failure') this.#finish(query, reading);
      else if (resolver === query.asked.at(-1)) this.#askAnother(query);
    }
  }

  #askOverTcp(query: Query, resolver: Resolver): void {
    const { counts } = this.#options;
    counts.askedOverTcp++;
    query.deadlineMs = this.#nowMs + this.#options.timeoutMs;
    query.cancelTcp = askOverTcp(resolver.server, query.message, (message) => {
      query.cancelTcp = undefined;
      const reading = message && readAnswer(message, query.id, query.name, 'tcp');
      if (message) counts.answersMatched++;
      if (!reading || reading.kind === 'failure') {
        this.#askAnother(query);
      } else if (reading.kind === 'foreign' || reading.kind === 'malformed' || reading.kind === 'over-tcp') {
        counts.answersMalformed++;
        this.#askAnother(query);
      } else {
        this.#finish(query, reading);
      }
    });
  }

  #timedOut(query: Query): void {
    this.#options.counts.timeouts++;
    if (query.cancelTcp) {
      query.cancelTcp();
      query.cancelTcp = undefined;
      this.#askAnother(query);
      return;
    }
    const { server } = query.asked.at(-1)!;
    if (this.#resolvers.timedOut(query.asked.at(-1)!, this.#nowMs)) {
      this.#options.log.limited(
        `dns-silent ${server.key}`,
        `DNS server ${server.address} port ${server.port} does not answer; addresses stand in place of names it would give`,
      );
    }
    const next = this.#nextFor(query);
    if (next) this.#send(query, next);
    else this.#finish(query, { kind: 'failure' });
  }

  /** After a server said that it cannot tell: it will not be able to the second time either. */
  #askAnother(query: Query): void {
    const next = this.#nextFor(query);
    if (next && !query.asked.includes(next)) this.#send(query, next);
    else this.#finish(query, { kind: 'failure' });
  }

  #nextFor(query: Query): Resolver | undefined {
    if (query.token === probe || query.asked.length >= maxAttempts) return undefined;
    return this.#resolvers.pick(query.asked.length);
  }

  #finish(query: Query, answer: DnsAnswer): void {
    this.#inFlight.delete(query.id);
    if (query.token !== probe) this.#options.answered(query.token, answer);
  }
}
