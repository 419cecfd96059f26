import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { frameParts } from '../../../src/host/native.js';
import { batchEngine } from '../../../src/source/live/batch.js';
import { directions } from '../../../src/source/live/live.js';
import { packetSockets } from '../../../src/source/live/packet-sockets.js';
import { FlowSums } from '../../support/flow-sums.js';
import { liveClocks, liveOptions, runLive } from '../../support/live.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendFromHere, sendTraffic, type Veth } from '../../support/veth.js';

const silent = { line() {}, limited() {} };

describe('batch', { skip: noNetwork }, () => {
  let veth: Veth;
  before(() => {
    veth = openVeth();
  });
  after(() => veth.close());
  const filter = 'udp port 4001';
  const send = (count: number, payloadBytes = 10) =>
    sendTraffic(veth, { datagrams: [{ target: veth.hostIPv4, targetPort: 4001, count, payloadBytes }] });

  /** ICMPv6, of which nobody knows how much decoding may look at one day. */
  const echoBytes = 14 + 40 + 8 + 1_400;
  const sendEchoes = () => {
    const ping = ['ping', '-6', '-n', '-q', '-c', '3', '-i', '0.02', '-s', '1400', veth.hostIPv6];
    execFileSync('ip', ['netns', 'exec', veth.namespace, ...ping]);
  };
  const echoes = 'icmp6 and ip6[40] == 128';
  /** What comes of `traffic`: frames, the most bytes captured of one, bytes of all on the wire. */
  const captured = async (of: string, snapshotBytes: number, traffic: () => Promise<void> | void) => {
    const receiver = new FlowSums();
    const running = await runLive(batchEngine, { interface: veth.host, filter: of, snapshotBytes }, receiver);
    await traffic();
    await running.stop();
    return [receiver.frames, receiver.mostCapturedBytes, receiver.wireBytes];
  };

  test('cuts frames at the snapshot length and knows how long they were', async () => {
    assert.deepEqual(await captured(echoes, 101, sendEchoes), [3, 101, 3 * echoBytes]);
  });

  test('captures frames whole where that is asked for', async () => {
    assert.deepEqual(await captured(echoes, 262_144, sendEchoes), [3, echoBytes, 3 * echoBytes]);
  });

  test('packs of plain frames what decoding looks at', async () => {
    const sendPlain = () => send(3, 1_400);
    assert.deepEqual(await captured(filter, 40, sendPlain), [3, 40, 3 * 1_442]);
    assert.deepEqual(await captured(filter, 128, sendPlain), [3, 14 + 20 + 14, 3 * 1_442]);
  });

  test('takes the directions that are asked for', async () => {
    const frames: Record<string, number> = {};
    for (const direction of directions) {
      const receiver = new FlowSums();
      const running = await runLive(batchEngine, { interface: veth.host, filter, direction }, receiver);
      await send(3);
      await sendFromHere(veth.peerIPv4, 4001, 2);
      await running.stop();
      frames[direction] = receiver.frames;
      assert.equal(running.source.counts().offeredByKernel, receiver.frames);
    }
    assert.deepEqual(frames, { in: 3, out: 2, inout: 5 });
  });

  test('delivers what waits when it is drained', async () => {
    const receiver = new FlowSums();
    const running = await runLive(batchEngine, { interface: veth.host, filter }, receiver);
    await send(50);
    // Without a turn of the event loop: the kernel hands its block over while this waits.
    const deadlineMs = performance.now() + 10_000;
    while (receiver.frames < 50 && performance.now() < deadlineMs) running.source.drain?.();
    assert.equal(receiver.frames, 50);
    await running.stop();
  });

  test('captures in a worker thread, and is closed with it', async () => {
    const script = `
      const { parentPort } = await import('node:worker_threads');
      const { runLive } = await import(${JSON.stringify(new URL('../../support/live.js', import.meta.url))});
      const { batchEngine } = await import(${JSON.stringify(new URL('../../../src/source/live/batch.js', import.meta.url))});
      const { FlowSums } = await import(${JSON.stringify(new URL('../../support/flow-sums.js', import.meta.url))});
      const receiver = new FlowSums(() => parentPort.postMessage(receiver.frames));
      await runLive(batchEngine, ${JSON.stringify({ interface: veth.host, filter })}, receiver);
      parentPort.postMessage(0);
    `;
    const before = packetSockets().size;
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
      let frames = -1;
      worker.on('message', (count) => {
        frames = count;
      });
      await until('it captures', () => frames === 0);
      await send(10);
      await until('frames come', () => frames === 10);
      await worker.terminate();
    }
    await until('all sockets are closed', () => packetSockets().size === before);
  });

  test('is opened and closed again and again without leaving anything behind', () => {
    // Without closing, every second time: then the garbage collector has to.
    const script = `
      const { loadNative } = await import(${JSON.stringify(new URL('../../../src/host/native.js', import.meta.url))});
      const { readdirSync, readFileSync } = await import('node:fs');
      const { native } = loadNative();
      const once = (close) => {
        const capture = native.open('lo', 'udp', 1 << 18, 128, 0, 100, true, () => undefined);
        native.poll(capture);
        if (close) native.close(capture);
      };
      const state = async () => {
        for (let round = 0; round < 5; round++) {
          gc();
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        const kilobytes = Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
        return { descriptors: readdirSync('/proc/self/fd').length, kilobytes };
      };
      const rounds = async (count) => {
        for (let round = 0; round < count; round++) {
          once(round % 2 === 0);
          if (round % 20 === 19) await state();
        }
        return state();
      };
      console.log(JSON.stringify([await rounds(40), await rounds(80)]));
    `;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--expose-gc', '--input-type=module', '-e', script],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(stderr, '');
    const [early, late] = JSON.parse(stdout);
    assert.equal(late.descriptors, early.descriptors);
    assert.ok(late.kilobytes - early.kilobytes < 4_096, `${late.kilobytes - early.kilobytes} KiB grown`);
  });

  test('throws on a closed capture, and on arguments that are none', async () => {
    const { loadNative } = await import('../../../src/host/native.js');
    const { native } = loadNative();
    assert.ok(native);
    const capture = native.open('lo', '', 1 << 18, 128, 0, 100, true, () => undefined);
    native.close(capture);
    native.close(capture);
    const bytes = new Uint8Array(1 << 12);
    assert.throws(() => native.read(capture, bytes, frameParts.headers), { code: 'closed' });
    assert.throws(() => native.statistics(capture), { code: 'closed' });
    const calls = native as unknown as Record<string, (...words: unknown[]) => unknown>;
    assert.throws(() => calls['read']!({}, bytes, frameParts.headers), TypeError);
    assert.throws(() => calls['open']!('lo', '', 2 ** 31, 128, 0, 100, true, () => undefined), TypeError);
    assert.throws(() => calls['open']!('lo\0x', '', 1 << 18, 128, 0, 100, true, () => undefined), TypeError);
    assert.throws(() => calls['open']!('lo'), TypeError);
    assert.throws(() => calls['open']!('lo', '', 1 << 18, 128, 0, 100, true, 7), TypeError);
    assert.throws(() => native.poll(capture), { code: 'closed' });
    assert.throws(() => native.packetStatistics(0), { code: 'other' });
    assert.throws(() => native.guardPoll(0, () => undefined), { code: 'other' });
    assert.throws(() => native.unguardPoll(0), { code: 'other' });
    const open = native.open('lo', '', 1 << 18, 128, 0, 100, true, () => undefined);
    assert.throws(() => native.read(open, new Uint8Array(100), frameParts.headers), {
      message: 'the buffer does not hold one frame',
    });
    assert.throws(() => calls['read']!(open, new Float64Array(1 << 12), frameParts.headers), TypeError);
    native.close(open);
  });

  test('reports an exception of its receiver as an uncaught one', async () => {
    const receiver = new FlowSums(() => {
      throw new Error('from the receiver');
    });
    const capture = await batchEngine.open(liveOptions({ interface: veth.host, filter }), silent, liveClocks);
    const uncaught = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const caught = once(process, 'uncaughtException');
    capture.start(veth.host, receiver, { lost() {}, interrupted() {} });
    await send(1);
    const [error] = await caught;
    for (const listener of uncaught) process.on('uncaughtException', listener);
    assert.equal(error.message, 'from the receiver');
    await capture.close();
  });
});
