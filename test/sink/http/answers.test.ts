/** What becomes of a run by what an HTTP reader answers, or does not answer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { datadog } from '../../../src/sink/http/dialects/datadog.js';
import { ndjson } from '../../../src/sink/http/dialects/ndjson.js';
import { type Answer, type Retry, sentAnswer } from '../../../src/sink/transport.js';
import { freePort } from '../../support/ports.js';
import type { ReaderAnswer } from '../../support/readers/http-reader.js';
import { numberedLines } from '../encoded.js';
import { type HttpRigOptions, openHttpRig, runOf, wallMs } from './http-rig.js';

async function answerTo(given: ReaderAnswer, options: HttpRigOptions = {}): Promise<Answer> {
  const { transport } = await openHttpRig({ ...options, script: () => given });
  return transport.send(runOf(numberedLines(0, 4)));
}

const refused = (why: string, afterMs?: number): Retry => ({
  kind: 'retry',
  why,
  absence: 'refused',
  ...(afterMs === undefined ? {} : { afterMs }),
});
const dropped = (why: string): Answer => ({ kind: 'drop', reason: 'rejected', why });
const date = (ms: number) => new Date(wallMs + ms).toUTCString();

const statuses: readonly [string, ReaderAnswer, Answer][] = [
  ['200', { body: 'thanks' }, sentAnswer],
  ['202', { status: 202 }, sentAnswer],
  ['204', { status: 204 }, sentAnswer],
  ['400', { status: 400, body: '{"error":"no"}' }, dropped('HTTP 400: {"error":"no"}')],
  [
    '404 without a word',
    { status: 404 },
    refused('HTTP 404; the reader takes no records at /: check the address'),
  ],
  ['405', { status: 405 }, refused('HTTP 405; the reader takes no records at /: check the address')],
  ['410 without a word', { status: 410 }, dropped('HTTP 410')],
  ['408', { status: 408 }, refused('HTTP 408')],
  ['413', { status: 413, body: 'too much' }, { kind: 'split', why: 'HTTP 413: too much' }],
  ['425', { status: 425 }, refused('HTTP 425')],
  ['429 with seconds', { status: 429, headers: { 'retry-after': '7' } }, refused('HTTP 429', 7_000)],
  ['429 with a date', { status: 429, headers: { 'retry-after': date(90_000) } }, refused('HTTP 429', 90_000)],
  [
    '429 with a date that is over',
    { status: 429, headers: { 'retry-after': date(-1) } },
    refused('HTTP 429'),
  ],
  ['429 with a day', { status: 429, headers: { 'retry-after': '86400' } }, refused('HTTP 429', 3_600_000)],
  ['429 with "soon"', { status: 429, headers: { 'retry-after': 'soon' } }, refused('HTTP 429')],
  ['500', { status: 500, body: 'oops' }, { ...refused('HTTP 500: oops'), mayHaveArrived: true }],
  ["a proxy's 502", { status: 502 }, { ...refused('HTTP 502'), mayHaveArrived: true }],
  [
    "a proxy's 504",
    { status: 504, headers: { 'retry-after': '2' } },
    { ...refused('HTTP 504', 2_000), mayHaveArrived: true },
  ],
  ['503', { status: 503, headers: { 'retry-after': '1' } }, refused('HTTP 503', 1_000)],
  ['599', { status: 599 }, { ...refused('HTTP 599'), mayHaveArrived: true }],
  ['401', { status: 401 }, refused('HTTP 401; the reader does not take the key: check THE_KEY')],
  [
    '403',
    { status: 403, body: 'Forbidden' },
    refused('HTTP 403: Forbidden; the reader does not take the key: check THE_KEY'),
  ],
  [
    'a redirection',
    { status: 307, headers: { location: 'https://user:pass@b.example:8443/in?key=secret#x' } },
    refused(
      'HTTP 307: the reader has moved to https://b.example:8443/in, and redirections are not followed; write that address',
    ),
  ],
  [
    'a redirection to nowhere',
    { status: 302, headers: { location: 'http://[' } },
    refused('HTTP 302: the reader is elsewhere, and does not say where'),
  ],
  ['304', { status: 304 }, refused('HTTP 304: the reader is elsewhere, and does not say where')],
];

describe('a status', () => {
  for (const [name, given, expected] of statuses)
    test(name, async () => assert.deepEqual(await answerTo(given), expected));

  test("the reader's words are shown without what moves a cursor, and no more than 200 characters", async () => {
    const answer = await answerTo({ status: 400, body: `\u001b[2J\r\nbad\u0007 ${'x'.repeat(500)}` });
    assert.deepEqual(answer, dropped(`HTTP 400: [2J bad ${'x'.repeat(192)}…`));
  });

  test('the key is not shown where the reader says it', async () => {
    const key = 'c0ffee12+/=34';
    for (const dialect of [ndjson, datadog]) {
      const answer = await answerTo({ status: 403, body: `no such key: "${key}"` }, { key, dialect });
      assert.deepEqual(
        answer,
        refused('HTTP 403: no such key: "(the key)"; the reader does not take the key: check THE_KEY'),
      );
    }
  });

  test('what a dialect makes of it comes first', async () => {
    const dialect: HttpRigOptions['dialect'] = (facts) => ({
      ...datadog(facts),
      accepted: (body) => ({ kind: 'each', again: [1], rejected: [2], why: body }),
      refused: (status, body) => (status === 400 ? refused(`mine: ${body}`) : undefined),
    });
    assert.deepEqual(await answerTo({ body: 'two' }, { dialect }), {
      kind: 'each',
      again: [1],
      rejected: [2],
      why: 'two',
    });
    assert.deepEqual(await answerTo({ status: 400, body: 'x' }, { dialect }), refused('mine: x'));
    assert.deepEqual(await answerTo({ status: 410 }, { dialect }), dropped('HTTP 410'));
  });
});

const arrived = (why: string): Answer => ({
  kind: 'retry',
  why,
  absence: 'unreachable',
  mayHaveArrived: true,
  isUntried: false,
  atOnce: false,
});
const bounds = { answerMs: 200, answerBytes: 1_000 };

const faults: readonly [string, ReaderAnswer, string][] = [
  ['none', { fault: 'silence' }, 'there is no whole answer after 0 s'],
  ['that never ends', { fault: 'no-end', status: 202 }, 'there is no whole answer after 0 s'],
  ['that is too long', { body: 'x'.repeat(1_001) }, 'its answer is longer than 1000 bytes'],
  [
    'that breaks off',
    { fault: 'break-inside', status: 202 },
    'the connection ended in the middle of the answer',
  ],
  ['in whose place the connection ends', { fault: 'break', status: 202 }, 'the connection broke'],
];

describe('an answer', () => {
  for (const [name, given, why] of faults)
    test(name, async () => {
      const answer = await answerTo(given, { bounds });
      assert.deepEqual(answer, { ...arrived(why) });
    });

  test('that is complete counts, though the connection breaks behind it', async () => {
    assert.deepEqual(await answerTo({ fault: 'break-after', status: 202 }), sentAnswer);
  });

  for (const [name, bytes, why] of [
    ['that is no HTTP', 'SSH-2.0-OpenSSH\r\n', /it does not speak HTTP there \(HPE_/],
    [
      'that wants another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      /./,
    ],
    ['whose head is too long', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, /HPE_HEADER_OVERFLOW/],
    [
      'that is informational again and again',
      'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000),
      /no whole answer/,
    ],
  ] as const)
    test(name, async () => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.write(bytes));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const answer = await answerTo(
        {},
        { bounds, dialect: (facts) => ({ ...datadog(facts), url: new URL(`http://127.0.0.1:${port}`) }) },
      );
      assert.ok(answer.kind === 'retry' && answer.mayHaveArrived, JSON.stringify(answer));
      assert.match(answer.why, why);
      server.close();
    });
});

test('nobody there: nothing has arrived, and nothing was tried', async () => {
  const port = await freePort();
  const dialect: HttpRigOptions['dialect'] = (facts) => ({
    ...datadog(facts),
    url: new URL(`http://127.0.0.1:${port}`),
  });
  assert.deepEqual(await answerTo({}, { dialect }), {
    kind: 'retry',
    why: 'the connection was refused; check that it runs, and the port',
    absence: 'refused',
    mayHaveArrived: false,
    isUntried: true,
    atOnce: false,
  });
});

test('a probe sends nothing that is kept, and tells a key that is not taken', async () => {
  const { reader, transport } = await openHttpRig({ dialect: datadog, script: () => ({ status: 202 }) });
  assert.deepEqual(await transport.probe(), sentAnswer);
  assert.equal(reader.requests[0]!.text, '[]');
  reader.answer(() => ({ status: 403 }));
  assert.deepEqual(
    await transport.probe(),
    refused('HTTP 403; the reader does not take the key: check THE_KEY'),
  );
  const plain = await openHttpRig({ script: () => ({ status: 405 }) });
  assert.deepEqual(await plain.transport.probe(), sentAnswer);
  assert.equal(plain.reader.requests[0]!.method, 'HEAD');
});
