/** Bodies of Loki's push API, and the bytes of JSON strings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapedLength, writeEscaped } from '../../../../src/sink/http/dialects/escaping.js';
import { loki } from '../../../../src/sink/http/dialects/loki.js';
import { bodyOf, factsOf, recordText, runOf, runShape } from './runs.js';

const dialect = loki(factsOf('https://loki.example:3100', { host: 'h "ö"' }));

function escaped(text: string): string {
  const bytes = Buffer.from(text);
  const target = Buffer.alloc(escapedLength(bytes) + 2, '#');
  assert.equal(writeEscaped(target, 1, bytes), target.length - 1);
  assert.equal(target[target.length - 1], 0x23, 'nothing is written behind it');
  return target.subarray(1, -1).toString();
}

test('bytes are escaped as JSON.stringify does it', () => {
  const all = String.fromCharCode(...Array.from({ length: 0x180 }, (_, code) => code));
  assert.equal(escaped(all), JSON.stringify(all).slice(1, -1));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const wellFormed = Buffer.from(text).toString();
      assert.equal(escaped(wellFormed), JSON.stringify(wellFormed).slice(1, -1));
    }),
    { seed: 3100, numRuns: 500 },
  );
});

test('the lines of a stream are the records, at the time of their window', () => {
  fc.assert(
    fc.property(fc.array(recordText, { minLength: 1, maxLength: 9 }), runShape, (texts, shape) => {
      const run = runOf(texts, shape);
      assert.deepEqual(JSON.parse(bodyOf(dialect, run)), {
        streams: [
          {
            stream: { job: 'pcap-agg', host: 'h "ö"' },
            values: texts.map((text) => ['1473377300000000000', text]),
          },
        ],
      });
    }),
    { seed: 3101, numRuns: 200 },
  );
});

test('what stands around records is no more than was said', () => {
  const { record, request } = dialect.overhead;
  const origin = { agent: 'a', windowStartUs: Number.MAX_SAFE_INTEGER, firstNumber: 1 };
  const run = runOf(['7', '8'], { origin });
  assert.ok(bodyOf(dialect, run).length <= run.end - run.start + request + 2 * record);
});

test('without a window, the time is now', () => {
  const beforeMs = Date.now();
  const body = bodyOf(dialect, runOf(['{}'], { origin: null }));
  const ms = Number(/\["([0-9]+)000000","{}"\]/.exec(body)?.[1]);
  assert.ok(ms >= beforeMs && ms <= Date.now(), body);
});

test('it is sent to the push API, or to the path that is written; whether it is ready says Loki at its root', () => {
  assert.equal(dialect.url.href, 'https://loki.example:3100/loki/api/v1/push');
  assert.equal(dialect.probe?.url.href, 'https://loki.example:3100/ready');
  assert.equal(loki(factsOf('http://h/a/loki/api/v1/push')).probe?.url.href, 'http://h/a/ready');
  assert.deepEqual(dialect.key?.headers('t'), { authorization: 'Bearer t' });
});
