/** What an HTTP transport sends, in which order, and on which connections. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { datadog } from '../../../src/sink/http/dialects/datadog.js';
import { ndjson } from '../../../src/sink/http/dialects/ndjson.js';
import { sentAnswer } from '../../../src/sink/transport.js';
import { recordsOf } from '../../support/readers/http-reader.js';
import { until } from '../../support/until.js';
import { numberedLines } from '../encoded.js';
import { openHttpRig, runOf } from './http-rig.js';

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ n: from + i }));

test('lines go out as they are, compressed, with the key', async () => {
  const { reader, transport } = await openHttpRig({ key: 'secret', path: '/in/put' });
  assert.deepEqual(await transport.send(runOf(numberedLines(0, 500))), sentAnswer);
  const [request] = reader.requests;
  assert.equal(request!.text, numberedLines(0, 500).join(''));
  assert.ok(request!.bytes < request!.text.length / 2, String(request!.bytes));
  assert.equal(request!.method, 'POST');
  assert.equal(request!.path, '/in/put');
  const { host, connection, ...headers } = request!.headers;
  assert.deepEqual(headers, {
    'accept-encoding': 'identity',
    authorization: 'Bearer secret',
    'content-encoding': 'gzip',
    'content-length': String(request!.bytes),
    'content-type': 'application/x-ndjson',
    'user-agent': 'pcap-agg/1.2.3',
  });
});

test('compress=none sends them as they are', async () => {
  const { reader, transport } = await openHttpRig({ compress: 'none' });
  await transport.send(runOf(numberedLines(0, 3)));
  assert.equal(reader.requests[0]!.headers['content-encoding'], undefined);
  assert.equal(reader.requests[0]!.bytes, numberedLines(0, 3).join('').length);
});

test('Datadog gets an array at its intake', async () => {
  const { reader, transport } = await openHttpRig({
    dialect: datadog,
    key: 'abc',
    script: () => ({ status: 202, body: '{}' }),
  });
  for (const lines of [numberedLines(0, 3), numberedLines(3, 1)])
    assert.deepEqual(await transport.send(runOf(lines)), sentAnswer);
  assert.deepEqual(
    reader.requests.map(({ path, text }) => [path, text]),
    [
      ['/api/v2/logs', '[{"hostname":"here","n":0},{"hostname":"here","n":1},{"hostname":"here","n":2}]'],
      ['/api/v2/logs', '[{"hostname":"here","n":3}]'],
    ],
  );
  assert.equal(reader.requests[0]!.headers['dd-api-key'], 'abc');
  assert.equal(reader.requests[0]!.headers['content-type'], 'application/json');
  assert.ok(transport.limits.bytes < 5_000_000 && transport.limits.records === 1_000);
});

test('the second of two runs goes out when the first is taken, on the same connection', async () => {
  const answers: (() => void)[] = [];
  const { reader, transport, ends } = await openHttpRig({
    script: () => new Promise((resolve) => answers.push(() => resolve({}))),
  });
  const sent = [transport.send(runOf(numberedLines(0, 2))), transport.send(runOf(numberedLines(2, 2)))];
  await until('the first is there', () => answers.length === 1);
  assert.equal(reader.requests.length, 0);
  answers[0]!();
  await until('the second is there', () => answers.length === 2);
  answers[1]!();
  assert.deepEqual(await Promise.all(sent), [sentAnswer, sentAnswer]);
  assert.deepEqual(recordsOf(reader.requests), numbers(4));
  assert.equal(reader.connections(), 1);
  assert.equal(ends.length, 1);
  assert.equal(ends[0]!.port, reader.port);
  assert.equal(ends[0]!.address, '127.0.0.1');
  assert.ok(ends[0]!.localPort > 0);
});

test('where the first has to wait, the second was not tried, and the one after that is', async () => {
  const { reader, transport } = await openHttpRig({
    script: (_, position) => (position === 0 ? { status: 503 } : {}),
  });
  const [first, second] = await Promise.all([
    transport.send(runOf(numberedLines(0, 2))),
    transport.send(runOf(numberedLines(2, 2))),
  ]);
  assert.equal(first?.kind, 'retry');
  assert.ok(second?.kind === 'retry' && second.isUntried && !second.mayHaveArrived);
  assert.equal(reader.requests.length, 1);
  assert.deepEqual(await transport.send(runOf(numberedLines(0, 2))), sentAnswer);
});

test('a connection that the reader had closed while it was idle is made anew, and the reader is not away', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    // Answers the first request of each connection, and resets it on the next.
    let requests = 0;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (requests++ === 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      else socket.resetAndDestroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { transport, ends } = await openHttpRig({
    dialect: (facts) => ({
      ...datadog(facts),
      url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    }),
  });
  assert.deepEqual(await transport.send(runOf(numberedLines(0, 1))), sentAnswer);
  const second = await transport.send(runOf(numberedLines(1, 1)));
  assert.ok(second.kind === 'retry' && second.atOnce && second.mayHaveArrived, JSON.stringify(second));
  assert.deepEqual(await transport.send(runOf(numberedLines(1, 1))), sentAnswer);
  assert.equal(ends.length, 2);
  server.close();
  for (const socket of sockets) socket.destroy();
});

test('an idle connection is closed before the reader does it', async () => {
  const { reader, transport } = await openHttpRig({ idleMs: 50 });
  await transport.send(runOf(numberedLines(0, 1)));
  assert.equal(reader.connections(), 1);
  // The reader's own limit is five seconds.
  await until('the connection is closed', () => reader.open() === 0);
  await transport.send(runOf(numberedLines(1, 1)));
  assert.equal(reader.connections(), 2);
});

test('the end does not wait for an answer longer than it may', async () => {
  const { transport } = await openHttpRig({ script: () => ({ fault: 'silence' }) });
  const answer = transport.send(runOf(numberedLines(0, 1)));
  const start = performance.now();
  await transport.close(start + 100);
  assert.ok(performance.now() - start < 5_000);
  const { kind, mayHaveArrived } = (await answer) as { kind: string; mayHaveArrived: boolean };
  assert.deepEqual({ kind, mayHaveArrived }, { kind: 'retry', mayHaveArrived: true });
});

test('a long body has as long as a slow line takes', async () => {
  const lines = numberedLines(0, 20, 100);
  const { transport } = await openHttpRig({
    compress: 'none',
    bounds: { answerMs: 100 },
    script: () => new Promise((resolve) => setTimeout(resolve, 1_000, {})),
  });
  assert.equal((await transport.send(runOf(lines.slice(0, 1)))).kind, 'retry');
  assert.deepEqual(await transport.send(runOf(lines)), sentAnswer);
});

test('the addresses of a name are tried in turn, and looked up for each connection', async () => {
  const asked: string[] = [];
  const { reader, transport, ends } = await openHttpRig({
    dialect: (facts) => ndjson({ ...facts, url: new URL(`http://reader.test:${facts.url.port}`) }),
    idleMs: 50,
    lookup: (name, _, done) => {
      asked.push(name);
      done(null, [
        { address: '127.0.0.2', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    },
  });
  assert.deepEqual(await transport.send(runOf(numberedLines(0, 1))), sentAnswer);
  assert.equal(reader.requests[0]!.headers.host, `reader.test:${reader.port}`);
  // On loopback the first may be refused before anybody can ask for its ends.
  assert.equal(ends.at(-1)!.address, '127.0.0.1');
  await until('the connection is closed', () => reader.open() === 0);
  await transport.send(runOf(numberedLines(1, 1)));
  assert.deepEqual(asked, ['reader.test', 'reader.test']);
});
