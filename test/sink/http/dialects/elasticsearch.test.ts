/** Bodies and answers of Elasticsearch's bulk API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../../../src/host/failure.js';
import { recordName } from '../../../../src/record/encoded-records.js';
import { elasticsearch } from '../../../../src/sink/http/dialects/elasticsearch.js';
import type { Answer } from '../../../../src/sink/transport.js';
import { assertHas, bodyOf, factsOf, numbered, overheadKept, recordText, runOf, runShape } from './runs.js';

const stream = 'logs-pcap_agg.flow-default';
const dialect = elasticsearch(factsOf(`https://es.example:9200/${stream}`));

const item = (status: number, reason?: string) => ({
  create: { status, ...(reason === undefined ? {} : { error: { type: 'a_type', reason } }) },
});
const answerTo = (items: readonly object[], records = items.length): Answer =>
  dialect.accepted!(JSON.stringify({ errors: true, items }), runOf(numbered(records)));

test('each record stands behind an action with its name, as it is', () => {
  fc.assert(
    fc.property(fc.array(recordText, { minLength: 1, maxLength: 9 }), runShape, (texts, shape) => {
      const run = runOf(texts, shape);
      const lines = bodyOf(dialect, run).split('\n');
      assert.equal(lines.pop(), '', 'the body ends with a newline');
      assert.deepEqual(
        lines.filter((_, i) => i % 2 === 1),
        texts,
      );
      assert.deepEqual(
        lines.filter((_, i) => i % 2 === 0).map((line) => JSON.parse(line) as unknown),
        texts.map((_, i) => ({ create: { _id: recordName(run.encoded, run.first + i) } })),
      );
      assert.ok(overheadKept(dialect, run));
    }),
    { seed: 9200, numRuns: 200 },
  );
});

test('a record without a name gets one there, and the longest name has room', () => {
  assert.equal(bodyOf(dialect, runOf(['{}'], { origin: null })), '{"create":{}}\n{}\n');
  const agent = 'a'.repeat(253);
  const most = Number.MAX_SAFE_INTEGER;
  const run = runOf(['{}'], { origin: { agent, windowStartUs: most, firstNumber: most - 2 } });
  assert.match(bodyOf(dialect, run), new RegExp(`^{"create":{"_id":"${agent}-${most}-${most}"}}\n`));
  assert.ok(overheadKept(dialect, run));
});

test('it is sent to the bulk API of what the path names, with the key', () => {
  const filter = 'filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason';
  assert.equal(dialect.url.href, `https://es.example:9200/${stream}/_bulk?${filter}`);
  assert.equal(dialect.probe?.url.href, 'https://es.example:9200/');
  const behindProxy = elasticsearch(factsOf('http://proxy/es/flows/'));
  assert.equal(behindProxy.url.href, `http://proxy/es/flows/_bulk?${filter}`);
  assert.equal(behindProxy.probe?.url.href, 'http://proxy/es/');
  assert.deepEqual(dialect.key?.headers('abc=='), { authorization: 'ApiKey abc==' });
  assert.deepEqual(dialect.key?.headers('Basic dTpw'), { authorization: 'Basic dTpw' });
});

test('a path that names no data stream is refused, with the remedy', () => {
  const refusal = (path: string) => {
    try {
      elasticsearch(factsOf(`https://es.example${path}`));
    } catch (error) {
      assert.ok(error instanceof UsageError);
      return error.message;
    }
    return undefined;
  };
  const remedy = 'end the path with one, in small letters: logs-pcap_agg.flow-default';
  assert.equal(refusal(''), `a data stream is missing; ${remedy}`);
  assert.equal(refusal('/Flows'), `'Flows' is no name of a data stream; ${remedy}`);
  for (const path of ['/_bulk', '/a*', '/a,b', '/a%2ab', '/-a', `/${'a'.repeat(256)}`])
    assert.match(refusal(path) ?? '', /is no name of a data stream/, path);
  assert.equal(refusal('/a'), undefined);
});

test('what was taken, or was there already, is sent', () => {
  const none = runOf(numbered(2));
  assert.deepEqual(dialect.accepted!('{"errors":false,"items":[]}', none), { kind: 'sent' });
  assert.deepEqual(answerTo([item(201), item(200), item(409, 'version conflict')]), { kind: 'sent' });
});

test('each record is answered by its own status', () => {
  const statuses = [201, 409, 429, 400, 503, 201, 413, 500, 200, 403, 404];
  assert.deepEqual(answerTo(statuses.map((status) => item(status, `because of ${status}`))), {
    kind: 'each',
    again: [2, 4, 7, 9, 10],
    rejected: [3, 6],
    why: 'status 400 a_type for a record: because of 400',
  });
  assert.deepEqual(answerTo([item(201), item(429, 'full')]), {
    kind: 'each',
    again: [1],
    rejected: [],
    why: 'status 429 a_type for a record: full',
  });
});

test('a reader that takes none is away, and the set-up has a remedy', () => {
  assert.deepEqual(answerTo([item(429, 'full'), item(503)]), {
    kind: 'retry',
    why: 'status 429 a_type for a record: full',
    absence: 'refused',
  });
  const answer = answerTo([item(403, 'unauthorized')]);
  assert.ok(answer.kind === 'retry');
  assert.match(
    answer.why,
    /unauthorized; check the index, and that the API key has the privileges create_doc/,
  );
});

test('an answer of something else leaves the records waiting, and says so', () => {
  const run = runOf(numbered(2));
  const of = (body: string) => dialect.accepted!(body, run);
  for (const body of [
    '',
    'null',
    '[]',
    '<html>log in</html>',
    '{"errors":true}',
    '{"errors":true,"items":[{}]}',
  ])
    assertHas(of(body), { kind: 'retry', mayHaveArrived: true });
  assert.deepEqual(answerTo([{}, { create: { status: '400' } }], 2), {
    kind: 'retry',
    why: 'status ?  for a record: without a reason',
    absence: 'refused',
  });
});
