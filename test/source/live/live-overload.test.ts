import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, describe, test } from 'node:test';
import { batchEngine } from '../../../src/source/live/batch.js';
import { capEngine } from '../../../src/source/live/cap.js';
import { FlowSums } from '../../support/flow-sums.js';
import { engines, runLive } from '../../support/live.js';
import { startLiveProcess } from '../../support/live-process.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendTraffic, startTraffic, type Veth } from '../../support/veth.js';

describe('more frames than can be taken', { skip: noNetwork }, () => {
  let veth: Veth;
  before(() => {
    veth = openVeth();
  });
  after(() => veth.close());

  const datagrams = (count: number | null, perSecond?: number) => ({
    datagrams: [
      {
        target: veth.hostIPv4,
        targetPort: 4001,
        count,
        payloadBytes: 1_000,
        ...(perSecond && { perSecond }),
      },
    ],
  });
  const filter = 'udp port 4001';

  for (const engine of engines) {
    test(`are counted as dropped by the kernel with ${engine.name}`, async () => {
      const count = 20_000;
      // A process that is stopped takes nothing, and a small buffer is soon full.
      const live = startLiveProcess({
        engine: engine.name,
        options: { interface: veth.host, filter, bufferBytes: 1 << 20, snapshotBytes: 1_500 },
      });
      await until('it captures', () => live.report() !== undefined);
      live.child.kill('SIGSTOP');
      await sendTraffic(veth, datagrams(count));
      live.child.kill('SIGCONT');
      const { frames, counts } = await live.stop();
      const { droppedByKernel = 0, offeredByKernel } = counts!;
      assert.ok(droppedByKernel > 0);
      assert.equal(frames + droppedByKernel, count);
      if (engine === batchEngine) assert.equal(offeredByKernel, count);
    });
  }

  for (const engine of [capEngine, batchEngine]) {
    test(`leave turns to timers and sockets with ${engine.name}, and SIGTERM ends the capture`, async () => {
      // 200 us for each of 20,000 frames a second: there is always another one waiting.
      const live = startLiveProcess({
        engine: engine.name,
        options: { interface: veth.host, filter, snapshotBytes: 1_500 },
        frameUs: 200,
      });
      await until('it captures', () => live.report() !== undefined);
      const traffic = startTraffic(veth, datagrams(null, 20_000));
      // Reports come from a timer and go over a socket.
      await until('it reports frames', () => (live.report()?.frames ?? 0) > 0);
      const first = live.report()?.frames ?? 0;
      await until('it reports more frames', () => (live.report()?.frames ?? 0) > first);
      const isBatch = engine === batchEngine;
      await until('it was interrupted', () => isBatch || (live.report()?.counts?.gaps ?? 0) > 0);
      live.child.kill('SIGTERM');
      const { frames, counts, breaths, lines } = await live.stop();
      traffic.kill();
      assert.ok(frames > 0);
      if (isBatch) return;
      // It looks every 32 frames, which take longer than the 5 ms after which it breathes.
      assert.ok(breaths > frames / 64, `${breaths} breaths in ${frames} frames`);
      assert.ok(counts!.gaps > 0 && counts!.gapMs > 0);
      // Not always the first: that the kernel drops frames may be found before.
      assert.match(
        lines.join('\n'),
        /^-i \w+: frames come faster than they are counted; the capture is interrupted/m,
      );
    });
  }

  test('let promises and ticks run between two frames of cap', async () => {
    const events: string[] = [];
    const receiver = new FlowSums(() => {
      events.push('frame');
      process.nextTick(() => events.push('tick'));
      Promise.resolve().then(() => events.push('promise'));
    });
    const running = await runLive(
      capEngine,
      { interface: 'lo', filter: 'udp and dst host 127.0.0.77' },
      receiver,
    );
    const socket = createSocket('udp4');
    for (let sent = 0; sent < 3; sent++) socket.send('hello', 4001, '127.0.0.77');
    // The three wait together in the kernel's buffer: cap delivers them without returning to the event loop.
    await until('three frames came', () => receiver.frames === 3);
    socket.close();
    await running.stop();
    const round = ['frame', 'tick', 'promise'];
    assert.deepEqual(events, [...round, ...round, ...round]);
  });
});
