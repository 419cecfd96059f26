/**
 * Asks DNS servers for the names under PTR records, many questions at a time. The servers take turns with a question until
 * one answers; it stays open to all that it was sent to until then.
 *
 * Questions go out in mixed letters, which make answers hard to forge. But there are servers that find nothing under such
 * a name, refuse it, keep silent, or send it back in lower case: where it may be the letters, the same server is asked
 * again in plain ones. What an answer in changed letters says is never believed. Where plain letters made the difference,
 * the server is asked in these from then on, for a while.
 */
import { randomInt } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import type { Log } from '../../host/log.js';
import { DnsExchange, type ExchangeCounts, type ExchangeOutcome, type Letters } from './dns-exchange.js';
import type { DnsAnswer } from './dns-message.js';
import {
  type Attempt,
  type DnsOutcome,
  isLatest,
  learnLetters,
  mayBeLetters,
  type Query,
  type Question,
  serversOf,
} from './dns-query.js';
import type { DnsServer } from './dns-servers.js';
import { SharedDnsSocket } from './dns-socket.js';
import { answered, leftUnanswered, type Resolver, Resolvers, takeLetters } from './resolvers.js';

export type DnsClientCounts = ExchangeCounts & {
  /** Attempts that ran out of time. */
  timeouts: number;
  socketErrors: number;
};

export interface DnsClientOptions {
  /** Time for each attempt, in milliseconds. */
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly counts: DnsClientCounts;
  readonly log: Pick<Log, 'limited'>;
  /** Called once for each question that `ask` took, never during `ask` itself. */
  readonly answered: (token: number, outcome: DnsOutcome) => void;
}

/** Every resolver answers this by itself (RFC 6303, 4.2), so that a probe tells of the server and not of the Internet. */
export const probeQuestion: Question = { token: -1, name: '1.0.0.127.in-addr.arpa', scope: 'local' };

export function newDnsClientCounts(): DnsClientCounts {
  return {
    ...{ questionsSent: 0, answersMatched: 0, answersForeign: 0, answersMalformed: 0 },
    ...{ timeouts: 0, askedOverTcp: 0, socketErrors: 0 },
  };
}

export class DnsClient {
  readonly #options: DnsClientOptions;
  readonly #resolvers = new Resolvers();
  readonly #sockets: Readonly<Record<4 | 6, SharedDnsSocket>>;
  readonly #queries = new Set<Query>();
  /** What is under way through the shared sockets, by id. */
  readonly #mixed = new Map<number, DnsExchange>();
  #nowMs = 0;

