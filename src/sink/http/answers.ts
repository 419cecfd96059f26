/** What the answer of an HTTP reader means for the records of a request, in all dialects. RFC 9110, 15. */
import { connectionFailure } from '../connection.js';
import { printable } from '../printable.js';
import type { RecordRun } from '../record-run.js';
import { type Answer, type Retry, sentAnswer } from '../transport.js';
import type { Dialect } from './dialect.js';
import { type Answered, OutOfBounds, type Unanswered } from './exchange.js';

export interface AnswerFacts {
  readonly dialect: Pick<Dialect, 'accepted' | 'refused' | 'url'>;
  /** Where the key is from, or how to give one: "DD_API_KEY". */
  readonly keyPlace: string;
  /** Milliseconds since the epoch, for the dates of Retry-After. */
  readonly wallMs: () => number;
}

/** The longest Retry-After that is honoured. */
const longestRetryAfterMs = 3_600_000;

const tryLater: readonly number[] = [408, 425, 429];
/** This status says that nothing was done; a proxy's 502 and 504 come after it has passed the request on. */
const unavailable = 503;
/** The address is wrong, not the records: they wait until it is put right at either end. */
const noSuchPlace: readonly number[] = [404, 405];

export function answerOf(answered: Answered, run: RecordRun, facts: AnswerFacts): Answer {
  const { status, body } = answered;
  const { dialect } = facts;
  if (status >= 200 && status < 300) return dialect.accepted?.(body, run) ?? sentAnswer;
  return dialect.refused?.(status, body, run) ?? usualAnswer(answered, facts);
}

/** What a status other than 200 to 299 means by itself. */
export function usualAnswer({ status, headers, body }: Answered, facts: AnswerFacts): Answer {
  const said = withReason(status, body);
  if (status >= 300 && status < 400) return retry(redirection(status, headers.location, facts.dialect.url));
  if (status === 401 || status === 403)
    return retry(`${said}; the reader does not take the key: check ${facts.keyPlace}`);
  if (noSuchPlace.includes(status))
    return retry(`${said}; the reader takes no records at ${facts.dialect.url.pathname}: check the address`);
  if (tryLater.includes(status) || status >= 500)
    return {
      ...retry(said),
      ...retryAfter(headers['retry-after'], facts.wallMs()),
      ...(status >= 500 && status !== unavailable ? { mayHaveArrived: true } : {}),
    };
  if (status === 413) return { kind: 'split', why: said };
  return { kind: 'drop', reason: 'rejected', why: said };
}

export function answerOfSilence({ error, wasConnected, wasStale }: Unanswered): Retry {
  const failure =
    error instanceof OutOfBounds
      ? ({ why: error.message, absence: 'unreachable' } as const)
      : connectionFailure(error);
  return {
    kind: 'retry',
    ...failure,
    mayHaveArrived: wasConnected,
    isUntried: !wasConnected,
    atOnce: wasStale,
  };
}

const retry = (why: string): Retry => ({ kind: 'retry', why, absence: 'refused' });

function withReason(status: number, body: string): string {
  const reason = printable(body);
  return reason === '' ? `HTTP ${status}` : `HTTP ${status}: ${reason}`;
}

function redirection(status: number, location: string | undefined, url: URL): string {
  const target =
    location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  if (target === undefined) return `HTTP ${status}: the reader is elsewhere, and does not say where`;
  const shown = printable(`${target.protocol}//${target.host}${target.pathname}`);
  return `HTTP ${status}: the reader has moved to ${shown}, and redirections are not followed; write that address`;
}

/** Seconds or a date (RFC 9110, 10.2.3); anything else is ignored. */
function retryAfter(text: string | undefined, wallMs: number): Pick<Retry, 'afterMs'> {
  if (text === undefined) return {};
  const ms = /^[0-9]+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - wallMs;
  return ms > 0 ? { afterMs: Math.min(ms, longestRetryAfterMs) } : {};
}
