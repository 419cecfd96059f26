/** Bodies and answers of Loki's push API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loki } from '../../../../src/sink/http/dialects/loki.js';
import { assertHas, bodyOf, factsOf, recordText, runOf, runShape } from './runs.js';

const dialect = loki(factsOf('https://loki.example:3100', { host: 'h "ö"' }));

interface Push {
  readonly streams: readonly [{ readonly values: readonly (readonly [string, string])[] }];
}

test('whatever a line has in it, is there again', () => {
  const all = String.fromCharCode(...Array.from({ length: 0x180 }, (_, code) => code));
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), runShape, (texts, shape) => {
      const lines = texts.map((text) => Buffer.from(text + all).toString());
      const body = bodyOf(dialect, runOf(lines, shape));
      const { streams } = JSON.parse(body) as Push;
      assert.deepEqual(
        streams[0].values.map(([, line]) => line),
        lines,
      );
      // As JSON.stringify writes it, byte for byte.
      assert.ok(lines.every((line) => body.includes(`,${JSON.stringify(line)}]`)));
    }),
    { seed: 3100, numRuns: 200 },
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

test('it says nothing, or something in JSON', () => {
  const run = runOf(['{}']);
  for (const body of ['', '\n', '{}']) assert.deepEqual(dialect.accepted!(body, run), { kind: 'sent' });
  assertHas(dialect.accepted!('<html>log in</html>', run), { kind: 'retry', mayHaveArrived: true });
});

test('it is sent to the push API, or to the path that is written; whether it is ready says Loki at its root', () => {
  assert.equal(dialect.url.href, 'https://loki.example:3100/loki/api/v1/push');
  assert.equal(dialect.probe?.url.href, 'https://loki.example:3100/ready');
  assert.equal(loki(factsOf('http://h/a/loki/api/v1/push')).probe?.url.href, 'http://h/a/ready');
  assert.deepEqual(dialect.key?.headers('t'), { authorization: 'Bearer t' });
  assert.deepEqual(dialect.key?.headers('Basic dTpw'), { authorization: 'Basic dTpw' });
});
