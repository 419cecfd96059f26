import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { capEngine } from '../../../src/source/live/cap.js';
import { linkTypeNumber } from '../../../src/source/live/cap-handle.js';
import { capHasAssertions } from '../../../src/source/live/cap-module.js';
import type { LiveOptions } from '../../../src/source/live/live.js';
import { FlowSums } from '../../support/flow-sums.js';
import { runLive } from '../../support/live.js';
import { copyWithoutAddon, startLiveProcess } from '../../support/live-process.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendTraffic, startTraffic, type Veth } from '../../support/veth.js';

test("cap's names of link types become numbers", () => {
  const names = [
    'NULL',
    'ETHERNET',
    'RAW',
    'LINKTYPE_LINUX_SLL',
    'IEEE802_11_RADIO',
    'Unknown linktype 276',
    '?',
  ];
  assert.deepEqual(names.map(linkTypeNumber), [0, 1, 12, 113, 127, 276, -1]);
});

describe('cap', { skip: noNetwork }, () => {
  let veth: Veth;
  before(() => {
    veth = openVeth();
  });
  after(() => veth.close());
  const filter = 'udp port 4001';
  const send = (count: number) =>
    sendTraffic(veth, { datagrams: [{ target: veth.hostIPv4, targetPort: 4001, count, payloadBytes: 10 }] });

  test('keeps its buffer while the garbage collector runs', async () => {
    // The process collects all garbage fifty times a second.
    const live = startLiveProcess({ engine: 'cap', options: { interface: veth.host, filter } });
    await until('it captures', () => live.report() !== undefined);
    for (let round = 0; round < 5; round++) await send(200);
    assert.equal((await live.stop()).frames, 1_000);
  });

  test('leaves nothing behind that the garbage collector or libuv trips over', () => {
    const script = `
      const { engines, liveClocks, liveOptions } = await import(${JSON.stringify(new URL('../../support/live.js', import.meta.url))});
      const { createSocket } = await import('node:dgram');
      const log = { line() {}, limited() {} };
      const handles = [];
      for (let round = 0; round < 20; round++) {
        const capture = await engines[0].open(liveOptions({ interface: 'lo', bufferBytes: 1 << 18 }), log, liveClocks);
        handles.push(new WeakRef(capture));
        await capture.close();
        // New handles of libuv's are linked to the last one in its list.
        const socket = createSocket('udp4').bind(0, '127.0.0.1');
        await new Promise((resolve) => socket.once('listening', resolve));
        gc();
        socket.close();
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
      console.log(handles.filter((handle) => handle.deref() !== undefined).length);
    `;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--expose-gc', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    assert.deepEqual([stderr, status], ['', 0]);
    assert.ok(Number(stdout) < 5, `${stdout} of 20 captures are still there`);
  });

  test('does not pretend to heed what it cannot do', async () => {
    const refused = (options: Partial<LiveOptions>, message: string) =>
      assert.rejects(runLive(capEngine, { interface: 'lo', ...options }, new FlowSums()), {
        kind: 'usage',
        message,
      });
    await refused({ direction: 'in' }, '-Q in: --engine cap cannot do that; add --engine batch');
    await refused({ promiscuous: false }, '-p: --engine cap cannot do that; add --engine batch');
  });

  describe('without the addon', () => {
    const folder = temporaryFolder();
    let script: string;
    before(() => {
      script = copyWithoutAddon(folder.path);
    });

    test('says what is missing, and does not know the drops of the kernel', async () => {
      const live = startLiveProcess({ engine: 'cap', options: { interface: veth.host, filter } }, script);
      await until('it captures', () => live.report() !== undefined);
      await send(100);
      await until('frames come', () => live.report()?.frames === 100);
      const { counts, lines } = await live.stop();
      assert.deepEqual([counts?.droppedByKernel, counts?.offeredByKernel], [undefined, undefined]);
      assert.equal(lines.length, 1);
      assert.match(
        lines[0]!,
        /^the engine cap does without the project's addon \(native\/build\S+ is not there; .*: the kernel's drops are unknown/,
      );
    });

    test('survives a filter that libpcap refuses', async () => {
      const live = startLiveProcess(
        { engine: 'cap', options: { interface: veth.host, filter: 'port nonsense' } },
        script,
      );
      const { failure } = await live.stop();
      assert.equal(failure?.kind, 'usage');
      assert.match(failure.message, /^filter "port nonsense": /);
    });

    const aborts = capHasAssertions() && 'this cap was compiled with the assertion that ends the process';
    test('opens an interface anew that was lost', { skip: aborts }, async () => {
      const live = startLiveProcess({ engine: 'cap', options: { interface: veth.host, filter } }, script);
      await until('it captures', () => live.report() !== undefined);
      await send(10);
      await until('frames come', () => live.report()?.frames === 10);
      veth.down();
      await until('the loss is noticed', () => live.report()?.lines.length === 2);
      veth.up();
      await until('it is captured on again', () => live.report()?.counts?.gaps === 1);
      await send(10);
      await until('more frames come', () => live.report()?.frames === 20);
      await live.stop();
    });

    test('lets the event loop turn under more frames than it can take', async () => {
      const live = startLiveProcess(
        { engine: 'cap', options: { interface: veth.host, filter, bufferBytes: 4 << 20 }, frameUs: 200 },
        script,
      );
      await until('it captures', () => live.report() !== undefined);
      const traffic = startTraffic(veth, {
        datagrams: [
          { target: veth.hostIPv4, targetPort: 4001, count: null, payloadBytes: 10, perSecond: 20_000 },
        ],
      });
      await until('it was interrupted', () => (live.report()?.counts?.gaps ?? 0) > 0);
      live.child.kill('SIGTERM');
      const { frames } = await live.stop();
      traffic.kill();
      assert.ok(frames > 0);
    });
  });
});
