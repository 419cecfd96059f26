/**
 * What is known of each DNS server: whether it answers, and in which letters it is to be asked. One that keeps silent is
 * left alone, except for a probe now and then, so that a dead server is not hammered and its questions go to another, or
 * wait.
 */
import type { DnsServer } from './dns-servers.js';

/** A server that leaves this many questions in a row unanswered counts as silent. */
const silentAfter = 10;
const firstProbeMs = 1_000;
const maxProbeMs = 60_000;
/** resolv.conf(5): MAXNS. One question goes to this many servers at most. */
const maxTurns = 3;
/**
 * How many questions a server that needs plain letters is asked before mixed ones are tried again. That it needs them may
 * have been a mistake, during an outage or by a forger, and must not last.
 */
const plainQuestions = 1_000;

export interface Resolver {
  readonly server: DnsServer;
  /** Questions in a row that it has not answered. */
  unanswered: number;
  /** While it is silent: when to probe it next, and how long to wait after that. */
  probeAtMs: number;
  probeEveryMs: number;
  /** How many more questions are asked in plain letters. */
  plainLeft: number;
  /** Whether it has named a public address asked for in mixed letters: then the letters are not why it fails. */
  knowsMixed: boolean;
}

export class Resolvers {
  #all: Resolver[] = [];

  /** Servers that stay keep what is known of them. */
  replace(servers: readonly DnsServer[]): void {
    this.#all = servers.map(
      (server) =>
        this.#all.find(
          (known) => known.server.key === server.key && known.server.address === server.address,
        ) ?? newResolver(server),
    );
  }

  get anyAnswers(): boolean {
    return this.#all.some((resolver) => !isSilent(resolver));
  }

  /** Whose turn it is with a question: the first in the user's order that answers and is not among `had`. */
  pick(had: ReadonlySet<Resolver> = new Set()): Resolver | undefined {
    if (had.size >= maxTurns) return undefined;
    return this.#all.find((resolver) => !isSilent(resolver) && !had.has(resolver));
  }

  /** A silent server whose time for a probe has come. The next comes after twice the time. */
  takeProbe(nowMs: number): Resolver | undefined {
    const resolver = this.#all.find((candidate) => isSilent(candidate) && nowMs >= candidate.probeAtMs);
    if (resolver) {
      resolver.probeAtMs = nowMs + resolver.probeEveryMs;
      resolver.probeEveryMs = Math.min(resolver.probeEveryMs * 2, maxProbeMs);
    }
    return resolver;
  }
}

export function answered(resolver: Resolver): void {
  resolver.unanswered = 0;
  resolver.probeEveryMs = firstProbeMs;
}

/** Returns true where the server counts as silent. */
export function leftUnanswered(resolver: Resolver, nowMs: number): boolean {
  resolver.unanswered++;
  if (resolver.unanswered === silentAfter) resolver.probeAtMs = nowMs + firstProbeMs;
  return isSilent(resolver);
}

/** In which letters it is asked next. */
export function takeLetters(resolver: Resolver): 'mixed' | 'plain' {
  if (resolver.plainLeft === 0) return 'mixed';
  resolver.plainLeft--;
  return 'plain';
}

/** It answered plain letters with what it had not given to mixed ones. */
export function needsPlain(resolver: Resolver): void {
  resolver.plainLeft = plainQuestions;
  resolver.knowsMixed = false;
}

function newResolver(server: DnsServer): Resolver {
  return {
    server,
    unanswered: 0,
    probeAtMs: 0,
    probeEveryMs: firstProbeMs,
    plainLeft: 0,
    knowsMixed: false,
  };
}

function isSilent(resolver: Resolver): boolean {
  return resolver.unanswered >= silentAfter;
}
