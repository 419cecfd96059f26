import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { batchEngine } from '../../../src/source/live/batch.js';
import { capEngine } from '../../../src/source/live/cap.js';
import type { LiveOptions } from '../../../src/source/live/live.js';
import { FlowSums } from '../../support/flow-sums.js';
import { engines, runLive } from '../../support/live.js';
import { noNetwork, openVeth, sendFromHere, sendTraffic, type Veth } from '../../support/veth.js';

describe('live capture', { skip: noNetwork }, () => {
  let veth: Veth;
  before(() => {
    veth = openVeth();
  });
  after(() => veth.close());

  test('gives the same packets with both engines at once', async () => {
    const server = createServer((socket) => socket.resume().end('y'.repeat(50_000))).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const connection = once(server, 'connection');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const filter = `udp or tcp port ${address.port}`;
    const receivers = [new FlowSums(), new FlowSums()] as const;
    // Room for more frames than are sent, in cap's slots of 64 KiB too: a busy machine must not make a difference.
    const options = { interface: veth.host, filter, bufferBytes: 128 << 20 };
    const running = await Promise.all([
      runLive(capEngine, options, receivers[0]),
      runLive(batchEngine, options, receivers[1]),
    ]);

    await sendTraffic(veth, {
      datagrams: [
        { target: veth.hostIPv4, targetPort: 4001, sourcePort: 5001, count: 400, payloadBytes: 10 },
        { target: veth.hostIPv6, targetPort: 4002, sourcePort: 5002, count: 300, payloadBytes: 1_300 },
        { target: veth.hostIPv4, targetPort: 4003, sourcePort: 5003, count: 20, payloadBytes: 4_000 },
      ],
      streams: [{ target: veth.hostIPv4, targetPort: address.port, bytes: 3_000_000 }],
    });
    // What either side still says of the connection would come between the two stops.
    const [socket] = await connection;
    if (!socket.closed) await once(socket, 'close');
    await Promise.all(running.map(({ stop }) => stop()));
    server.close();

    assert.deepEqual(receivers[0].lines, receivers[1].lines);
    const datagrams = receivers[1].lines.filter((line) => line.includes('UDP'));
    assert.deepEqual(datagrams, [
      `20 x ${veth.peerIPv4} > ${veth.hostIPv4} UDP 1048`,
      `20 x ${veth.peerIPv4} > ${veth.hostIPv4} UDP 1480`,
      `20 x ${veth.peerIPv4}.5003 > ${veth.hostIPv4}.4003 UDP 1472`,
      `300 x ${veth.peerIPv6}.5002 > ${veth.hostIPv6}.4002 UDP 1300`,
      `400 x ${veth.peerIPv4}.5001 > ${veth.hostIPv4}.4001 UDP 10`,
    ]);
    for (const { source } of running) assert.equal(source.counts().droppedByKernel, 0);
    assert.equal(running[1].source.counts().offeredByKernel, receivers[1].frames);
  });

  for (const engine of engines) {
    describe(engine.name, () => {
      test('shows each frame of loopback once', async () => {
        const receiver = new FlowSums();
        const running = await runLive(
          engine,
          { interface: 'lo', filter: `udp and host ${veth.hostIPv4}` },
          receiver,
        );
        // The host's own address: this way leads over loopback.
        await sendFromHere(veth.hostIPv4, 4001, 100);
        await running.stop();
        assert.deepEqual([receiver.frames, receiver.counts.size], [100, 1]);
      });

      test('reads all interfaces as cooked frames', async () => {
        const receiver = new FlowSums();
        const running = await runLive(
          engine,
          { interface: 'any', filter: `udp and host ${veth.peerIPv4}` },
          receiver,
        );
        await sendTraffic(veth, {
          datagrams: [
            { target: veth.hostIPv4, targetPort: 4001, sourcePort: 5001, count: 50, payloadBytes: 10 },
          ],
        });
        await running.stop();
        assert.deepEqual(receiver.lines, [`50 x ${veth.peerIPv4}.5001 > ${veth.hostIPv4}.4001 UDP 10`]);
        assert.deepEqual(running.lines, []);
      });

      test('stamps frames with the wall clock', async () => {
        const receiver = new FlowSums();
        const startUs = Date.now() * 1_000;
        const running = await runLive(engine, { interface: veth.host, filter: 'udp port 4001' }, receiver);
        await sendTraffic(veth, {
          datagrams: [{ target: veth.hostIPv4, targetPort: 4001, count: 5, payloadBytes: 10 }],
        });
        await running.stop();
        assert.equal(receiver.frames, 5);
        assert.ok(receiver.firstUs >= startUs && receiver.lastUs <= Date.now() * 1_000 + 1_000);
      });

      test('closes windows by the time of frames', async () => {
        const boundaries: number[] = [];
        const receiver = new FlowSums();
        receiver.windowEndUs = Number.NEGATIVE_INFINITY;
        receiver.advance = (timestampUs) => {
          boundaries.push(timestampUs);
          receiver.windowEndUs = timestampUs + 1e12;
        };
        const running = await runLive(engine, { interface: veth.host, filter: 'udp port 4001' }, receiver);
        await sendTraffic(veth, {
          datagrams: [{ target: veth.hostIPv4, targetPort: 4001, count: 5, payloadBytes: 10 }],
        });
        await running.stop();
        assert.deepEqual(boundaries, [receiver.firstUs]);
      });

      test('says which interface there is not', async () => {
        await assert.rejects(runLive(engine, { interface: 'nosuch0' }, new FlowSums()), {
          name: 'SourceError',
          kind: 'usage',
          message: '-i nosuch0: there is no such interface; "pcap-agg -D" lists those there are',
        });
        await assert.rejects(runLive(engine, { interface: 'much-longer-than-any' }, new FlowSums()), {
          kind: 'usage',
        });
      });

      test('says what is wrong with a filter', async () => {
        await assert.rejects(runLive(engine, { interface: 'lo', filter: 'port nonsense' }, new FlowSums()), {
          name: 'SourceError',
          kind: 'usage',
          message: /^filter "port nonsense": .*nonsense.*; see "man pcap-filter" for what can be said$/,
        });
      });

      test('says which sizes libpcap does not take', async () => {
        const refused = (options: Partial<LiveOptions>, message: string) =>
          assert.rejects(runLive(engine, { interface: 'lo', ...options }, new FlowSums()), {
            kind: 'usage',
            message,
          });
        await refused({ bufferBytes: 2 ** 31 }, '-B 2048: the most that libpcap takes is 2047');
        await refused({ snapshotBytes: 0 }, '-s 0: libpcap takes from 1 to 262144');
        await refused({ snapshotBytes: 262_145 }, '-s 262145: libpcap takes from 1 to 262144');
      });

      test('says that an interface is down', async () => {
        veth.down();
        try {
          await assert.rejects(runLive(engine, { interface: veth.host }, new FlowSums()), {
            name: 'SourceError',
            kind: 'input',
            message: `-i ${veth.host}: the interface is down; bring it up with "ip link set ${veth.host} up"`,
          });
        } finally {
          veth.up();
          restoreIPv6(veth);
        }
      });

      test('can be stopped before it runs, and twice', async () => {
        const running = await runLive(engine, { interface: 'lo' }, new FlowSums());
        running.source.stop();
        await running.stop();
        running.source.stop();
      });
    });
  }
});

/** An interface that goes down loses its IPv6 addresses. */
function restoreIPv6({ host, hostIPv6 }: Veth): void {
  execFileSync('ip', ['addr', 'replace', `${hostIPv6}/64`, 'dev', host, 'nodad']);
}
