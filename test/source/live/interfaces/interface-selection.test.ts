/** Interfaces by pattern, on real ones that come, go and change their names. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { loadNative } from '../../../../src/host/native.js';
import { batchEngine } from '../../../../src/source/live/batch.js';
import { capEngine } from '../../../../src/source/live/cap.js';
import { InterfaceSelection } from '../../../../src/source/live/interfaces/interface-selection.js';
import type { LiveOptions } from '../../../../src/source/live/live.js';
import { FlowSums } from '../../../support/flow-sums.js';
import { runLive } from '../../../support/live.js';
import { until } from '../../../support/until.js';
import { ip, noNetwork, openVeth, sendTraffic, type Veth } from '../../../support/veth.js';

/** All interfaces are captured on, and other tests send as well: a port that is this file's. */
const targetPort = randomInt(20_000, 30_000);
const filter = `udp port ${targetPort}`;
const send = (veth: Veth, count: number) =>
  sendTraffic(veth, {
    datagrams: [{ target: veth.hostIPv4, targetPort, sourcePort: 5001, count, payloadBytes: 10 }],
  });
const start = (receiver: FlowSums, patterns: readonly string[], options: Partial<LiveOptions> = {}) =>
  runLive(batchEngine, { interface: 'any', filter, patterns, ...options }, receiver);
const flowOf = (veth: Veth, count: number) =>
  `${count} x ${veth.peerIPv4}.5001 > ${veth.hostIPv4}.${targetPort} UDP 10`;

describe('interfaces by pattern', { skip: noNetwork }, () => {
  test('are those that they name, and the frames of all others are left out', async (context) => {
    const veths = [openVeth(), openVeth()] as const;
    context.after(() => veths.map((veth) => veth.close()));
    const [named, other] = veths;
    const receiver = new FlowSums();
    const running = await start(receiver, [`${named.namespace}*`, `!${named.namespace}z*`]);
    await send(named, 20);
    await send(other, 30);
    await running.stop();
    assert.deepEqual(receiver.lines, [flowOf(named, 20), '30 x other-interface']);
    assert.deepEqual(running.lines, [
      `-i ${named.namespace}*,!${named.namespace}z*: names ${named.host} now, and others as they come`,
    ]);
    assert.equal(running.source.name, `${named.namespace}*,!${named.namespace}z*`);
    const { offeredByKernel, droppedByKernel, droppedByInterface } = running.source.counts();
    assert.deepEqual([offeredByKernel, droppedByKernel, droppedByInterface], [50, 0, undefined]);
  });

  test('are there with their first frame when they come, and again when they come anew', async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    veth.remove();
    const receiver = new FlowSums();
    const running = await start(receiver, [veth.host]);
    for (const count of [10, 20]) {
      veth.recreate();
      await send(veth, count);
      // At once: what is not read yet is of an interface that is gone.
      veth.remove();
    }
    await running.stop();
    assert.deepEqual(receiver.lines, [flowOf(veth, 30)]);
    assert.deepEqual(running.lines, [
      `-i ${veth.host}: names no interface that is there; waiting for one ("pcap-agg -D" lists those there are)`,
    ]);
    assert.equal(running.source.counts().gaps, 0);
  });

  test('are told by the name that they have at the time', async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    const receiver = new FlowSums();
    const running = await start(receiver, [`${veth.namespace}*`, '!*x']);
    await send(veth, 10);
    await until('they are read', () => receiver.frames === 10);
    ip('link', 'set', veth.host, 'down');
    ip('link', 'set', veth.host, 'name', `${veth.namespace}x`);
    ip('link', 'set', `${veth.namespace}x`, 'up');
    let sent = 10;
    await until('the new name is known', async () => {
      await send(veth, 1);
      sent++;
      return receiver.counts.has('other-interface');
    });
    await until('they are read', () => receiver.frames === sent);
    const others = receiver.counts.get('other-interface')!;
    await send(veth, 20);
    await running.stop();
    assert.deepEqual(receiver.lines, [flowOf(veth, sent - others), `${others + 20} x other-interface`]);
  });

  test('are captured by one way only where that is asked for', async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    const receiver = new FlowSums();
    const running = await start(receiver, [veth.host], { direction: 'out' });
    await send(veth, 10);
    await running.stop();
    assert.deepEqual(receiver.lines, []);
  });

  test('are too much for cap', async () => {
    await assert.rejects(
      runLive(capEngine, { interface: 'any', patterns: ['eth*', '!eth1'] }, new FlowSums()),
      {
        kind: 'usage',
        message: '-i eth*: --engine cap cannot do that; add --engine batch',
      },
    );
  });

  test('take a libpcap that tells interfaces apart', () => {
    const { native } = loadNative();
    const linuxSll = 113;
    const options = { patterns: ['eth*'], promiscuous: true, descriptor: -1, linkType: linuxSll };
    assert.throws(() => new InterfaceSelection(native!, options).open(), {
      kind: 'usage',
      message: '-i eth*: patterns take libpcap 1.10 or later; name the interfaces, each with -i',
    });
  });
});