  constructor(options: DnsClientOptions) {
    this.#options = options;
    const received = (message: Buffer, sender: RemoteInfo) => this.#received(message, sender);
    const failed = (error: Error) => this.#cannotSend(error);
    this.#sockets = {
      4: new SharedDnsSocket(4, received, failed),
      6: new SharedDnsSocket(6, received, failed),
    };
  }

  useServers(servers: readonly DnsServer[]): void {
    this.#resolvers.replace(servers);
  }

  /** True where `ask` may be called: there is room, and a server that answers. */
  get ready(): boolean {
    return this.#hasRoom && this.#resolvers.anyAnswers;
  }

  get inFlight(): number {
    return this.#queries.size;
  }

  ask(question: Question): void {
    const resolver = this.#resolvers.pick()!;
    this.#send(this.#newQuery(question, false), resolver, takeLetters(resolver));
  }

  /** Does what is due at `nowMs`, a clock that only runs while the event loop turns. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    for (const query of this.#queries) {
      if (query.deadlineMs <= nowMs) this.#timedOut(query);
    }
    const silent = this.#hasRoom ? this.#resolvers.takeProbe(nowMs) : undefined;
    if (silent) this.#send(this.#newQuery(probeQuestion, true), silent, 'plain');
  }

  close(): void {
    for (const query of this.#queries) this.#end(query);
    this.#sockets[4].close();
    this.#sockets[6].close();
  }

  get #hasRoom(): boolean {
    return this.#queries.size < this.#options.maxInFlight;
  }

  #newQuery(question: Question, isProbe: boolean): Query {
    const query: Query = { question, isProbe, attempts: [], negative: undefined, deadlineMs: 0 };
    this.#queries.add(query);
    return query;
  }

  #send(query: Query, resolver: Resolver, letters: Letters): void {
    const { server } = resolver;
    const id = this.#freeId();
    const attempt: Attempt = {
      resolver,
      exchange: new DnsExchange({
        server,
        id,
        name: query.question.name,
        shared: letters === 'mixed' ? this.#sockets[server.family] : undefined,
        counts: this.#options.counts,
        concluded: (outcome) => this.#concluded(query, attempt, outcome),
      }),
    };
    if (letters === 'mixed') this.#mixed.set(id, attempt.exchange);
    query.attempts.push(attempt);
    this.#wait(query);
    attempt.exchange.send();
  }

  #freeId(): number {
    let id = randomInt(0x1_0000);
    while (this.#mixed.has(id)) id = (id + 1) & 0xffff;
    return id;
  }

  #wait(query: Query): void {
    query.deadlineMs = this.#nowMs + this.#options.timeoutMs;
  }

  #received(message: Buffer, sender: RemoteInfo): void {
    const exchange = message.length >= 2 ? this.#mixed.get(message.readUInt16BE(0)) : undefined;
    if (exchange) exchange.received(message, sender);
    else this.#options.counts.answersForeign++;
  }

  #concluded(query: Query, attempt: Attempt, outcome: ExchangeOutcome): void {
    if (outcome.kind !== 'unreachable') answered(attempt.resolver);
    switch (outcome.kind) {
      case 'over-tcp':
        this.#askOverTcp(query, attempt);
        break;
      case 'changed-question':
        if (attempt.exchange.letters === 'plain') this.#askOverTcp(query, attempt);
        else if (isLatest(query, attempt)) this.#send(query, attempt.resolver, 'plain');
        break;
      case 'unreachable':
        if (outcome.error.code !== 'ECONNREFUSED') this.#cannotSend(outcome.error);
        if (isLatest(query, attempt)) this.#unanswered(query, attempt, reasonOf(outcome.error));
        break;
      case 'failure':
        if (isLatest(query, attempt)) this.#failed(query, attempt, outcome);
        break;
      case 'nxdomain':
      case 'nameless':
        this.#foundNone(query, attempt, outcome);
        break;
      default:
        this.#finish(query, attempt, outcome);
    }
  }

  #askOverTcp(query: Query, { exchange }: Attempt): void {
    this.#wait(query);
    exchange.askOverTcp();
  }

  #foundNone(query: Query, attempt: Attempt, outcome: DnsAnswer): void {
    const { resolver, exchange } = attempt;
    // A server that forwards what it does not know may know local names itself, and in plain letters only.
    const isBelieved = resolver.knowsMixed && query.question.scope !== 'local';
    if (exchange.letters === 'plain' || isBelieved) {
      this.#finish(query, attempt, outcome);
      return;
    }
    query.negative = outcome;
    if (isLatest(query, attempt)) this.#send(query, resolver, 'plain');
  }

  /** The server said that it cannot tell: it will not be able to the second time either, unless it was the letters. */
  #failed(query: Query, attempt: Attempt, failure: DnsAnswer): void {
    const next = this.#resolvers.pick(serversOf(query));
    if (mayBeLetters(attempt)) this.#send(query, attempt.resolver, 'plain');
    else if (query.negative || query.isProbe || !next)
      this.#finish(query, attempt, query.negative ?? failure);
    else this.#send(query, next, takeLetters(next));
  }

  #timedOut(query: Query): void {
    const attempt = query.attempts.at(-1)!;
    const { exchange, resolver } = attempt;
    const seconds = this.#options.timeoutMs / 1_000;
    this.#options.counts.timeouts++;
    if (exchange.overTcp) {
      exchange.close();
      this.#failed(query, attempt, {
        kind: 'failure',
        reason: `no whole answer over TCP within ${seconds} s`,
      });
    } else if (mayBeLetters(attempt)) {
      // With the first datagram once more beside it: if that was lost, its answer comes first and shows no difference.
      exchange.send();
      this.#send(query, resolver, 'plain');
    } else {
      this.#unanswered(query, attempt, `silent for ${seconds} s`);
    }
  }

  #unanswered(query: Query, attempt: Attempt, reason: string): void {
    const { server } = attempt.resolver;
    if (query.negative) {
      this.#finish(query, attempt, query.negative);
      return;
    }
    if (leftUnanswered(attempt.resolver, this.#nowMs)) {
      this.#options.log.limited(
        `dns-silent ${server.key}`,
        `DNS server ${server.address} port ${server.port} does not answer; addresses stand in place of names it would give`,
      );
    }
    const next = this.#nextAfterSilence(query);
    if (next) this.#send(query, next, takeLetters(next));
    else this.#finish(query, attempt, { kind: 'silence', reason });
  }

  /** Where there is no other server, one that was asked once is asked again: the datagram may have been lost. */
  #nextAfterSilence(query: Query): Resolver | undefined {
    if (query.isProbe) return undefined;
    const other = this.#resolvers.pick(serversOf(query));
    return other ?? (query.attempts.length === 1 ? this.#resolvers.pick() : undefined);
  }

  #cannotSend(error: Error): void {
    this.#options.counts.socketErrors++;
    this.#options.log.limited('dns-socket', `a DNS question cannot be sent: ${error.message}`);
  }

  #finish(query: Query, attempt: Attempt, outcome: DnsOutcome): void {
    this.#end(query);
    if (query.isProbe) return;
    learnLetters(query, attempt, outcome);
    this.#options.answered(query.question.token, outcome);
  }

  #end(query: Query): void {
    this.#queries.delete(query);
    for (const { exchange } of query.attempts) {
      exchange.close();
      if (this.#mixed.get(exchange.id) === exchange) this.#mixed.delete(exchange.id);
    }
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code ?? message;
}
