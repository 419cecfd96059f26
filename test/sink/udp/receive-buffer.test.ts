/** The receive buffer of a collector on this host: what the kernel says of it, and that nothing is sent that it has no room for. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { loadNative } from '../../../src/host/native.js';
import type { DatagramCalls } from '../../../src/sink/udp/udp-link.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth } from '../../support/veth.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { type Receiver, startReceiver } from './receiver-process.js';
import { socketLine } from './socket-table.js';
import { createUdpRig } from './udp-rig.js';

const native = loadNative().native!;
const defaultBytes = Number(readFileSync('/proc/sys/net/core/rmem_default', 'utf8'));

/** A collector that reads nothing until it is woken. */
async function startSleeper(context: TestContext, address = '127.0.0.1'): Promise<Receiver> {
  const receiver = await startReceiver(0, address);
  process.kill(receiver.pid, 'SIGSTOP');
  context.after(() => {
    wake(receiver);
    receiver.stop();
  });
  return receiver;
}

const wake = ({ pid }: Receiver) => process.kill(pid, 'SIGCONT');

/** A socket of this process's, connected to that address until the test has ended. */
function connected(context: TestContext, address: string, port: number): number {
  const descriptor = native.connectDatagrams(address, port, 1);
  assert.ok(descriptor >= 0);
  context.after(() => closeSync(descriptor));
  return descriptor;
}

describe('what the addon is told', () => {
  const ways = [
    ['IPv4', '127.0.0.1', '127.0.0.1'],
    ['another loopback address', '127.1.2.3', '0.0.0.0'],
    ['IPv6', '::1', '::1'],
    ['IPv4 as IPv6 writes it', '::ffff:127.0.0.1', '127.0.0.1'],
    ['all of this host', '0.0.0.0', '127.0.0.1'],
    ['IPv4 to a socket of both', '127.0.0.1', '::'],
    ['IPv6 to a socket of both', '::1', '::'],
  ] as const;

  for (const [name, to, bound] of ways) {
    test(`is what /proc says: ${name}`, async (context) => {
      const { port } = await startSleeper(context, bound);
      const descriptor = connected(context, to, port);
      const datagram = Buffer.alloc(300, 'x');
      let droppedBefore = -1;
      for (let sent = 0; sent < 1_000; sent++) {
        const { usedBytes, inode, dropped } = socketLine(port);
        const state = native.receiveBuffer(descriptor);
        const unread = { unreadBytes: usedBytes, usedBytes };
        assert.deepEqual(state, { ...unread, limitBytes: defaultBytes, dropped, socket: inode });
        if (dropped > 10) break;
        droppedBefore = dropped;
        assert.equal(native.sendDatagram(descriptor, datagram, 0, sent % datagram.length), 0);
      }
      assert.equal(droppedBefore, 10);
    });
  }

  test('is nothing where nobody listens, or the descriptor is no connected socket', async (context) => {
    const address = '127.0.0.1';
    assert.equal(native.receiveBuffer(connected(context, address, await freePort())), undefined);
    const file = openSync('/dev/null', 'r');
    context.after(() => closeSync(file));
    for (const descriptor of [file, -1, 1 << 30]) assert.equal(native.receiveBuffer(descriptor), undefined);
    assert.throws(() => native.receiveBuffer('7' as unknown as number), TypeError);
    const noArguments = native.receiveBuffer as () => unknown;
    assert.throws(noArguments, TypeError);
  });

  test('is of a socket of this host alone', { skip: noNetwork }, async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    const { port } = await startSleeper(context, '0.0.0.0');
    const socketOf = (address: string) => native.receiveBuffer(connected(context, address, port))?.socket;
    // Whoever sends to that port of another host has nothing to do with it; but the kernel would find it.
    assert.equal(socketOf(veth.peerIPv4), undefined);
    assert.equal(socketOf(veth.hostIPv4), socketLine(port).inode);
  });

  test('is of the socket that gets the datagrams, where one is bound to loopback', async (context) => {
    // Node cannot do that. The second is what the kernel finds for a datagram that comes in by another interface.
    const script = `
import os, socket, sys
def open_socket(device, port):
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
    opened.bind(('0.0.0.0', port))
    return opened
bound = open_socket(b'lo', 0)
other = open_socket(b'', bound.getsockname()[1])
sys.stdout.write('%d %d\\n' % (bound.getsockname()[1], os.fstat(bound.fileno()).st_ino))
sys.stdout.flush()
sys.stdin.read()`;
    const python = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    context.after(() => python.stdin.end());
    const [line] = (await once(python.stdout, 'data')) as [Buffer];
    const [port, inode] = line.toString().trim().split(' ').map(Number);
    assert.equal(native.receiveBuffer(connected(context, '127.0.0.1', port!))?.socket, inode);
  });
});

