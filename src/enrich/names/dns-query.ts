/** A question that is under way, and what its outcome tells of the letters that servers know. */
import type { AddressScope } from './address-scope.js';
import type { DnsExchange } from './dns-exchange.js';
import type { DnsAnswer } from './dns-message.js';
import { needsPlain, type Resolver } from './resolvers.js';

export interface Question {
  /** The caller's; comes back with the outcome. */
  readonly token: number;
  /** What to ask the PTR records of, in lower case. */
  readonly name: string;
  /** Of the address that it stands for. */
  readonly scope: AddressScope;
}

/** What becomes of a question. 'silence': no server answered; `reason` is the last one's. */
export type DnsOutcome = DnsAnswer | { readonly kind: 'silence'; readonly reason: string };

export interface Attempt {
  readonly resolver: Resolver;
  readonly exchange: DnsExchange;
}

export interface Query {
  readonly question: Question;
  readonly isProbe: boolean;
  /** The latest last. */
  readonly attempts: Attempt[];
  /** What mixed letters found, while plain ones are tried: that there is no name. */
  negative: DnsAnswer | undefined;
  deadlineMs: number;
}

export function isLatest({ attempts }: Query, attempt: Attempt): boolean {
  return attempt === attempts.at(-1);
}

/** The servers that had their turn with it. */
export function serversOf({ attempts }: Query): ReadonlySet<Resolver> {
  return new Set(attempts.map(({ resolver }) => resolver));
}

/** Whether a server that fails or keeps silent may do so for the sake of the question's letters. */
export function mayBeLetters({ exchange, resolver }: Attempt): boolean {
  return exchange.letters === 'mixed' && !resolver.knowsMixed;
}

/** Remembers what the outcome of an attempt tells of the letters that its server knows. */
export function learnLetters(query: Query, { resolver, exchange }: Attempt, outcome: DnsOutcome): void {
  const isNamed = outcome.kind === 'name' || outcome.kind === 'unfit';
  if (exchange.letters === 'mixed') {
    if (isNamed && query.question.scope === 'public') resolver.knowsMixed = true;
    return;
  }
  const isAnswered = outcome.kind !== 'failure' && outcome.kind !== 'silence';
  const wasMixed = query.attempts.some(
    (earlier) => earlier.resolver === resolver && earlier.exchange.letters === 'mixed',
  );
  if (wasMixed && (query.negative ? isNamed : isAnswered)) needsPlain(resolver);
}
