import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { loadNative } from '../../../src/host/native.js';
import { memoryOf } from '../../../src/sink/outbox.js';
import type { DatagramCalls } from '../../../src/sink/udp/udp-link.js';
import { until } from '../../support/until.js';
import { counts, encodedOf, numberedLines, waitingOf } from '../encoded.js';
import { createUdpRig, openCollector } from './udp-rig.js';

for (const address of ['127.0.0.1', '::1']) {
  test(`each record arrives whole in a datagram of its own, in order (${address})`, async (context) => {
    const rig = createUdpRig(context);
    const collector = await openCollector(context, undefined, address);
    const sink = rig.open(collector.port, { host: address });
    const lines = numberedLines(0, 700);
    for (let i = 0; i < 700; i += 70) sink.write(encodedOf(lines.slice(i, i + 70)));
    assert.deepEqual(waitingOf(sink), { records: 700, packets: 2100 });
    await rig.pass(sink, 300);
    await until('all has arrived', () => collector.received.length >= 700);
    assert.deepEqual(collector.received, lines);
    assert.deepEqual(sink.counts, counts(700));
    assert.deepEqual(waitingOf(sink), { records: 0, packets: 0 });
    assert.deepEqual(rig.lines, []);
  });
}

test('records are packed on request, whole ones and as many as fit', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port, { packBytes: 1000 });
  const lines = numberedLines(0, 20, 300);
  sink.write(encodedOf(lines.slice(0, 10)));
  sink.write(encodedOf(lines.slice(10)));
  await rig.pass(sink, 300);
  await until('all has arrived', () => collector.received.length >= 8);
  assert.deepEqual(
    collector.received.map((datagram) => datagram.length),
    [900, 900, 900, 300, 900, 900, 900, 300],
  );
  assert.deepEqual(collector.received.join(''), lines.join(''));
  assert.deepEqual(sink.counts, counts(20));
});

test('a record that is longer than a datagram is counted and reported, never cut', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port);
  const [first, fits, tooLong, last] = [10, 8192, 8193, 10].map((bytes, i) => numberedLines(i, 1, bytes)[0]!);
  sink.write(encodedOf([first!, fits!, tooLong!, last!]));
  await rig.pass(sink, 300);
  await until('three have arrived', () => collector.received.length >= 3);
  assert.deepEqual(collector.received, [first, fits, last]);
  assert.deepEqual(sink.counts, counts(3, { 'too-long': 1 }));
  assert.deepEqual(rig.lines, [
    `collector:${collector.port}: a record of 8193 bytes is too long for a datagram, and was not sent`,
  ]);
});

test('what the kernel finds too long is counted in the same way', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port, { longestRecordBytes: 1_000_000 });
  const [first, tooLong, last] = [10, 70_000, 10].map((bytes, i) => numberedLines(i, 1, bytes)[0]!);
  sink.write(encodedOf([first!, tooLong!, last!]));
  await rig.pass(sink, 300);
  await until('two have arrived', () => collector.received.length >= 2);
  assert.deepEqual(collector.received, [first, last]);
  assert.deepEqual(sink.counts, counts(2, { 'too-long': 1 }));
});

test('no more goes out than the rate allows, and no more than 100 datagrams at a time', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port);
  await rig.warmUp(sink);
  sink.write(encodedOf(numberedLines(0, 1000)));
  const sentAfter: number[] = [];
  for (const ms of [5, 5, 10, 1000]) {
    await rig.pass(sink, ms);
    sentAfter.push(sink.counts.recordsSent - 1);
  }
  assert.deepEqual(sentAfter, [100, 200, 400, 1000]);

  const slow = rig.open(collector.port, { ratePerSecond: 100 });
  await rig.warmUp(slow);
  slow.write(encodedOf(numberedLines(0, 100)));
  await rig.pass(slow, 105);
  assert.equal(slow.counts.recordsSent - 1, 11);
});

test('what the kernel has no room for is tried again with each tick, and is no news of the collector', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const native = loadNative().native!;
  let isFull = false;
  let tries = 0;
  const calls: DatagramCalls = {
    connectDatagrams: (...target) => native.connectDatagrams(...target),
    sendInFragments: (...datagram) => native.sendInFragments(...datagram),
    pathMtu: (descriptor) => native.pathMtu(descriptor),
    receiveBuffer: (descriptor) => native.receiveBuffer(descriptor),
    sendDatagram(...datagram) {
      tries++;
      return isFull ? -constants.errno.EAGAIN : native.sendDatagram(...datagram);
    },
  };
  const sink = rig.open(collector.port, { calls });
  await rig.warmUp(sink);
  sink.write(encodedOf(numberedLines(0, 300)));
  isFull = true;
  tries = 0;
  await rig.pass(sink, 500);
  assert.deepEqual([tries, sink.counts], [100, counts(1, {}, 300)]);
  isFull = false;
  await rig.pass(sink, 10);
  assert.deepEqual(sink.counts, counts(201, {}, 100));
  // Also where the first after a pause meets with it.
  await rig.pass(sink, 2_000);
  isFull = true;
  sink.write(encodedOf(numberedLines(300, 10)));
  await rig.pass(sink, 500);
  isFull = false;
  await rig.pass(sink, 200);
  await until('all has arrived', () => collector.received.length >= 311);
  assert.deepEqual(collector.received.slice(1), numberedLines(0, 310));
  assert.deepEqual(sink.counts, counts(311));
  assert.deepEqual(rig.lines, []);
});

