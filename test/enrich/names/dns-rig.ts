/** Reverse DNS against scripted servers on loopback, with a clock that a test can put forward. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import type { TestContext } from 'node:test';
import {
  openReverseDns,
  type ReverseDns,
  type ReverseDnsLimits,
} from '../../../src/enrich/names/reverse-dns.js';
import { hosts } from '../flow-records.js';
import {
  type DnsScript,
  pointer,
  type Question,
  replyTo,
  type ScriptedDnsServer,
  startDnsServer,
} from './scripted-dns-server.js';

/** How long a test waits for answers that should come. */
export const patienceMs = 15_000;

export interface DnsRig {
  /** What was logged: subject and text. */
  readonly lines: string[];
  now(): number;
  /** Puts the clock forward. */
  passMs(ms: number): void;
  serve(script: DnsScript): Promise<ScriptedDnsServer>;
  open(
    addresses: readonly string[],
    limits?: Partial<ReverseDnsLimits>,
    namesFor?: 'all' | 'public',
  ): ReverseDns;
  settle(names: ReverseDns): Promise<void>;
  /** Asks for two addresses that are not known yet, waits for the answers, and returns what the next record gets. */
  hostsNextWindow(names: ReverseDns, source: string, target: string): Promise<[string | null, string | null]>;
}

/** All that it opens is closed after the test. */
export function createDnsRig(context: TestContext): DnsRig {
  let skewMs = 0;
  const lines: string[] = [];
  const now = () => performance.now() + skewMs;
  const log = { limited: (subject: string, text: string) => void lines.push(`${subject}: ${text}`) };
  const settle = (names: ReverseDns) => names.settle(now() + patienceMs);
  return {
    lines,
    now,
    settle,
    passMs(ms) {
      skewMs += ms;
    },
    async serve(script) {
      const server = await startDnsServer(script);
      context.after(() => server.close());
      return server;
    },
    open(addresses, limits = {}, namesFor = 'all') {
      const names = openReverseDns({ servers: addresses, namesFor, log, nowMs: now, limits });
      context.after(() => names.close());
      return names;
    },
    async hostsNextWindow(names, source, target) {
      assert.deepEqual(hosts(names, source, target), [null, null]);
      await settle(names);
      return hosts(names, source, target);
    },
  };
}

/** Answers every question with what `name` says; else with "host-" and the name's first label. */
export function named(
  name = (question: Question) => `host-${question.name.split('.')[0]?.toLowerCase()}.example`,
  ttl = 300,
): DnsScript {
  return {
    udp: (question, reply) =>
      reply(replyTo(question, { answers: [pointer(question.name, name(question), ttl)] })),
  };
}
