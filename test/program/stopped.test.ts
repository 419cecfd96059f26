/** A process that is stopped under traffic, as by Ctrl-Z or a host that is paused, and goes on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertCollected, packetsOf } from '../support/accounting.js';
import { until } from '../support/until.js';
import { noNetwork, sendTraffic } from '../support/veth.js';
import { openCaptureRig, targetPort } from './capture-rig.js';

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
});
