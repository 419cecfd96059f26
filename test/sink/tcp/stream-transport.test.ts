import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../../support/until.js';
import { counts, encodedOf, numberedLines } from '../encoded.js';
import { nowMs, openReader, openStreamRig } from './stream-rig.js';

describe('a stream to a reader', () => {
  test('brings records in order, and tells both ends before the reader knows', async (context) => {
    const reader = await openReader(context);
    const { sink, connected } = openStreamRig(context, { port: reader.port, waits: { keepMs: 1_000 } });
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
        if (position === 0) setTimeout(() => socket.resetAndDestroy(), 20);
      },
    });
    const { sink, lines } = openStreamRig(context, { port: reader.port, waits: { keepMs: 500 } });
    sink.write(encodedOf(numberedLines(0, 10)));
    await until('all is acknowledged', () => sink.counts.recordsSent === 10);
    assert.equal(reader.texts[1], numberedLines(0, 10).join(''));
    assert.deepEqual(sink.counts, {
      ...counts(10),
      ...{ recordsAcknowledged: 10, recordsRetried: 10, duplicatesPossible: 10 },
    });
    assert.match(lines[0]!, /^reader: the connection broke; records wait/);
  });

  test('begins another connection with a whole record', async (context) => {
    const reader = await openReader(context, {
      onConnection: (socket, position) => {
        if (position === 0) socket.once('data', () => socket.resetAndDestroy());
      },
    });
    const { sink } = openStreamRig(context, { port: reader.port, waits: { keepMs: 500 } });
    const lines = numberedLines(0, 20_000, 100);
    sink.write(encodedOf(lines));
    await until('all is acknowledged', () => sink.counts.recordsSent === lines.length);
    assert.equal(reader.texts[1], lines.join(''));
    const { recordsRetried, duplicatesPossible } = sink.counts;
    assert.ok(duplicatesPossible > 0 && duplicatesPossible <= recordsRetried);
  });

  test('takes the end of a connection in the middle for a break', async (context) => {
    const reader = await openReader(context, {
      onConnection: (socket, position) => {
        if (position === 0) socket.once('data', () => socket.end());
      },
    });
    const { sink, lines } = openStreamRig(context, { port: reader.port, waits: { keepMs: 500 } });
    sink.write(encodedOf(numberedLines(0, 10)));
    await until('all is acknowledged', () => sink.counts.recordsSent === 10);
    assert.equal(reader.texts[1], numberedLines(0, 10).join(''));
    assert.equal(sink.counts.duplicatesPossible, 10);
    assert.match(lines[0]!, /^reader: it ended the connection; records wait/);
    assert.match(lines[1]!, /^reader: the reader is back after/);
  });

  test('connects again without a word where a reader ended an idle connection', async (context) => {
    const reader = await openReader(context);
    const { sink, lines } = openStreamRig(context, { port: reader.port });
    for (const first of [0, 10]) {
      sink.write(encodedOf(numberedLines(first, 10)));
      await until('all is acknowledged', () => sink.counts.recordsWaiting === 0);
      const socket = reader.sockets.at(-1)!;
      socket.end();
      await until('it is over', () => socket.closed);
    }
    assert.deepEqual(reader.texts, [numberedLines(0, 10).join(''), numberedLines(10, 10).join('')]);
    assert.deepEqual(sink.counts, { ...counts(20), recordsAcknowledged: 20 });
    assert.deepEqual(lines, []);
  });

  test('begins anew at once where it had brought something, and the reader ends it', async (context) => {
    const reader = await openReader(context);
    const { sink, lines } = openStreamRig(context, { port: reader.port, waits: { keepMs: 300 } });
    sink.write(encodedOf(numberedLines(0, 10)));
    await until('all is acknowledged', () => sink.counts.recordsWaiting === 0);
    sink.write(encodedOf(numberedLines(10, 10)));
    await until('all is read', () => reader.texts[0]!.includes('"n":19'));
    reader.sockets[0]!.end();
    await until('all is acknowledged', () => sink.counts.recordsWaiting === 0);
    assert.equal(reader.texts[1], numberedLines(10, 10).join(''));
    assert.equal(sink.counts.duplicatesPossible, 10);
    assert.deepEqual(lines, []);
  });

  test('waits for a reader that is slow, as long as it takes', async (context) => {
    const reader = await openReader(context, { onConnection: (socket) => socket.pause() });
    const { sink, lines } = openStreamRig(context, {
      port: reader.port,
      bytesUnderWay: 1 << 19,
      waits: { silenceMs: 100 },
    });
    const written = numberedLines(0, 20_000, 300);
    sink.write(encodedOf(written));
    const socket = reader.sockets;
    await until('it is connected', () => socket.length === 1);
    const pausing = setInterval(() => {
      socket[0]!.resume();
      setImmediate(() => socket[0]!.pause());
    }, 30);
    context.after(() => clearInterval(pausing));
    await until('something is acknowledged', () => sink.counts.recordsSent > 0);
    assert.ok(sink.counts.recordsWaiting > 0);
    clearInterval(pausing);
    socket[0]!.resume();
    await until('all is read', () => sink.counts.recordsSent === written.length);
    assert.equal(reader.texts.join(''), written.join(''));
    assert.deepEqual(lines, []);
  });

  test('is not held up by what is kept', async (context) => {
    const reader = await openReader(context);
    const options = { port: reader.port, bytesUnderWay: 1 << 18, waits: { keepMs: 3_600_000 } };
    const { sink } = openStreamRig(context, options);
    const written = numberedLines(0, 10_000, 300);
    sink.write(encodedOf(written));
    await until('all is read', () => reader.texts.join('').length === 300 * written.length);
    await until('most of it is acknowledged', () => sink.counts.recordsWaiting * 300 <= 1 << 17);
    assert.ok(sink.counts.recordsWaiting > 0);
  });

  test('reads no more than a little of what a reader says', async (context) => {
    let said = 0;
    const reader = await openReader(context, {
      onConnection: (socket) => {
        const chunk = Buffer.alloc(65_536, '{"n":1}\n');
        const say = () => {
          while (!socket.destroyed && socket.write(chunk)) said += chunk.length;
        };
        socket.on('drain', say);
        say();
      },
    });
    const { sink } = openStreamRig(context, { port: reader.port });
    for (let i = 0; i < 10; i++) {
      sink.write(encodedOf(numberedLines(i, 1)));
      await until('it is acknowledged', () => reader.texts[0]?.includes(`"n":${i}`) === true);
    }
    await sink.close(nowMs() + 5_000);
    assert.deepEqual(sink.counts, { ...counts(10), recordsAcknowledged: 10 });
    assert.ok(said < 32 << 20, `${said} bytes`);
  });

  for (const [why, calls] of [
    ['there is no addon', undefined],
    ['the kernel does not tell', { unacknowledged: () => -38, unanswered: () => -38 }],
  ] as const)
    test(`counts what was given to the kernel where nobody acknowledges: ${why}`, async (context) => {
      const reader = await openReader(context);
      const { sink } = openStreamRig(context, { port: reader.port, calls });
      sink.write(encodedOf(numberedLines(0, 10)));
      await until('all is sent', () => sink.counts.recordsWaiting === 0);
      await sink.close(nowMs() + 1_000);
      assert.deepEqual(sink.counts, counts(10));
      assert.equal(sink.acknowledgedBy, undefined);
      assert.equal(reader.texts.join(''), numberedLines(0, 10).join(''));
    });
});
