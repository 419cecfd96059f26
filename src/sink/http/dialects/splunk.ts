/**
 * Splunk's HTTP Event Collector (HEC), https://help.splunk.com: "Format events for HTTP Event Collector" and "Troubleshoot HTTP
 * Event Collector", which lists the codes of its answers. Without indexer acknowledgement, what it took is in its queue.
 */
import type { RecordRun } from '../../record-run.js';
import type { Answer } from '../../transport.js';
import type { Dialect, DialectFacts } from '../dialect.js';
import { jsonOf, notUnderstood, textAt, valueAt } from './answers.js';
import { authorization } from './authorization.js';
import { asciiJson, surrounded, windowStartUs } from './bodies.js';

const megabyte = 1_000_000;
/** "1473377300.000000", and what is written around it. */
const longestTime = '"time":,'.length + 20;

export function splunk({ url, host }: DialectFacts): Dialect {
  const event = new URL(url.pathname === '/' ? '/services/collector/event' : url.pathname, url);
  const facts = `"host":${asciiJson(host)},"source":"pcap-agg","sourcetype":"_json","event":`;
  const longestBefore = 1 + longestTime + facts.length;
  return {
    url: event,
    contentType: 'application/json',
    key: {
      variable: 'SPLUNK_HEC_TOKEN',
      required: true,
      headers: (key) => authorization('Splunk', key),
    },
    // limits.conf, [http_input], max_content_length: 1 MB in old versions, 800 MB today. Splunk Cloud recommends 1 MB.
    limits: { records: 1_000, bytes: megabyte, recordBytes: megabyte / 2 },
    overhead: { record: longestBefore + 2, request: 0 },
    body: (run, memory) => {
      const text = `{${timeOf(run)}${facts}`;
      return [surrounded(run, { before: () => text, longestBefore: text.length, after: '}\n' }, memory)];
    },
    accepted: (body) =>
      valueAt(jsonOf(body), 'code') === 0 ? { kind: 'sent' } : notUnderstood('Splunk', body),
    refused,
    probe: { method: 'GET', url: new URL('health', event) },
  };
}

/** Seconds since the epoch; without it Splunk takes the time at which the event arrives. */
function timeOf(run: RecordRun): string {
  const startUs = windowStartUs(run);
  if (startUs === undefined) return '';
  const microseconds = String(startUs % 1_000_000).padStart(6, '0');
  return `"time":${Math.floor(startUs / 1_000_000)}.${microseconds},`;
}

/** Codes of 400 that blame the token or how it is used: an administrator has to help, so records wait. */
const setUpCodes: readonly unknown[] = [7, 10, 11, 14, 16, 21, 22];

function refused(status: number, body: string, { records }: RecordRun): Answer | undefined {
  const answer = jsonOf(body);
  const code = valueAt(answer, 'code');
  const why = `HTTP ${status}, code ${typeof code === 'number' ? code : '?'}: ${textAt(answer, 'text') || 'without a reason'}`;
  if (status === 400 && setUpCodes.includes(code))
    return {
      kind: 'retry',
      why: `${why}; check the token: its index, and that it is without indexer acknowledgement`,
      absence: 'refused',
    };
  // Where it stopped, from 0.
  const stop = valueAt(answer, 'invalid-event-number');
  if (typeof stop !== 'number' || !Number.isInteger(stop) || stop < 0 || stop >= records) return undefined;
  if (status === 503 && stop > 0) return { kind: 'retry', why, absence: 'refused', mayHaveArrived: true };
  if (status !== 400) return undefined;
  // Splunk has taken those before it, other HEC servers have taken none: send all others again.
  const again = Array.from({ length: records }, (_, position) => position).filter(
    (position) => position !== stop,
  );
  return { kind: 'each', again, rejected: [stop], why, mayHaveArrived: stop > 0 };
}
