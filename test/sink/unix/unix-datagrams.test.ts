import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { loadNative } from '../../../src/host/native.js';
import { Outbox } from '../../../src/sink/outbox.js';
import { QueuedSink } from '../../../src/sink/queued-sink.js';
import { openUnixDatagrams } from '../../../src/sink/unix/open.js';
import { type UnixCalls, UnixDatagrams } from '../../../src/sink/unix/unix-datagrams.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { counts, encodedOf, numberedLines } from '../encoded.js';

const folder = temporaryFolder();
const { native } = loadNative();
assert.notEqual(native, undefined);
const nowMs = () => performance.now();

/** Node has no such sockets: Python binds one, and writes what it receives once it was told to read. */
const script = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while sys.argv[2] == 'waits' and sys.stdin.readline() != 'read\\n': pass
while True: os.write(1, s.recv(1 << 20))
`;

async function openReader(context: TestContext, path: string, mode: 'reads' | 'waits' = 'reads') {
  rmSync(path, { force: true });
  const child = spawn('python3', ['-c', script, path, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  context.after(close);
  await until('it is bound', () => text.startsWith('bound\n'));
  return { close, text: () => text.slice('bound\n'.length), read: () => child.stdin.write('read\n') };
}

function openSink(context: TestContext, path: string, calls: UnixCalls = native!) {
  const lines: string[] = [];
  const log = { limited: (_subject: string, text: string) => lines.push(text) };
  const transport = new UnixDatagrams(path, calls);
  const queue = new Outbox(1 << 26);
  const sink = new QueuedSink({ name: path, transport, queue, log, nowMs, random: () => 0.05 });
  const timer = setInterval(() => sink.tick(nowMs()), 5);
  context.after(async () => {
    clearInterval(timer);
    await sink.close(nowMs());
  });
  sink.start();
  return { sink, lines };
}

describe('datagrams of the Unix domain', () => {
  test('bring a record each, in order', async (context) => {
    const path = join(folder.path, 'order');
    const reader = await openReader(context, path);
    const { sink, lines } = openSink(context, path);
    const written = numberedLines(0, 5_000, 100);
    for (let i = 0; i < written.length; i += 500) sink.write(encodedOf(written.slice(i, i + 500)));
    await until('all is read', () => reader.text().length === 500_000);
    assert.equal(reader.text(), written.join(''));
    assert.deepEqual(sink.counts, counts(5_000));
    assert.deepEqual(lines, []);
  });

  test('wait for a reader that is full, and do not keep asking', async (context) => {
    const path = join(folder.path, 'full');
    const reader = await openReader(context, path, 'waits');
    let taken = 0;
    let refused = 0;
    const { sink, lines } = openSink(context, path, {
      connectUnixDatagrams: (given) => native!.connectUnixDatagrams(given),
      sendDatagram: (...given) => {
        const status = native!.sendDatagram(...given);
        if (status < 0) refused++;
        else taken++;
        return status;
      },
    });
    const written = numberedLines(0, 2_000, 100);
    sink.write(encodedOf(written));
    const startMs = nowMs();
    await until('some time has passed', () => nowMs() - startMs > 200);
    // A timer that is late may be followed by the next one at once; who keeps asking asks thousands of times.
    const ticks = Math.ceil((nowMs() - startMs) / 5);
    assert.ok(taken < 2_000, 'it is full');
    assert.ok(refused <= 4 * ticks + 10, `${refused} calls`);
    // Runs are of 256 records. How many wait unread is the host's setting: 10 by the kernel, 512 by systemd.
    assert.equal(sink.counts.recordsWaiting, 2_000 - Math.floor(taken / 256) * 256);
    reader.read();
    await until('all is read', () => reader.text().length === 200_000);
    assert.equal(reader.text(), written.join(''));
    assert.deepEqual(sink.counts, counts(2_000));
    assert.deepEqual(lines, []);
  });

  test('wait for a reader that is not there, or was killed, and lose nothing that it had not got', async (context) => {
    const path = join(folder.path, 'away');
    const { sink, lines } = openSink(context, path);
    sink.write(encodedOf(numberedLines(0, 10)));
    await until('it is noticed', () => lines.length === 1);
    assert.match(lines[0]!, /there is no such socket; check that it runs, and the path; records wait/);
    const first = await openReader(context, path);
    await until('all is sent', () => sink.counts.recordsSent === 10 && first.text().includes('"n":9'));
    assert.equal(first.text(), numberedLines(0, 10).join(''));
    await first.close();
    sink.write(encodedOf(numberedLines(10, 10)));
    await until('it is noticed again', () => sink.away);
    const second = await openReader(context, path);
    await until('all is sent', () => sink.counts.recordsSent === 20);
    await until('all is read', () => second.text().includes('"n":19'));
    assert.equal(second.text(), numberedLines(10, 10).join(''));
    assert.equal(sink.counts.duplicatesPossible, 0);
  });

  test('go to the next reader at once where there is one', async (context) => {
    const path = join(folder.path, 'next');
    const first = await openReader(context, path);
    const { sink, lines } = openSink(context, path);
    sink.write(encodedOf(numberedLines(0, 10)));
    await until('all is read', () => first.text().includes('"n":9'));
    await first.close();
    const second = await openReader(context, path);
    sink.write(encodedOf(numberedLines(10, 10)));
    await until('all is read', () => second.text().includes('"n":19'));
    assert.deepEqual(sink.counts, counts(20));
    assert.deepEqual(lines, []);
  });

  test('leave out a record that is longer than the kernel takes', async (context) => {
    const path = join(folder.path, 'long');
    const reader = await openReader(context, path);
    const { sink, lines } = openSink(context, path);
    const long = `${'x'.repeat(500_000)}\n`;
    sink.write(encodedOf([...numberedLines(0, 3), long, ...numberedLines(3, 3)]));
    await until('all is read', () => reader.text().includes('"n":5'));
    assert.equal(reader.text(), numberedLines(0, 6).join(''));
    await until('all is counted', () => sink.counts.recordsWaiting === 0);
    assert.equal(sink.counts.recordsSent, 6);
    assert.deepEqual(sink.counts.recordsUnsent, counts(6, { 'too-long': 1 }).recordsUnsent);
    assert.match(lines.join('\n'), /longer than the kernel takes/);
  });

  test('need a path that a socket can have', () => {
    const address = `/${'x'.repeat(107)}`;
    assert.throws(
      () => openUnixDatagrams({ address, target: `unix:${address}`, option: '--to' }),
      /^UsageError: --to unix:\/x+: this cannot be the path of a socket; write one of at most 107 bytes$/,
    );
  });
});
