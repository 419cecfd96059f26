/**
 * Host names by reverse DNS. A record gets the name that is known when it is written, and never waits: an address that
 * is not known yet is asked for in the background, and its name shows in a later window.
 *
 * How long an answer is used: as long as its TTL says, but at least `minTtlMs`, so that a name with a TTL shorter than a
 * window is ever shown, and at most `maxTtlMs`. A name that has expired is not shown. One that is in use is asked for
 * again in the last part of its life, so that it does not go away for a window each time.
 */
import type { Log } from '../../host/log.js';
import { ipv4MappedWord2, isIPv4Mapped } from '../../packet/address.js';
import { type FlowRecord, noSuchName } from '../../record/record.js';
import type { Enricher } from '../enricher.js';
import { scopeOf } from './address-scope.js';
import { type DnsClientCounts, newDnsClientCounts } from './dns-client.js';
import type { DnsAnswer } from './dns-message.js';
import type { DnsOutcome, Question } from './dns-query.js';
import { parseDnsServer, systemResolvConf } from './dns-servers.js';
import { NameCache } from './name-cache.js';
import { NameQuestions } from './name-questions.js';
import { reverseNameIPv4, reverseNameIPv6 } from './reverse-name.js';

export interface ReverseDnsOptions {
  /** Servers to ask as the user names them: "ADDRESS", "ADDRESS:PORT", "[IPv6]:PORT". Empty: the system's. */
  readonly servers: readonly string[];
  /** 'public' leaves out addresses that only the local network can know. */
  readonly namesFor: 'all' | 'public';
  readonly log: Pick<Log, 'limited'>;
  /** A steady clock in milliseconds. */
  readonly nowMs: () => number;
  readonly resolvConf?: string;
  readonly limits?: Partial<ReverseDnsLimits>;
}

export interface ReverseDnsLimits {
  /** Addresses that are remembered, at about 60 bytes each, and their names. */
  readonly maxNames: number;
  /** Addresses that wait to be asked for; at most half of `maxNames`. */
  readonly maxQueued: number;
  readonly maxInFlight: number;
  /** Most questions are one datagram; one that gets no answer, or no name, is repeated. */
  readonly questionsPerSecond: number;
  /** Time for an answer, for each attempt. */
  readonly timeoutMs: number;
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  /** For NXDOMAIN and addresses without a name; RFC 2308, 5 finds one to three hours sensible. */
  readonly maxNegativeTtlMs: number;
  /** How long an address is left alone after no server could tell its name. */
  readonly failureMs: number;
}

export const reverseDnsDefaults: ReverseDnsLimits = {
  maxNames: 131_072,
  maxQueued: 16_384,
  maxInFlight: 100,
  questionsPerSecond: 1_000,
  timeoutMs: 2_000,
  minTtlMs: 60_000,
  maxTtlMs: 86_400_000,
  maxNegativeTtlMs: 10_800_000,
  failureMs: 30_000,
};

export type ReverseDnsCounts = DnsClientCounts & {
  /** Addresses that were asked for, each as often as its name was renewed. */
  asked: number;
  /** Of these, addresses that got a name, NXDOMAIN, or neither. */
  names: number;
  nxdomains: number;
  nameless: number;
  /** Of the nameless, those whose name is not fit to be shown. */
  unfitNames: number;
  /** Addresses that no server could tell the name of, or not in time. */
  failures: number;
  /** Addresses that were not asked for because the queue was full. */
  notQueued: number;
  /** Addresses that made room for others in the cache. */
  evicted: number;
};

export interface ReverseDns extends Enricher {
  readonly counts: Readonly<ReverseDnsCounts>;
  /** Addresses whose names are being asked for. */
  readonly pending: number;
  /** Resolves when no question waits or is under way, at the latest at `deadlineMs` (same clock as `nowMs`), or on close. */
  settle(deadlineMs: number): Promise<void>;
}

/** A name in use is asked for again in the last half of its life, but at the earliest this long before it ends. */
const refreshAheadMs = 60_000;

/** Throws an EnrichError where a server is not an address. Opens its socket with the first question. */
export function openReverseDns(options: ReverseDnsOptions): ReverseDns {
  const names = new ReverseDnsEnricher(options);
  names.open();
  return names;
}

class ReverseDnsEnricher implements ReverseDns {
  readonly counts: ReverseDnsCounts = {
    ...{ asked: 0, names: 0, nxdomains: 0, nameless: 0, unfitNames: 0, failures: 0 },
    ...{ notQueued: 0, evicted: 0 },
    ...newDnsClientCounts(),
  };
  readonly #limits: ReverseDnsLimits;
  readonly #nowMs: () => number;
  readonly #publicOnly: boolean;
  readonly #cache: NameCache;
  readonly #questions: NameQuestions;

