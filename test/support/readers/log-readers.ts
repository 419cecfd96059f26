/**
 * Readers of logs as their documentation has them, for a run of the program: strict about what they are sent, each with the habits
 * of its kind, and with all that they keep. They stand in for Elasticsearch, OpenTelemetry's Collector, Splunk and Loki.
 */
import assert from 'node:assert/strict';
import { readNumberedRecord } from '../../../src/verify/numbered-record.js';
import type { ReaderAnswer, ReaderRequest, ReaderScript } from './http-reader.js';

/** What goes wrong with it. Nothing does where it is left out. */
export interface Habits {
  /** Asked for each record, by its number and how often it came before. */
  readonly fate?: (sequence: number, tries: number) => 'take' | 'busy' | 'refuse';
  /** In place of reading a request; `position` of them came before. */
  readonly trouble?: (position: number, request: ReaderRequest) => ReaderAnswer | undefined;
  /** Whether it takes that request, and ends the connection in place of answering. */
  readonly losesAnswer?: (position: number) => boolean;
}

export interface LogReader {
  /** The --to of it, at a port of 127.0.0.1. */
  readonly to: (port: number) => string;
  readonly environment: Readonly<Record<string, string>>;
  readonly script: ReaderScript;
  /** The records that it keeps, as they came. */
  readonly lines: () => readonly string[];
}

interface Kind {
  readonly to: LogReader['to'];
  readonly environment: LogReader['environment'];
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  /** Throws where the request is none of this kind. */
  readonly read: (text: string, decide: Decide, kept: Map<string, string>) => ReaderAnswer;
}

type Decide = (line: string) => 'take' | 'busy' | 'refuse';

function reader(kind: Kind, { fate = () => 'take', trouble, losesAnswer }: Habits): LogReader {
  const kept = new Map<string, string>();
  const tries = new Map<number, number>();
  const decide: Decide = (line) => {
    const { sequence } = readNumberedRecord(line) ?? assert.fail(`no numbered record: ${line}`);
    const count = tries.get(sequence) ?? 0;
    tries.set(sequence, count + 1);
    return fate(sequence, count);
  };
  return {
    to: kind.to,
    environment: kind.environment,
    lines: () => [...kept.values()],
    script: (request, position) => {
      const problem = trouble?.(position, request);
      if (problem !== undefined) return problem;
      checkRequest(request, kind);
      const answer = kind.read(request.text, decide, kept);
      return losesAnswer?.(position) ? { ...answer, fault: 'break' } : answer;
    },
  };
}

function checkRequest(request: ReaderRequest, { path, headers }: Kind): void {
  assert.equal(`${request.method} ${request.path}`, `POST ${path}`);
  for (const [name, value] of Object.entries(headers)) assert.equal(request.headers[name], value, name);
}

const answerOf = (status: number, json: object): ReaderAnswer => ({ status, body: JSON.stringify(json) });

/** Keeps a record once by its `_id`, and answers for each. */
export function elasticsearchReader(habits: Habits = {}): LogReader {
  const stream = 'logs-pcap_agg.flow-default';
  const read: Kind['read'] = (text, decide, kept) => {
    const lines = text.split('\n');
    assert.equal(lines.pop(), '', 'the body of a bulk request ends with a newline');
    const items: object[] = [];
    for (let i = 0; i < lines.length; i += 2) {
      const { create } = JSON.parse(lines[i]!) as { readonly create: { readonly _id: string } };
      const record = lines[i + 1]!;
      assert.ok(create._id.length > 0 && create._id.length <= 512);
      const { '@timestamp': time } = JSON.parse(record) as { readonly '@timestamp': string };
      assert.ok(Date.parse(time) > 0, 'a data stream wants @timestamp');
      items.push({ create: itemOf(create._id, record, decide(record), kept) });
    }
    const errors = items.some((item) => JSON.stringify(item).includes('error'));
    return answerOf(200, { errors, items });
  };
  return reader(
    {
      to: (port) => `elasticsearch+http://127.0.0.1:${port}/${stream}`,
      environment: { ELASTICSEARCH_API_KEY: 'aWQ6a2V5' },
      headers: { authorization: 'ApiKey aWQ6a2V5', 'content-type': 'application/x-ndjson' },
      path: `/${stream}/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason`,
      read,
    },
    habits,
  );
}

