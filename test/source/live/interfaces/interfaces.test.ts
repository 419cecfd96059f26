import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { batchEngine } from '../../../../src/source/live/batch.js';
import { capEngine } from '../../../../src/source/live/cap.js';
import {
  interfaceDrops,
  interfaceState,
  listInterfaces,
} from '../../../../src/source/live/interfaces/interfaces.js';
import { isPolled, isRunning, packetSockets } from '../../../../src/source/live/packet-sockets.js';
import { mayCapture } from '../../../../src/source/live/rehearsal.js';
import { FlowSums } from '../../../support/flow-sums.js';
import { runLive } from '../../../support/live.js';
import { until } from '../../../support/until.js';
import { noNetwork, openVeth, type Veth } from '../../../support/veth.js';

test('loopback is listed, with its address, and known to be up', async () => {
  const loopback = (await listInterfaces()).find(({ name }) => name === 'lo');
  assert.ok(loopback?.addresses.includes('127.0.0.1'));
  assert.ok(loopback?.flags.includes('loopback') && loopback.flags.includes('up'));
  assert.deepEqual(interfaceState('lo'), { up: true, loopback: true, hardwareType: 772 });
});

test('what is no interface has no state', () => {
  assert.equal(interfaceState('nosuch0'), undefined);
  assert.equal(interfaceState('longer-than-the-kernel-allows'), undefined);
  assert.equal(interfaceState(''), undefined);
  assert.equal(interfaceDrops('nosuch0'), undefined);
});

describe('an interface of our own', { skip: noNetwork }, () => {
  let veth: Veth;
  before(() => {
    veth = openVeth();
  });
  after(() => veth.close());

  test('is listed with its addresses', async () => {
    const found = (await listInterfaces()).find(({ name }) => name === veth.host);
    assert.ok(found?.addresses.includes(veth.hostIPv4) && found.addresses.includes(veth.hostIPv6));
  });

  test('is up or down as the kernel says', () => {
    assert.deepEqual(interfaceState(veth.host), { up: true, loopback: false, hardwareType: 1 });
    assert.equal(interfaceDrops(veth.host), 0);
    veth.down();
    assert.equal(interfaceState(veth.host)?.up, false);
    veth.up();
  });

  test('root may capture', () => assert.equal(mayCapture(), true));

  for (const engine of [capEngine, batchEngine]) {
    test(`shows the socket of ${engine.name}, and whether it takes frames`, async () => {
      const earlier = packetSockets();
      const running = await runLive(engine, { interface: veth.host }, new FlowSums());
      const [descriptor = -1] = [...packetSockets()].filter((socket) => !earlier.has(socket));
      // libuv begins when the event loop next waits.
      await until('the socket is polled', () => isPolled(descriptor));
      assert.equal(isRunning(descriptor), true);
      veth.down();
      assert.equal(isRunning(descriptor), false);
      await running.stop();
      veth.up();
      assert.deepEqual([isRunning(descriptor), isPolled(descriptor)], [false, false]);
      assert.equal(isRunning(0), false);
    });
  }
});
