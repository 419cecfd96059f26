import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../../support/until.js';
import { counts, encodedOf, numberedLines } from '../encoded.js';
import { nowMs, openReader, openStreamRig } from './stream-rig.js';

describe('a stream to a reader', () => {
  test('brings records in order, and tells both ends before the reader knows', async (context) => {
    const reader = await openReader(context);
    const { sink, connected } = openStreamRig(context, { port: reader.port });
    const lines = numberedLines(0, 5_000, 100);
    for (let i = 0; i < lines.length; i += 500) sink.write(encodedOf(lines.slice(i, i + 500)));
    await until('all is read', () => reader.texts.join('').length === lines.join('').length);
    assert.equal(reader.texts.join(''), lines.join(''));
    assert.deepEqual(connected, [
      { localAddress: '127.0.0.1', localPort: reader.ports[0], address: '127.0.0.1', port: reader.port },
    ]);
    assert.equal(sink.counts.recordsSent, 0, 'they are kept for a second');
    await until('all is acknowledged', () => sink.counts.recordsSent === lines.length);
    assert.deepEqual(sink.counts, { ...counts(5_000), recordsAcknowledged: 5_000 });
  });

  test('waits at its end until the reader has read everything', async (context) => {
    const reader = await openReader(context);
    const { sink } = openStreamRig(context, { port: reader.port, waits: { keepMs: 60_000 } });
    sink.write(encodedOf(numberedLines(0, 10)));
    await sink.close(nowMs() + 1_000);
    assert.deepEqual(sink.counts, { ...counts(10), recordsAcknowledged: 10 });
    assert.equal(reader.texts.join(''), numberedLines(0, 10).join(''));
  });

  test('sends again what a reader had not read when it reset the connection', async (context) => {
    const reader = await openReader(context, {
      onConnection: (socket, position) => {
        if (position === 0) setTimeout(() => socket.resetAndDestroy(), 100);
      },
    });
    const { sink, lines } = openStreamRig(context, { port: reader.port });
    sink.write(encodedOf(numberedLines(0, 10)));
    await until('all is acknowledged', () => sink.counts.recordsSent === 10);
    assert.equal(reader.texts[1], numberedLines(0, 10).join(''));
    assert.deepEqual(sink.counts, {
      ...counts(10),
      ...{ recordsAcknowledged: 10, recordsRetried: 10, duplicatesPossible: 10 },
    });
    assert.match(lines[0]!, /^reader: the connection broke; records wait/);
  });
});
