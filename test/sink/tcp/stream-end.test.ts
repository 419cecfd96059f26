/** How a stream ends: what counts as sent depends on how the reader ends it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/until.js';
import { counts, encodedOf, numberedLines } from '../encoded.js';
import { nowMs, openStreamRig } from './stream-rig.js';

/** A reader that may end its side when it likes; `onEnd` is called when the other side has ended. */
async function openReader(context: TestContext, onEnd: (socket: Socket, position: number) => void) {
  const texts: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const position = sockets.push(socket) - 1;
    texts.push('');
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (text: string) => {
      texts[position] += text;
    });
    socket.on('end', () => onEnd(socket, position));
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port, texts };
}

const lines = numberedLines(0, 10);
const text = lines.join('');

describe('the end of a stream', () => {
  test('is not waited for where the reader has read everything and ends nothing', async (context) => {
    const reader = await openReader(context, () => undefined);
    const { sink } = openStreamRig(context, { port: reader.port, waits: { keepMs: 200 } });
    sink.write(encodedOf(lines));
    const startMs = nowMs();
    await sink.close(startMs + 60_000);
    const tookMs = nowMs() - startMs;
    assert.ok(tookMs >= 200 && tookMs < 10_000, `${tookMs} ms`);
    assert.deepEqual(sink.counts, { ...counts(10), recordsAcknowledged: 10 });
    assert.deepEqual(reader.texts, [text]);
  });

  test('by a reset has everything sent again, in time', async (context) => {
    const reader = await openReader(context, (socket, position) => {
      if (position === 0) socket.resetAndDestroy();
      else socket.end();
    });
    const { sink } = openStreamRig(context, { port: reader.port, waits: { keepMs: 30_000 } });
    sink.write(encodedOf(lines));
    await sink.close(nowMs() + 10_000);
    assert.deepEqual(sink.counts, {
      ...counts(10),
      ...{ recordsAcknowledged: 10, recordsRetried: 10, duplicatesPossible: 10 },
    });
    assert.deepEqual(reader.texts, [text, text]);
  });

  test('may come before more is sent, by another connection then', async (context) => {
    const reader = await openReader(context, (socket) => socket.end());
    const { sink } = openStreamRig(context, { port: reader.port, waits: { keepMs: 30_000 } });
    sink.write(encodedOf(lines));
    sink.flush();
    await until('the reader has ended it', () => sink.counts.recordsWaiting === 0);
    sink.write(encodedOf(numberedLines(10, 10)));
    await sink.close(nowMs() + 10_000);
    assert.deepEqual(sink.counts, { ...counts(20), recordsAcknowledged: 20 });
    assert.deepEqual(reader.texts, [text, numberedLines(10, 10).join('')]);
  });

  test('at the deadline counts what a reader did not take as unsent', async (context) => {
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => undefined);
      context.after(() => socket.destroy());
    });
    const port = await freePort();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    context.after(() => server.close());
    const { sink } = openStreamRig(context, { port, waits: { keepMs: 50 } });
    const many = numberedLines(0, 100_000, 300);
    sink.write(encodedOf(many));
    const startMs = nowMs();
    await sink.close(startMs + 300);
    assert.ok(nowMs() - startMs < 3_000);
    const { recordsSent, recordsUnsent, recordsWaiting } = sink.counts;
    assert.ok(recordsUnsent.closed > 0);
    assert.equal(recordsSent + recordsUnsent.closed + recordsWaiting, many.length);
    assert.equal(recordsWaiting, 0);
  });
});
