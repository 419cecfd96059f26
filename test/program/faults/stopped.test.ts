/** A process that is stopped under traffic, as by Ctrl-Z or a host that is paused, and goes on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertCollected, packetsOf } from '../../support/accounting.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendTraffic } from '../../support/veth.js';
import { openCaptureRig, targetPort } from '../capture-rig.js';

const before = 50;
const meanwhile = 20_000;
/** It is stopped for ten seconds. */
const perSecond = meanwhile / 10;
const after = 30;

/** Buffers of 128 frames, as cap's slots take 64 KiB each, and of some 5,000. */
const soonFull = [
  ['cap', '8'],
  ['batch', '1'],
] as const;

describe('a process that is stopped', { skip: noNetwork, concurrency: true }, () => {
  for (const [engine, bufferMiB] of soonFull) {
    test(`reports what the kernel dropped meanwhile, and goes on (${engine})`, async (context) => {
      const { veth, collector, capture, send } = await openCaptureRig(context);
      const program = await capture('--engine', engine, '-B', bufferMiB);
      await send(before);
      program.child.kill('SIGSTOP');
      const count = meanwhile;
      const datagrams = { target: veth.hostIPv4, targetPort, count, perSecond, payloadBytes: 1_000 };
      await sendTraffic(veth, { datagrams: [datagrams] });
      program.child.kill('SIGCONT');
      await send(after);
      program.child.kill('SIGTERM');
      const { frames, sources } = await assertCollected(await program.finished, collector);
      const dropped = sources[0]?.droppedByKernel ?? 0;
      assert.ok(dropped > 0);
      assert.equal(frames + dropped, before + meanwhile + after);
      const times = collector.records.map(({ time }) => String(time));
      assert.deepEqual(times, times.toSorted(), 'one window after the other');
      const flows = collector.records.map(({ time, source_PORT }) => `${time} ${source_PORT}`);
      assert.equal(new Set(flows).size, flows.length, 'each flow once in a window');
      assert.ok(new Set(times).size >= 2, `${times.join(', ')}`);
    });
  }

  test('counts frames in the window of their time, though they were taken after its end (batch)', async (context) => {
    const { veth, collector, capture } = await openCaptureRig(context);
    const intervalMs = 10_000;
    const count = 10_000;
    const program = await capture('--engine', 'batch', '--interval', `${intervalMs}ms`);
    // Sending takes its time where the machine is busy: what did not lie in one window proves nothing, and is sent again.
    let seen: number;
    let endMs: number;
    let sentMs: number;
    let sent = 0;
    do {
      seen = collector.records.length;
      await until('a window has just begun', () => Date.now() % intervalMs < intervalMs / 4);
      endMs = (Math.floor(Date.now() / intervalMs) + 1) * intervalMs;
      program.child.kill('SIGSTOP');
      await sendTraffic(veth, {
        datagrams: [{ target: veth.hostIPv4, targetPort, count, payloadBytes: 10 }],
      });
      sentMs = Date.now();
      sent += count;
      // Longer than frames may take to be handed over.
      await until('the window is over', () => Date.now() > endMs + 500);
      program.child.kill('SIGCONT');
      await until('all that was sent is reported', () => packetsOf(collector.records) === sent);
    } while (sentMs >= endMs);
    program.child.kill('SIGTERM');
    await assertCollected(await program.finished, collector);
    const records = collector.records.slice(seen);
    assert.deepEqual(
      records.map((record) => record['count']),
      [count],
    );
    // The program closes it late, and the next one no sooner than at its end.
    const closedMs = Date.parse(String(records[0]?.['time']).slice(0, 23));
    assert.ok(closedMs >= endMs && closedMs < endMs + intervalMs, `${closedMs - endMs} ms after the end`);
  });

  test('counts frames of two interfaces in the windows of their time (batch)', async (context) => {
    const { veth, collector, capture } = await openCaptureRig(context);
    const other = openVeth();
    context.after(() => other.close());
    const intervalMs = 5_000;
    const interval = ['--interval', `${intervalMs}ms`];
    const program = await capture('--engine', 'batch', ...interval, '-i', other.host);
    const sendOnBoth = (sourcePort: number, count: number) =>
      Promise.all(
        [veth, other].map((link) =>
          sendTraffic(link, {
            datagrams: [{ target: link.hostIPv4, targetPort, sourcePort, count, payloadBytes: 10 }],
          }),
        ),
      );
    const tries = { sent: 0, seen: 0, endMs: 0, sentMs: 0 };
    do {
      tries.seen = collector.records.length;
      await until('a window has just begun', () => Date.now() % intervalMs < intervalMs / 5);
      tries.endMs = (Math.floor(Date.now() / intervalMs) + 1) * intervalMs;
      program.child.kill('SIGSTOP');
      await sendOnBoth(5_001, 1_000);
      tries.sentMs = Date.now();
      await until('the window is over', () => Date.now() > tries.endMs);
      await sendOnBoth(5_002, 500);
      tries.sent += 3_000;
      // What the kernel gathers it has handed over by then.
      await until('all waits', () => Date.now() > tries.endMs + 1_000);
      program.child.kill('SIGCONT');
      await until('all that was sent is reported', () => packetsOf(collector.records) === tries.sent);
    } while (tries.sentMs >= tries.endMs);
    program.child.kill('SIGTERM');
    await assertCollected(await program.finished, collector);
    const records = collector.records.slice(tries.seen);
    const windowsOf = (sourcePort: number) =>
      records
        .filter((record) => record['source_PORT'] === sourcePort)
        .map(({ time, count }) => [String(time), count]);
    const [firstTime, laterTime] = [windowsOf(5_001), windowsOf(5_002)].map((windows) => windows[0]?.[0]);
    assert.deepEqual(windowsOf(5_001), [
      [firstTime, 1_000],
      [firstTime, 1_000],
    ]);
    assert.deepEqual(windowsOf(5_002), [
      [laterTime, 500],
      [laterTime, 500],
    ]);
    assert.ok(firstTime! < laterTime!, `${firstTime}, ${laterTime}`);
  });
});