describe('a sink', () => {
  test('waits for a collector that reads nothing, says so, and loses nothing', async (context) => {
    const rig = createUdpRig(context);
    const collector = await startSleeper(context);
    const sink = rig.open(collector.port);
    const lines = numberedLines(0, 1_000, 300);
    sink.write(encodedOf(lines));
    await rig.pass(sink, 900);
    const { usedBytes, dropped } = socketLine(collector.port);
    assert.equal(dropped, 0);
    // Others can still send to it, but this one has not held back more than it had to.
    assert.ok(usedBytes > defaultBytes / 2 && usedBytes <= (defaultBytes * 3) / 4, `${usedBytes} bytes`);
    assert.deepEqual([rig.lines, sink.away], [[], false]);
    await rig.pass(sink, 500);
    const asleep = `collector:${collector.port}: the collector reads nothing; records wait`;
    assert.deepEqual([rig.lines, sink.away], [[asleep], false]);
    await rig.pass(sink, 10_000);
    const away = `collector:${collector.port}: the collector has read nothing for ten seconds`;
    assert.deepEqual([rig.lines, sink.away], [[asleep, away], true]);
    assert.equal(sink.counts.recordsSent + sink.counts.recordsWaiting, lines.length);

    wake(collector);
    await until('all is sent', async () => {
      await rig.pass(sink, 5);
      return sink.counts.recordsWaiting === 0;
    });
    await until('all has arrived', async () => (await collector.report()).received.length >= lines.length);
    assert.deepEqual((await collector.report()).received, lines);
    assert.deepEqual(
      [sink.counts.recordsSent, sink.away, sink.counts.datagramsDroppedHere],
      [1_000, false, 0],
    );
    assert.equal(rig.lines.length, 2);
  });

  test('that is closed waits no longer for a collector that has read nothing for long', async (context) => {
    const rig = createUdpRig(context);
    const { port } = await startSleeper(context);
    const sink = rig.open(port);
    sink.write(encodedOf(numberedLines(0, 1_000, 300)));
    await rig.pass(sink, 11_000);
    const waiting = sink.counts.recordsWaiting;
    assert.ok(waiting > 0);
    await sink.close(Number.POSITIVE_INFINITY);
    assert.deepEqual([sink.counts.recordsSent, sink.counts.recordsUnsent.closed], [1_000 - waiting, waiting]);
  });

  test('meets with a refusal where such a collector ends', async (context) => {
    const rig = createUdpRig(context);
    const receiver = await startReceiver(0);
    process.kill(receiver.pid, 'SIGSTOP');
    const sink = rig.open(receiver.port);
    sink.write(encodedOf(numberedLines(0, 1_000, 300)));
    await rig.pass(sink, 11_000);
    process.kill(receiver.pid, 'SIGKILL');
    await until('it is refused', async () => {
      await rig.pass(sink, 5);
      return (
        sink.counts.recordsUnsent.refused > 0 || rig.lines.some((line) => line.includes('nothing listens'))
      );
    });
    await rig.pass(sink, 5_000);
    const kinds = new Set(rig.lines.map((line) => line.slice(line.indexOf(' ') + 1)));
    assert.deepEqual(
      [...kinds],
      [
        'the collector reads nothing; records wait',
        'the collector has read nothing for ten seconds',
        'nothing listens on that port; records wait until the collector is back or the run ends',
      ],
    );
    assert.equal(sink.away, true);
  });

  test('counts what such a collector drops of its own at the most', async (context) => {
    const rig = createUdpRig(context);
    const { port } = await startSleeper(context);
    const other = connected(context, '127.0.0.1', port);
    const datagram = Buffer.alloc(300, 'x');
    const flood = () => {
      for (let i = 0; i < 500; i++) assert.equal(native.sendDatagram(other, datagram, 0, 300), 0);
    };
    // Between the question and what is sent then, others take the room.
    let floods = false;
    const calls: DatagramCalls = {
      ...native,
      sendDatagram(...words) {
        if (floods) flood();
        floods = false;
        return native.sendDatagram(...words);
      },
    };
    const sink = rig.open(port, { calls });
    await rig.warmUp(sink);
    assert.equal(sink.counts.datagramsDroppedHere, 0);
    floods = true;
    sink.write(encodedOf(numberedLines(0, 20)));
    await rig.pass(sink, 5);
    assert.equal(sink.counts.recordsSent, 21);
    assert.ok(socketLine(port).dropped > 300);
    await sink.close(0);
    // All of these, and the first, of which it is not known.
    assert.equal(sink.counts.datagramsDroppedHere, 21);
  });

  test('sends one by one what is larger than the whole buffer', async (context) => {
    const rig = createUdpRig(context);
    const received: string[] = [];
    const socket = createSocket('udp4', (message) => received.push(message.toString()));
    context.after(() => socket.close());
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.setRecvBufferSize(1);
    const sink = rig.open(socket.address().port);
    const lines = numberedLines(0, 50, 1_300);
    sink.write(encodedOf(lines));
    await until('all has arrived', async () => {
      await rig.pass(sink, 5);
      return received.length >= lines.length;
    });
    assert.deepEqual(received, lines);
  });
});
