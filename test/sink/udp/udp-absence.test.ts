/** Collectors that are not there, come back, move, or cannot be reached. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { memoryOf } from '../../../src/sink/outbox.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/until.js';
import { counts, encodedOf, numberedLines, overwrite, waitingOf } from '../encoded.js';
import { createUdpRig, openCollector, sender } from './udp-rig.js';

test('records wait for a collector that is not there, and none is lost', async (context) => {
  const rig = createUdpRig(context);
  const port = await freePort();
  const sink = rig.open(port);
  const lines = numberedLines(0, 500);
  sink.write(encodedOf(lines));
  await rig.pass(sink, 5500);
  assert.deepEqual(sink.counts, counts(0, {}, 500));
  const gone = `collector:${port}: nothing listens on that port; records wait until the collector is back or the run ends`;
  assert.deepEqual(rig.lines, Array(6).fill(gone));

  const collector = await openCollector(context, port);
  await rig.pass(sink, 2500);
  await until('all have arrived', () => collector.received.length >= 500);
  assert.deepEqual(collector.received, lines);
  assert.deepEqual(sink.counts, counts(500));
  assert.deepEqual(rig.lines.slice(6), [`collector:${port}: the collector is back`]);
});

test('none is lost when a collector goes away between two windows', async (context) => {
  const rig = createUdpRig(context);
  const first = await openCollector(context);
  const sink = rig.open(first.port);
  sink.write(encodedOf(numberedLines(0, 50)));
  await rig.pass(sink, 1500);
  await until('the first window has arrived', () => first.received.length >= 50);
  await first.close();
  sink.write(encodedOf(numberedLines(50, 50)));
  await rig.pass(sink, 20);
  const second = await openCollector(context, first.port);
  await rig.pass(sink, 2500);
  await until('the second window has arrived', () => second.received.length >= 50);
  assert.deepEqual(second.received, numberedLines(50, 50));
  assert.deepEqual(sink.counts, counts(100));
});

test('a collector that goes away in the middle of a window costs the record that was on its way', async (context) => {
  const rig = createUdpRig(context);
  const first = await openCollector(context);
  const sink = rig.open(first.port);
  await rig.warmUp(sink);
  sink.write(encodedOf(numberedLines(0, 300)));
  await rig.pass(sink, 10);
  await until('what was sent has arrived', () => first.received.length >= 201);
  await first.close();
  await rig.pass(sink, 20);
  const second = await openCollector(context, first.port);
  await rig.pass(sink, 2500);
  await until('the rest has arrived', () => second.received.length >= 99);
  assert.deepEqual(first.received.slice(1), numberedLines(0, 200));
  assert.deepEqual(second.received, numberedLines(201, 99));
  const expected = counts(300);
  expected.recordsUnsent.refused = 1;
  expected.packetsUnsent.refused = 3;
  assert.deepEqual(sink.counts, expected);
});

test('while the collector is away the queue keeps the newest records', async (context) => {
  const rig = createUdpRig(context);
  const port = await freePort();
  const sink = rig.open(port, { queueBytes: memoryOf(10, 1000) });
  for (let i = 0; i < 100; i += 10) {
    sink.write(encodedOf(numberedLines(i, 10, 100)));
    await rig.pass(sink, 100);
  }
  const collector = await openCollector(context, port);
  await rig.pass(sink, 2500);
  await until('what is left has arrived', () => collector.received.length >= 11);
  // The first is out of the queue, as the probe; the last ten are what the queue holds.
  assert.deepEqual(collector.received, [...numberedLines(0, 1, 100), ...numberedLines(90, 10, 100)]);
  assert.deepEqual([sink.counts.recordsSent, sink.counts.recordsUnsent['queue-full']], [11, 89]);
});

test('closing gives an absent collector one more chance and does not wait for the deadline', async (context) => {
  const rig = createUdpRig(context);
  const sink = rig.open(await freePort(), { nowMs: () => performance.now() });
  sink.write(encodedOf(numberedLines(0, 10)));
  await sink.close(performance.now() + 600_000);
  assert.deepEqual([sink.counts.recordsSent, sink.counts.recordsUnsent.refused], [0, 10]);
});

test('a name that gets another address is followed', async (context) => {
  const rig = createUdpRig(context);
  const first = await openCollector(context);
  const second = await openCollector(context, first.port, '127.0.0.2');
  let addresses = ['127.0.0.1'];
  const resolve = async () => addresses;
  const sink = rig.open(first.port, { host: 'collector.example', resolve });
  await rig.pass(sink, 5);
  sink.write(encodedOf(numberedLines(0, 10)));
  await rig.pass(sink, 1000);
  addresses = ['127.0.0.2'];
  sink.write(encodedOf(numberedLines(10, 10)));
  await rig.pass(sink, 1000);
  await rig.pass(sink, 60_000);
  sink.write(encodedOf(numberedLines(20, 10)));
  await rig.pass(sink, 1000);
  await until('all has arrived', () => first.received.length + second.received.length >= 30);
  assert.deepEqual(first.received, numberedLines(0, 20));
  assert.deepEqual(second.received, numberedLines(20, 10));
  assert.deepEqual(rig.lines, []);
});

test('of several addresses the one that answers is used, and nothing is lost', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context, undefined, '127.0.0.3');
  const resolve = async () => ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  const sink = rig.open(collector.port, { host: 'collector.example', resolve });
  sink.write(encodedOf(numberedLines(0, 10)));
  await rig.pass(sink, 4000);
  await until('all has arrived', () => collector.received.length >= 10);
  assert.deepEqual(collector.received, numberedLines(0, 10));
  assert.equal(sink.counts.recordsSent, 10);
});

test('records wait for a name that cannot be resolved yet', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  let known = false;
  const resolve = async () => {
    if (!known) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    return ['127.0.0.1'];
  };
  const sink = rig.open(collector.port, { host: 'collector.example', resolve });
  sink.write(encodedOf(numberedLines(0, 10)));
  await rig.pass(sink, 9000);
  known = true;
  await rig.pass(sink, 5000);
  await until('all has arrived', () => collector.received.length >= 10);
  assert.deepEqual(collector.received, numberedLines(0, 10));
  assert.deepEqual(
    new Set(rig.lines),
    new Set([`collector:${collector.port}: the name cannot be resolved (ENOTFOUND), and is asked again`]),
  );
});

test('an address of an interface that there cannot be is out of reach', async (context) => {
  const rig = createUdpRig(context);
  const sink = rig.open(9, { host: `fe80::1%${'a'.repeat(200)}` });
  sink.write(encodedOf(numberedLines(0, 10)));
  await rig.pass(sink, 100);
  assert.deepEqual(waitingOf(sink), { records: 10, packets: 30 });
  assert.deepEqual(rig.lines, [
    'collector:9: cannot be reached (EINVAL); records wait until the collector is back or the run ends',
  ]);
});

test('the system resolves localhost', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port, { host: 'localhost', nowMs: () => performance.now() });
  sink.write(encodedOf(numberedLines(0, 10)));
  await until('the name is resolved and all is sent', () => {
    sink.tick(performance.now());
    return collector.received.length >= 10;
  });
  assert.deepEqual(collector.received, numberedLines(0, 10));
});

const ownNetwork = spawnSync('unshare', ['--net', 'true']).status === 0;

test('while there is no way to the collector records wait, and none is lost', {
  skip: ownNetwork ? false : 'a network namespace needs root and unshare(1)',
}, () => {
  const script = fileURLToPath(new URL('network-down.js', import.meta.url));
  const byNode = sender.calls === undefined ? ['by Node'] : [];
  const output = execFileSync('unshare', ['--net', process.execPath, script, ...byNode], {
    encoding: 'utf8',
  });
  const { received, counts: told, lines } = JSON.parse(output);
  assert.deepEqual(received, numberedLines(0, 200));
  assert.deepEqual(told, counts(200));
  const gone =
    'collector: cannot be reached (ENETUNREACH); records wait until the collector is back or the run ends';
  const back = 'collector: the collector is back';
  assert.deepEqual(lines, [gone, back, gone, back]);
});

test('records are done with when all of them are sent, and the record that was lost is counted all the same', async (context) => {
  const rig = createUdpRig(context);
  const first = await openCollector(context);
  const sink = rig.open(first.port);
  await rig.warmUp(sink);
  const lines = numberedLines(0, 300);
  const done: number[] = [];
  const parts = [encodedOf(lines.slice(0, 150)), encodedOf(lines.slice(150))];
  for (const [i, encoded] of parts.entries()) {
    sink.write(encoded, () => {
      done.push(i);
      overwrite(encoded);
    });
  }
  await rig.pass(sink, 10);
  await until('what was sent has arrived', () => first.received.length >= 201);
  assert.deepEqual(done, [0]);
  await first.close();
  await rig.pass(sink, 20);
  assert.deepEqual(done, [0]);
  const second = await openCollector(context, first.port);
  await rig.pass(sink, 2500);
  await until('the rest has arrived', () => second.received.length >= 99);
  assert.deepEqual(done, [0, 1]);
  assert.deepEqual([...first.received.slice(1), ...second.received], lines.toSpliced(200, 1));
  const { recordsSent, recordsUnsent } = sink.counts;
  assert.deepEqual([recordsSent, recordsUnsent.refused], [300, 1]);
});