function itemOf(id: string, record: string, fate: ReturnType<Decide>, kept: Map<string, string>): object {
  const failure = (status: number, type: string) => ({ status, error: { type, reason: `[${id}]: ${type}` } });
  if (kept.has(id)) return failure(409, 'version_conflict_engine_exception');
  if (fate === 'busy') return failure(429, 'es_rejected_execution_exception');
  if (fate === 'refuse') return failure(400, 'document_parsing_exception');
  kept.set(id, record);
  return { status: 201 };
}

/** Keeps whatever comes, also twice; says how many it refused, and is busy for all or none. */
export function otlpReader(habits: Habits = {}): LogReader {
  const read: Kind['read'] = (text, decide, kept) => {
    const { resourceLogs } = JSON.parse(text) as {
      readonly resourceLogs: readonly [{ readonly scopeLogs: readonly [{ readonly logRecords: object[] }] }];
    };
    const lines = resourceLogs[0].scopeLogs[0].logRecords.map((record) => JSON.stringify(record));
    const fates = lines.map(decide);
    if (fates.includes('busy'))
      return answerOf(503, { code: 14, message: 'data refused due to high memory usage' });
    const taken = lines.filter((_, i) => fates[i] === 'take');
    for (const line of taken) kept.set(`${kept.size}`, line);
    const rejectedLogRecords = String(lines.length - taken.length);
    return answerOf(200, rejectedLogRecords === '0' ? {} : { partialSuccess: { rejectedLogRecords } });
  };
  return reader(
    {
      to: (port) => `otlp+http://127.0.0.1:${port}`,
      environment: { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=k%20ey,x-tenant=t' },
      headers: { 'api-key': 'k ey', 'x-tenant': 't', 'content-type': 'application/json' },
      path: '/v1/logs',
      read,
    },
    habits,
  );
}

/** Keeps whatever comes, also twice, and stops at the first that it does not take: those before it are kept. */
export function splunkReader(habits: Habits = {}): LogReader {
  const read: Kind['read'] = (text, decide, kept) => {
    const events = text.split('\n').filter((line) => line !== '');
    for (const [position, event] of events.entries()) {
      const { time, host, event: record } = JSON.parse(event) as Readonly<Record<string, unknown>>;
      assert.ok(typeof time === 'number' && time > 1e9 && typeof host === 'string' && host !== '');
      const line = JSON.stringify(record);
      const fate = decide(line);
      const stop = { 'invalid-event-number': position };
      if (fate === 'busy') return answerOf(503, { text: 'Server is busy', code: 9, ...stop });
      if (fate === 'refuse') return answerOf(400, { text: 'Invalid data format', code: 6, ...stop });
      kept.set(`${kept.size}`, line);
    }
    return answerOf(200, { text: 'Success', code: 0 });
  };
  return reader(
    {
      to: (port) => `splunk+http://127.0.0.1:${port}`,
      environment: { SPLUNK_HEC_TOKEN: '00000000-1111' },
      headers: { authorization: 'Splunk 00000000-1111' },
      path: '/services/collector/event',
      read,
    },
    habits,
  );
}

/** Keeps one of equal lines of one time; takes a request as a whole or not at all. */
export function lokiReader(habits: Habits = {}): LogReader {
  const read: Kind['read'] = (text, decide, kept) => {
    const { streams } = JSON.parse(text) as {
      readonly streams: readonly {
        readonly stream: Readonly<Record<string, string>>;
        readonly values: readonly (readonly [string, string])[];
      }[];
    };
    const entries = streams.flatMap(({ stream, values }) => {
      assert.deepEqual(Object.keys(stream), ['job', 'host']);
      return values;
    });
    const fates = entries.map(([, line]) => decide(line));
    if (fates.includes('busy')) return { status: 429, body: 'ingestion rate limit exceeded' };
    if (fates.includes('refuse')) return { status: 400, body: 'entry has timestamp too old' };
    for (const [time, line] of entries) {
      assert.match(time, /^[0-9]{19}$/);
      kept.set(`${time} ${line}`, line);
    }
    return { status: 204 };
  };
  return reader(
    {
      to: (port) => `loki+http://127.0.0.1:${port}`,
      environment: { LOKI_TOKEN: 'token' },
      headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
      path: '/loki/api/v1/push',
      read,
    },
    habits,
  );
}
