/** What HTTP readers answer, to each dialect: the status in the first byte, how many records were sent in the second, then the body. */
import assert from 'node:assert/strict';
import type { Dialect } from '../../../src/sink/http/dialect.js';
import { datadog } from '../../../src/sink/http/dialects/datadog.js';
import { elasticsearch } from '../../../src/sink/http/dialects/elasticsearch.js';
import { loki } from '../../../src/sink/http/dialects/loki.js';
import { ndjson } from '../../../src/sink/http/dialects/ndjson.js';
import { otlp } from '../../../src/sink/http/dialects/otlp.js';
import { splunk } from '../../../src/sink/http/dialects/splunk.js';
import { factsOf, numbered, problemOf, runOf } from '../../sink/http/dialects/runs.js';
import { bytesOf, type Target, textOf } from './target.js';

const dialects: Readonly<Record<string, Dialect>> = {
  datadog: datadog(factsOf('https://h')),
  elasticsearch: elasticsearch(factsOf('https://h/a')),
  loki: loki(factsOf('https://h')),
  ndjson: ndjson(factsOf('https://h')),
  otlp: otlp(factsOf('https://h', { schema: 'otel' })),
  splunk: splunk(factsOf('https://h')),
};
const statuses = [200, 202, 204, 301, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 501, 502, 503, 504];
const mostRecords = 8;
const runs = Array.from({ length: mostRecords }, (_, count) => runOf(numbered(1 + count)));

function run(input: Uint8Array): void {
  const [first = 0, second = 0] = input;
  const status = statuses[first % statuses.length]!;
  const records = runs[second % mostRecords]!;
  const body = textOf(input.subarray(2));
  for (const [name, dialect] of Object.entries(dialects)) {
    const answer =
      status < 300 ? dialect.accepted?.(body, records) : dialect.refused?.(status, body, records);
    assert.equal(problemOf(answer, records), undefined, name);
  }
}

const answer = (status: number, records: number, json: unknown): Uint8Array => {
  const body = typeof json === 'string' ? json : JSON.stringify(json);
  return Buffer.concat([Uint8Array.of(statuses.indexOf(status), records - 1), bytesOf(body)]);
};
const item = (status: unknown) => ({ create: { status, error: { type: 'a', reason: 'b\u0007' } } });

export const httpDialects: Target = {
  name: 'http-dialects',
  seeds: () => [
    answer(200, 3, { errors: true, items: [item(201), item(429), item(400)] }),
    answer(200, 1, { errors: true, items: [item(403)] }),
    answer(200, 2, { errors: false, items: [] }),
    answer(200, 3, { partialSuccess: { rejectedLogRecords: '2', errorMessage: 'old' } }),
    answer(200, 3, { partialSuccess: { rejectedLogRecords: 9e300 } }),
    answer(200, 3, { text: 'Success', code: 0 }),
    answer(400, 3, { text: 'Invalid data format', code: 6, 'invalid-event-number': 1 }),
    answer(503, 3, { text: 'Server is busy', code: 9, 'invalid-event-number': 2 }),
    answer(400, 3, { text: 'Incorrect index', code: 7 }),
    answer(400, 1, { code: 3, message: 'no' }),
    answer(500, 1, '<html>\u001b[2J'),
  ],
  words: [
    ...['"errors":', 'true', '"items":[', '{"create":', '"status":', '"error":', '"reason":', '"type":'],
    ...['"partialSuccess":', '"rejectedLogRecords":', '"errorMessage":', '"message":', '"__proto__":'],
    ...[
      '"code":',
      '"text":',
      '"invalid-event-number":',
      '-1',
      '0.5',
      '1e400',
      'null',
      '[[[[',
      '\u001b',
      ']}',
    ],
  ].map(bytesOf),
  maxBytes: 1_024,
  run,
};
