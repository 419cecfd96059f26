/**
 * Grafana Loki: its push API in JSON, https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs. One stream a
 * host, so that labels stay few; the line is the record. Loki keeps one of several lines that are equal and of one time.
 */
import type { RecordRun } from '../../record-run.js';
import type { Answer } from '../../transport.js';
import type { Dialect, DialectFacts } from '../dialect.js';
import { jsonOf, notUnderstood } from './answers.js';
import { authorization } from './authorization.js';
import { asciiJson, forEachRecord, windowStartUs } from './bodies.js';

const kilobyte = 1024;
const longestTime = 20;

export function loki({ url, host }: DialectFacts): Dialect {
  const push = new URL(url.pathname === '/' ? '/loki/api/v1/push' : url.pathname, url);
  const before = `{"streams":[{"stream":{"job":"pcap-agg","host":${asciiJson(host)}},"values":[`;
  const after = ']}]}';
  return {
    url: push,
    contentType: 'application/json',
    key: {
      variable: 'LOKI_TOKEN',
      required: false,
      headers: (key) => authorization('Bearer', key),
    },
    // limits_config: max_line_size is 256 KB, and ingestion_burst_size_mb, which no request may exceed, 6 MB: of lines as they are
    // before they are escaped, which may make twice as much of them.
    limits: { records: 5_000, bytes: kilobyte * kilobyte, recordBytes: 255 * kilobyte },
    overhead: { record: '["",""],'.length + longestTime, request: before.length + after.length },
    body: (run) => [Buffer.from(before), values(run), Buffer.from(after)],
    accepted,
    probe: { method: 'GET', url: new URL('../../../ready', push) },
  };
}

/**
 * `["1473377300000000000","…"],["1473377300000000000","…"]`: all records of a run are of one window. Bytes are taken for
 * characters of Latin-1: JSON escapes none beyond ASCII, so the bytes of UTF-8 stay as they are.
 */
function values(run: RecordRun): Uint8Array {
  const startUs = windowStartUs(run) ?? Date.now() * 1_000;
  const entries: string[] = [];
  forEachRecord(run, (record) => {
    const line = JSON.stringify(
      Buffer.from(record.buffer, record.byteOffset, record.length).toString('latin1'),
    );
    entries.push(`["${startUs}000",${line}]`);
  });
  return Buffer.from(entries.join(','), 'latin1');
}

/** Loki says nothing (204). Compatible servers may answer in JSON; anything else comes from another kind of server. */
function accepted(body: string): Answer {
  return body.trim() === '' || jsonOf(body) !== undefined ? { kind: 'sent' } : notUnderstood('Loki', body);
}