  constructor(options: ReverseDnsOptions) {
    this.#limits = { ...reverseDnsDefaults, ...options.limits };
    this.#nowMs = options.nowMs;
    this.#publicOnly = options.namesFor === 'public';
    this.#cache = new NameCache(this.#limits.maxNames);
    this.#questions = new NameQuestions({
      ...this.#limits,
      // Rows that wait are never freed, so some must be left that can be.
      maxQueued: Math.min(this.#limits.maxQueued, this.#limits.maxNames >> 1),
      servers: options.servers.map(parseDnsServer),
      resolvConf: options.resolvConf ?? systemResolvConf,
      nowMs: this.#nowMs,
      counts: this.counts,
      log: options.log,
      questionOf: (row) => this.#questionOf(row),
      answered: (row, outcome) => this.#answered(row, outcome),
    });
  }

  open(): void {
    this.#questions.open();
  }

  get inWords(): string {
    const { asked, names, nxdomains, nameless, failures, notQueued } = this.counts;
    const more = notQueued > 0 ? `, ${notQueued} not asked because too many were` : '';
    return `names: ${asked} asked, ${names} answered, ${nxdomains + nameless} without a name, ${failures} no answer${more}`;
  }

  get pending(): number {
    return this.#questions.pending;
  }

  enrich(record: FlowRecord): void {
    record.sourcePtr = null;
    record.targetPtr = null;
    if (record.rest) return;
    const nowMs = this.#nowMs();
    const { key } = record;
    const hasSource = record.sourceFold === null;
    const hasTarget = record.targetFold === null;
    if (key.family === 4) {
      if (hasSource) record.sourcePtr = this.#nameOf(0, 0, ipv4MappedWord2, key.source0, nowMs);
      if (hasTarget) record.targetPtr = this.#nameOf(0, 0, ipv4MappedWord2, key.target0, nowMs);
      return;
    }
    // Mapped addresses are the cache's notation for IPv4, and not addresses of hosts when they stand in IPv6 packets.
    if (hasSource && !isIPv4Mapped(key.source0, key.source1, key.source2)) {
      record.sourcePtr = this.#nameOf(key.source0, key.source1, key.source2, key.source3, nowMs);
    }
    if (hasTarget && !isIPv4Mapped(key.target0, key.target1, key.target2)) {
      record.targetPtr = this.#nameOf(key.target0, key.target1, key.target2, key.target3, nowMs);
    }
  }

  settle(deadlineMs: number): Promise<void> {
    return this.#questions.settle(deadlineMs);
  }

  close(): void {
    this.#questions.close();
  }

  #nameOf(word0: number, word1: number, word2: number, word3: number, nowMs: number): string | null {
    const cache = this.#cache;
    const row = cache.find(word0, word1, word2, word3);
    if (row < 0) {
      this.#askNew(word0, word1, word2, word3);
      return null;
    }
    if (nowMs >= cache.refreshMs[row]! && cache.waiting[row] === 0) {
      if (this.#questions.hasRoomForKnown) this.#ask(row);
      else this.counts.notQueued++;
    }
    return nowMs < cache.expiresMs[row]! ? cache.names[row]! : null;
  }

  #askNew(word0: number, word1: number, word2: number, word3: number): void {
    const scope = scopeOf(word0, word1, word2, word3);
    if (scope === 'none' || (this.#publicOnly && scope === 'local')) return;
    const row = this.#questions.hasRoomForNew ? this.#cache.add(word0, word1, word2, word3) : -1;
    this.counts.evicted = this.#cache.evicted;
    if (row >= 0) this.#ask(row);
    else this.counts.notQueued++;
  }

  #ask(row: number): void {
    this.counts.asked++;
    this.#cache.waiting[row] = 1;
    this.#questions.ask(row);
  }

  #questionOf(row: number): Question {
    const [word0, word1, word2, word3] = this.#cache.words(row) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return {
      token: row,
      name: reverseNameOf(word0, word1, word2, word3),
      scope: scopeOf(word0, word1, word2, word3),
    };
  }

  #answered(row: number, answer: DnsOutcome): void {
    const cache = this.#cache;
    const nowMs = this.#nowMs();
    cache.waiting[row] = 0;
    if (answer.kind === 'failure' || answer.kind === 'silence') {
      this.counts.failures++;
      // A name that is still valid stays; the address is left alone for a while either way.
      cache.refreshMs[row] = nowMs + this.#limits.failureMs;
      return;
    }
    cache.names[row] = this.#countedName(answer);
    const lifeMs = this.#lifeMs(answer);
    cache.expiresMs[row] = nowMs + lifeMs;
    cache.refreshMs[row] = nowMs + lifeMs - Math.min(lifeMs / 2, refreshAheadMs);
  }

  #countedName(answer: Exclude<DnsAnswer, { kind: 'failure' }>): string | null {
    if (answer.kind === 'name') {
      this.counts.names++;
      return answer.name;
    }
    if (answer.kind === 'nxdomain') {
      this.counts.nxdomains++;
      return noSuchName;
    }
    this.counts.nameless++;
    if (answer.kind === 'unfit') this.counts.unfitNames++;
    return null;
  }

  #lifeMs(answer: Exclude<DnsAnswer, { kind: 'failure' }>): number {
    const { minTtlMs, maxTtlMs, maxNegativeTtlMs } = this.#limits;
    const maxMs = answer.kind === 'name' ? maxTtlMs : maxNegativeTtlMs;
    return Math.max(minTtlMs, Math.min((answer.ttlSeconds ?? 0) * 1_000, maxMs));
  }
}

function reverseNameOf(word0: number, word1: number, word2: number, word3: number): string {
  return isIPv4Mapped(word0, word1, word2)
    ? reverseNameIPv4(word3)
    : reverseNameIPv6(word0, word1, word2, word3);
}
