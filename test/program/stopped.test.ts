/** A process that is stopped under traffic, as by Ctrl-Z or a host that is paused, and goes on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertCollected } from '../support/accounting.js';
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
    const program = await capture('--engine', 'batch', '--interval', `${intervalMs}ms`);
    await until('a window has just begun', () => Date.now() % intervalMs < intervalMs / 3);
    const endMs = Math.ceil(Date.now() / intervalMs) * intervalMs;
    program.child.kill('SIGSTOP');
    const count = 10_000;
    await sendTraffic(veth, { datagrams: [{ target: veth.hostIPv4, targetPort, count, payloadBytes: 10 }] });
    assert.ok(Date.now() < endMs, 'all is sent before the window ends');
    // Longer than frames may take to be handed over.
    await until('the window is over', () => Date.now() > endMs + 500);
    program.child.kill('SIGCONT');
    await until('a record has come', () => collector.records.length > 0);
    program.child.kill('SIGTERM');
    await assertCollected(await program.finished, collector);
    assert.deepEqual(
      collector.records.map((record) => record['count']),
      [count],
    );
  });
});
