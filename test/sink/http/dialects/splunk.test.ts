/** Bodies and answers of Splunk's HTTP Event Collector. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splunk } from '../../../../src/sink/http/dialects/splunk.js';
import { assertHas, bodyOf, factsOf, numbered, overheadKept, recordText, runOf, runShape } from './runs.js';

const dialect = splunk(factsOf('https://splunk.example:8088', { host: 'h "ö"' }));

test('each record is an event, with its host and the time of its window', () => {
  fc.assert(
    fc.property(fc.array(recordText, { minLength: 1, maxLength: 9 }), runShape, (texts, shape) => {
      const run = runOf(texts, shape);
      const lines = bodyOf(dialect, run).split('\n');
      assert.equal(lines.pop(), '');
      assert.deepEqual(
        lines.map((line) => JSON.parse(line) as unknown),
        texts.map((text) => ({
          time: 1_473_377_300,
          host: 'h "ö"',
          source: 'pcap-agg',
          sourcetype: '_json',
          event: JSON.parse(text) as unknown,
        })),
      );
      assert.ok(overheadKept(dialect, run));
    }),
    { seed: 8088, numRuns: 200 },
  );
});

test('times are exact to the microsecond; without a window, Splunk takes its own', () => {
  const at = (windowStartUs: number) =>
    runOf(['{}'], { origin: { agent: 'a', windowStartUs, firstNumber: 1 } });
  assert.match(bodyOf(dialect, at(1_473_377_300_000_001.5)), /^{"time":1473377300\.000001,/);
  const longest = at(9_007_199_254_740_991);
  assert.match(bodyOf(dialect, longest), /^{"time":9007199254\.740991,/);
  assert.ok(overheadKept(dialect, longest));
  assert.match(bodyOf(dialect, runOf(['{}'], { origin: null })), /^{"host":/);
});

test('it is sent to the path of events, or to the one that is written; its health is beside it', () => {
  assert.equal(dialect.url.href, 'https://splunk.example:8088/services/collector/event');
  assert.equal(dialect.probe?.url.href, 'https://splunk.example:8088/services/collector/health');
  assert.equal(splunk(factsOf('http://h/x/event')).probe?.url.href, 'http://h/x/health');
  assert.deepEqual(dialect.key?.headers('t'), { authorization: 'Splunk t' });
  assert.deepEqual(dialect.key?.headers('Basic dTpw'), { authorization: 'Basic dTpw' });
  assert.equal(dialect.key?.required, true);
});

test('code 0 is a success, and nothing else', () => {
  const run = runOf(numbered(3));
  const of = (body: string) => dialect.accepted!(body, run);
  assert.deepEqual(of('{"text":"Success","code":0}'), { kind: 'sent' });
  assert.deepEqual(of('{"text":"Success","code":0,"ackId":4}'), { kind: 'sent' });
  for (const body of ['', '{}', '{"code":"0"}', '{"text":"HEC is healthy","code":17}', '<html>'])
    assertHas(of(body), { kind: 'retry', mayHaveArrived: true }, body);
});

test('the event that is invalid is rejected, and all others are sent again', () => {
  const run = runOf(numbered(4));
  const of = (status: number, answer: object) => dialect.refused!(status, JSON.stringify(answer), run);
  const invalid = (stop: unknown) => ({
    text: 'Invalid data format',
    code: 6,
    'invalid-event-number': stop,
  });
  assert.deepEqual(of(400, invalid(1)), {
    kind: 'each',
    again: [0, 2, 3],
    rejected: [1],
    why: 'HTTP 400, code 6: Invalid data format',
    mayHaveArrived: true,
  });
  assertHas(of(400, invalid(0)), { rejected: [0], mayHaveArrived: false });
  for (const stop of [4, -1, 0.5, '1', null, undefined]) assert.equal(of(400, invalid(stop)), undefined);
});

test('a token that is wrong for this leaves records waiting, with the remedy', () => {
  const run = runOf(numbered(2));
  const of = (status: number, body: string) => dialect.refused!(status, body, run);
  for (const code of [7, 10, 11, 14, 16, 21, 22])
    assertHas(of(400, `{"text":"Incorrect index","code":${code},"invalid-event-number":1}`), {
      kind: 'retry',
      why: `HTTP 400, code ${code}: Incorrect index; check the token: its index, and that it is without indexer acknowledgement`,
    });
  for (const [status, body] of [
    [400, '{"text":"No data","code":5}'],
    [401, '{"text":"Token is required","code":2}'],
    [403, '{"text":"Invalid token","code":4}'],
    [503, '{"text":"Server is busy","code":9}'],
    [503, '{"text":"Server is busy","code":9,"invalid-event-number":0}'],
    [500, 'Internal server error'],
  ] as const)
    assert.equal(of(status, body), undefined, `${status} means what it means everywhere`);
});

test('a reader that got busy in the middle may have a part', () => {
  const answer = dialect.refused!(
    503,
    '{"text":"Server is busy","code":9,"invalid-event-number":2}',
    runOf(numbered(3)),
  );
  assert.deepEqual(answer, {
    kind: 'retry',
    why: 'HTTP 503, code 9: Server is busy',
    absence: 'refused',
    mayHaveArrived: true,
  });
});
