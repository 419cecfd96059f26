/**
 * Which DNS servers answer. One that keeps silent is left alone, except for a probe now and then, so that a dead server
 * is not hammered and its questions go to another, or wait.
 */
import type { DnsServer } from './dns-servers.js';

/** So many questions in a row without any answer from a server, and it counts as silent. */
const silentAfter = 10;
const firstProbeMs = 1_000;
const maxProbeMs = 60_000;

export interface Resolver {
  readonly server: DnsServer;
  /** Questions in a row that it has not answered. */
  unanswered: number;
  /** While it is silent: when to probe it next, and how long to wait after that. */
  probeAtMs: number;
  probeEveryMs: number;
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

  /** The server for a question's first (0), second (1) … attempt: the next in the user's order, and around. */
  pick(attempt: number): Resolver | undefined {
    const answering = this.#all.filter((resolver) => !isSilent(resolver));
    return answering[attempt % answering.length];
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

  answered(resolver: Resolver): void {
    resolver.unanswered = 0;
    resolver.probeEveryMs = firstProbeMs;
  }

  /** Returns true where the server counts as silent. */
  timedOut(resolver: Resolver, nowMs: number): boolean {
    resolver.unanswered++;
    if (resolver.unanswered === silentAfter) resolver.probeAtMs = nowMs + firstProbeMs;
    return isSilent(resolver);
  }
}

function newResolver(server: DnsServer): Resolver {
  return { server, unanswered: 0, probeAtMs: 0, probeEveryMs: firstProbeMs };
}

function isSilent(resolver: Resolver): boolean {
  return resolver.unanswered >= silentAfter;
}
