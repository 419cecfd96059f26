/**
 * Sends records to an HTTP reader: one request for each run, over one connection that is kept open. While one request is
 * on its way, the next run is framed and compressed. It goes out when the one before is settled, so the reader gets records
 * in order.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { tellEnds } from '../connection.js';
import type { RecordRun } from '../record-run.js';
import type { TlsSettings } from '../secrets.js';
import type { Answer, RunLimits, Transport, TransportEdges } from '../transport.js';
import { answerOf, answerOfSilence, usualAnswer } from './answers.js';
import { Compressor } from './compressor.js';
import type { Dialect } from './dialect.js';
import {
  type Answered,
  type ExchangeBounds,
  exchange,
  type HttpRequest,
  type Unanswered,
} from './exchange.js';

export interface HttpOptions extends TransportEdges {
  readonly dialect: Dialect;
  /** The headers that carry the key; empty without one. */
  readonly keyHeaders: Readonly<Record<string, string>>;
  /** Where the key is from, or how to give one. */
  readonly keyPlace: string;
  readonly tls: TlsSettings | undefined;
  readonly compress: 'gzip' | 'none';
  readonly version: string;
  readonly bounds?: Partial<ExchangeBounds>;
  /** How long an idle connection is kept. */
  readonly idleMs?: number;
  readonly wallMs?: () => number;
  /** How names become addresses; the system's way where it is left out. */
  readonly lookup?: LookupFunction;
}

const usualBounds: ExchangeBounds = { connectMs: 10_000, answerMs: 30_000, answerBytes: 1024 * 1024 };

/** Below the five seconds of Node's own server and of others, so that a connection is not used just as the reader closes it. */
const usualIdleMs = 4_000;

/** One on its way, and one being prepared. */
const runsUnderWay = 2;

/** Statuses that also say that the reader takes the key: only the request was empty. */
const probeTaken: readonly number[] = [400, 405];

export class HttpTransport implements Transport {
  readonly acknowledgedBy = 'reader';
  readonly limits: RunLimits;
  readonly #options: HttpOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: HttpAgent;
  readonly #bounds: ExchangeBounds;
  readonly #compressor: Compressor | undefined;
  readonly #end = new AbortController();
  /** The last body that is being made. */
  #made: Promise<unknown> = Promise.resolve();
  /** What becomes of the last run that is under way. */
  #last: Promise<Answer> | undefined;

  constructor(options: HttpOptions) {
    const { dialect } = options;
    this.#options = options;
    this.#headers = headersOf(options);
    this.#agent = agentOf(options);
    this.#bounds = { ...usualBounds, ...options.bounds };
    this.#compressor = options.compress === 'gzip' ? new Compressor() : undefined;
    this.limits = limitsOf(dialect);
  }

  /** What records are sent to. */
  get url(): URL {
    return this.#options.dialect.url;
  }

