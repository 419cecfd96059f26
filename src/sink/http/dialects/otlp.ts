/**
 * OpenTelemetry: logs by OTLP over HTTP, in JSON, https://opentelemetry.io/docs/specs/otlp/#otlphttp. Records of the schema
 * `otel` are LogRecords; all of a request have one resource, which is this host's pcap-agg.
 */
import { UsageError } from '../../../host/failure.js';
import { printable } from '../../printable.js';
import type { RecordRun } from '../../record-run.js';
import type { Answer } from '../../transport.js';
import type { Dialect, DialectFacts } from '../dialect.js';
import { jsonOf, notUnderstood, textAt, valueAt } from './answers.js';
import { asciiJson } from './bodies.js';
import { jsonArray, jsonArrayOverhead } from './json-array.js';

const megabyte = 1024 * 1024;
const variable = 'OTEL_EXPORTER_OTLP_HEADERS';

/** Throws a UsageError where records are of another schema. */
export function otlp({ url, host, version, schema }: DialectFacts): Dialect {
  if (schema !== 'otel')
    throw new UsageError(`records of the schema '${schema}' are no log records of OTLP; write ?schema=otel`);
  const attribute = (key: string, text: string) =>
    `{"key":${asciiJson(key)},"value":{"stringValue":${asciiJson(text)}}}`;
  const before = `{"resourceLogs":[{"resource":{"attributes":[${attribute('service.name', 'pcap-agg')},${attribute('host.name', host)}]},"scopeLogs":[{"scope":{"name":"pcap-agg","version":${asciiJson(version)}},"logRecords":`;
  const after = '}]}]}';
  const logs = new URL(url.pathname === '/' ? '/v1/logs' : url.pathname, url);
  return {
    url: logs,
    contentType: 'application/json',
    key: { variable, required: false, headers: headersOf },
    // The specification recommends readers a limit of 20 MiB a request. Those that pass it on by gRPC take 4 MiB.
    limits: { records: 5_000, bytes: 4 * megabyte, recordBytes: megabyte },
    overhead: {
      ...jsonArrayOverhead,
      request: before.length + jsonArrayOverhead.request + after.length,
    },
    body: (run, memory) => [Buffer.from(before), jsonArray(run, memory), Buffer.from(after)],
    accepted,
    refused,
    probe: { method: 'POST', url: logs, body: '{"resourceLogs":[]}' },
  };
}

/**
 * "api-key=…,x-other=…", values percent-encoded, as the standard variable has it:
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables.
 */
function headersOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => pair.trim());
  return Object.fromEntries(pairs.filter((pair) => pair !== '').map(headerOf));
}

function headerOf(pair: string): readonly [name: string, value: string] {
  const [, name, encoded] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(.+)$/.exec(pair) ?? [];
  const value = name === undefined || encoded === undefined ? undefined : decoded(encoded);
  if (name === undefined || value === undefined || !/^[\x20-\x7e]+$/.test(value))
    throw new UsageError(
      `${variable} (or key-file=): a part of it is no header; write NAME=VALUE,NAME=VALUE, values percent-encoded: Authorization=Bearer%20…`,
    );
  return [name, value];
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function accepted(body: string, { records }: RecordRun): Answer {
  if (body.trim() === '') return { kind: 'sent' };
  const answer = jsonOf(body);
  if (typeof answer !== 'object' || answer === null) return notUnderstood('OTLP', body);
  // Protobuf's JSON writes 64-bit numbers as strings.
  const rejected = Number(valueAt(answer, 'partialSuccess', 'rejectedLogRecords') ?? 0);
  if (!(rejected >= 1)) return { kind: 'sent' };
  const why = textAt(answer, 'partialSuccess', 'errorMessage') || 'the reader gives no reason';
  if (rejected >= records) return { kind: 'drop', reason: 'rejected', why };
  const count = Math.floor(rejected);
  return {
    kind: 'each',
    again: [],
    // OTLP says how many, not which: the last ones are counted in their place.
    rejected: Array.from({ length: count }, (_, i) => records - count + i),
    why: `${why} (which records they are is not said: their packets are those of others)`,
  };
}

/** All others "MUST NOT be retried". But records wait when the set-up is wrong, and 413 is answered with a smaller request. */
const retried: readonly number[] = [401, 403, 404, 405, 413, 429, 502, 503, 504];

function refused(status: number, body: string): Answer | undefined {
  if (status < 400 || retried.includes(status)) return undefined;
  const said = textAt(jsonOf(body), 'message') || printable(body) || 'without a reason';
  return { kind: 'drop', reason: 'rejected', why: `HTTP ${status}: ${said}` };
}