test('after a pause one datagram goes ahead', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port);
  await rig.warmUp(sink);
  await rig.pass(sink, 1000);
  sink.write(encodedOf(numberedLines(0, 50)));
  await rig.pass(sink, 100);
  await until('two have arrived', () => collector.received.length >= 2);
  assert.deepEqual(waitingOf(sink), { records: 50, packets: 150 });
  await rig.pass(sink, 10);
  assert.deepEqual(sink.counts, counts(51));
});

test('what is announced is spread over five seconds, and an end hurries', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port);
  await rig.warmUp(sink);
  sink.announce?.(10_000);
  for (let i = 0; i < 10_000; i += 1000) sink.write(encodedOf(numberedLines(i, 1000)));
  const sentEachSecond: number[] = [];
  for (let second = 0; second < 3; second++) {
    const before = sink.counts.recordsSent;
    await rig.pass(sink, 1000);
    sentEachSecond.push(sink.counts.recordsSent - before);
  }
  assert.deepEqual(sentEachSecond, [2000, 2000, 2000]);
  sink.announce?.(1000);
  const before = sink.counts.recordsSent;
  await rig.pass(sink, 100);
  assert.equal(sink.counts.recordsSent - before, 100);
});

test('where fewer come than were announced, they are spread over the five seconds all the same', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port);
  await rig.warmUp(sink);
  sink.announce?.(100_000);
  sink.write(encodedOf(numberedLines(0, 1000)));
  sink.announce?.(-80_000);
  for (let i = 1_000; i < 10_000; i += 1000) sink.write(encodedOf(numberedLines(i, 1000)));
  sink.announce?.(-10_000);
  const sentEachSecond: number[] = [];
  for (let second = 0; second < 3; second++) {
    const before = sink.counts.recordsSent;
    await rig.pass(sink, 1000);
    sentEachSecond.push(sink.counts.recordsSent - before);
  }
  assert.deepEqual(sentEachSecond, [2000, 2000, 2000]);
});

test('it is ready while little waits, and says when it is again', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port);
  await rig.warmUp(sink);
  sink.write(encodedOf(numberedLines(0, 1000, 1000)));
  assert.equal(sink.ready, true);
  await sink.drained();
  sink.write(encodedOf(numberedLines(1000, 200, 1000)));
  assert.equal(sink.ready, false);
  let drained = false;
  sink.drained().then(() => {
    drained = true;
  });
  await rig.pass(sink, 5);
  assert.deepEqual([sink.ready, drained], [false, false]);
  // Two ticks' records are more than the collector's buffer has room for.
  await until('it is ready', async () => {
    await rig.pass(sink, 5);
    return sink.ready;
  });
  assert.equal(drained, true);
});

test('when the queue is full the oldest records give way', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const sink = rig.open(collector.port, { queueBytes: memoryOf(10, 1000) });
  const lines = numberedLines(0, 25, 100);
  sink.write(encodedOf(lines.slice(0, 15)));
  assert.deepEqual(sink.counts, counts(0, { 'queue-full': 5 }, 10));
  sink.write(encodedOf(lines.slice(15)));
  assert.deepEqual(sink.counts, counts(0, { 'queue-full': 15 }, 10));
  await rig.pass(sink, 300);
  await until('the rest has arrived', () => collector.received.length >= 10);
  assert.deepEqual(collector.received, lines.slice(15));
  assert.deepEqual(sink.counts, counts(10, { 'queue-full': 15 }));
  assert.deepEqual(
    new Set(rig.lines),
    new Set([`collector:${collector.port}: the queue is full; the oldest records are dropped`]),
  );
});

test('closing sends what waits, at the pace, and counts the rest at the deadline', async (context) => {
  const rig = createUdpRig(context);
  const collector = await openCollector(context);
  const unhurried = rig.open(collector.port, { nowMs: () => performance.now() });
  unhurried.write(encodedOf(numberedLines(0, 300)));
  await unhurried.close(performance.now() + 10_000);
  assert.deepEqual(unhurried.counts, counts(300));

  const hurried = rig.open(collector.port, { nowMs: () => performance.now(), ratePerSecond: 100 });
  hurried.write(encodedOf(numberedLines(300, 300)));
  await hurried.close(performance.now() + 100);
  const { recordsSent } = hurried.counts;
  assert.ok(recordsSent > 0 && recordsSent < 300, `${recordsSent} sent`);
  assert.deepEqual(hurried.counts, counts(recordsSent, { closed: 300 - recordsSent }));
  assert.deepEqual(waitingOf(hurried), { records: 0, packets: 0 });
  await until('what was sent has arrived', () => collector.received.length >= 300 + recordsSent);
  assert.deepEqual(collector.received, numberedLines(0, 300 + recordsSent));

  hurried.write(encodedOf(numberedLines(0, 2)));
  assert.deepEqual(hurried.counts, counts(recordsSent, { closed: 302 - recordsSent }));
  await hurried.drained();
});