  send(run: RecordRun): Promise<Answer> {
    const answer = this.#sendAfter(this.#last, run);
    this.#last = answer;
    void answer.then(() => {
      if (this.#last === answer) this.#last = undefined;
    });
    return answer;
  }

  /** Asks the reader something that changes nothing, for the doctor: 'sent' where it would take records. */
  async probe(): Promise<Answer> {
    const { dialect } = this.#options;
    const { method, url, body } = dialect.probe ?? { method: 'HEAD', url: dialect.url };
    const outcome = await this.#ask(method, url, body === undefined ? undefined : Buffer.from(body));
    if (outcome.kind === 'unanswered') return answerOfSilence(outcome);
    const { status } = outcome;
    const isTaken = (status >= 200 && status < 300) || probeTaken.includes(status);
    return isTaken ? { kind: 'sent' } : usualAnswer(outcome, this.#facts);
  }

  async close(deadlineMs: number): Promise<void> {
    const timer = setTimeout(() => this.#end.abort(), Math.max(0, deadlineMs - this.#options.nowMs()));
    while (this.#last !== undefined) await this.#last;
    clearTimeout(timer);
    this.#end.abort();
    this.#agent.destroy();
    this.#compressor?.close();
  }

  async #sendAfter(before: Promise<Answer> | undefined, run: RecordRun): Promise<Answer> {
    // Wait for both: nothing may read the run's bytes once it is answered.
    const [previous, body] = await Promise.all([before, this.#bodyOf(run)]);
    if (previous !== undefined && !isDoneWith(previous))
      return { kind: 'retry', why: 'the records before were not taken', isUntried: true };
    const encoding = this.#compressor === undefined ? {} : { 'content-encoding': 'gzip' };
    const outcome = await this.#ask('POST', this.#options.dialect.url, body, encoding);
    return outcome.kind === 'answered' ? answerOf(outcome, run, this.#facts) : answerOfSilence(outcome);
  }

  /** Bodies are made one after the other: they share memory. */
  #bodyOf(run: RecordRun): Promise<Uint8Array> {
    const body = this.#made.then(() => this.#make(run));
    this.#made = body;
    return body;
  }

  async #make(run: RecordRun): Promise<Uint8Array> {
    const compressor = this.#compressor;
    const pieces = this.#options.dialect.body(run, compressor?.memory);
    if (compressor !== undefined) return compressor.compress(pieces);
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  async #ask(
    method: HttpRequest['method'],
    url: URL,
    body: Uint8Array | undefined,
    encoding: Readonly<Record<string, string>> = {},
  ): Promise<Answered | Unanswered> {
    const ofBody = body === undefined ? {} : { 'content-length': String(body.length) };
    const outcome = await exchange({
      url,
      method,
      body,
      headers: { ...this.#headers, ...encoding, ...ofBody },
      agent: this.#agent,
      bounds: this.#bounds,
      signal: this.#end.signal,
    });
    return outcome.kind === 'answered' ? withoutKey(outcome, this.#options.keyHeaders) : outcome;
  }

  get #facts() {
    const { dialect, keyPlace, wallMs = Date.now } = this.#options;
    return { dialect, keyPlace, wallMs };
  }
}

/** Shorter texts occur by chance. */
const shortestKey = 6;

/** Some readers repeat the key that they refuse, and what they say is shown. */
function withoutKey(answered: Answered, keyHeaders: HttpOptions['keyHeaders']): Answered {
  // "Bearer KEY", or "KEY".
  const keys = Object.values(keyHeaders).map((value) => value.replace(/^\S+ /, ''));
  const body = keys
    .filter(({ length }) => length >= shortestKey)
    .reduce((text, key) => text.replaceAll(key, '(the key)'), answered.body);
  return { ...answered, body };
}

/** Whether nothing of a run is sent again. */
const isDoneWith = (answer: Answer): boolean =>
  answer.kind === 'sent' || answer.kind === 'drop' || (answer.kind === 'each' && answer.again.length === 0);

function limitsOf({ limits, overhead }: Dialect): RunLimits {
  const bytes = limits.bytes - overhead.request - limits.records * overhead.record;
  return {
    records: limits.records,
    bytes,
    recordBytes: Math.min(limits.recordBytes, bytes),
    runsUnderWay,
    bytesUnderWay: runsUnderWay * bytes,
  };
}

function headersOf({ dialect, keyHeaders, version }: HttpOptions): Record<string, string> {
  return {
    'user-agent': `pcap-agg/${version}`,
    'content-type': dialect.contentType,
    'accept-encoding': 'identity',
    ...keyHeaders,
  };
}

/** One connection, whose ends are told as it is made; the name is looked up for each. */
function agentOf({ dialect, tls, idleMs = usualIdleMs, lookup, connects }: HttpOptions): HttpAgent {
  const kept = { keepAlive: true, maxSockets: 1, timeout: idleMs, autoSelectFamily: true, lookup };
  const agent = dialect.url.protocol === 'https:' ? new HttpsAgent({ ...kept, ...tls }) : new HttpAgent(kept);
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (...given: Parameters<typeof create>) => {
    const socket = create(...given);
    tellEnds(socket as Socket, connects);
    return socket;
  };
  return agent;
}
