/** Messages of IPFIX as datagrams: how long they are, and what a collector has that was away. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { freePort } from '../../support/ports.js';
import { IpfixReader } from '../../support/readers/ipfix-reader.js';
import { until } from '../../support/until.js';
import { createUdpRig, sender } from '../udp/udp-rig.js';
import { encodedFlows, framingOf, numbers, numbersOf } from './flows.js';

const native = sender.calls;

/** Reads what arrives at a port until the test has ended, or it is closed. */
async function openReader(context: TestContext, port: number) {
  const socket = createSocket('udp4');
  const reader = new IpfixReader();
  const lengths: number[] = [];
  const wrong: unknown[] = [];
  socket.on('message', (message) => {
    lengths.push(message.length);
    try {
      reader.read(message);
    } catch (error) {
      wrong.push(error);
    }
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  };
  context.after(close);
  return { reader, lengths, wrong, close };
}

for (const [how, calls] of [
  ['the addon', native],
  ['Node', undefined],
] as const)
  describe(`sent by ${how}`, () => {
    test('datagrams are as long as they may be, with what is around records', async (context) => {
      sender.calls = calls;
      const rig = createUdpRig(context);
      const port = await freePort();
      const { reader, lengths, wrong } = await openReader(context, port);
      const sink = rig.open(port, { framing: framingOf('udp'), packBytes: 1400, wallMs: () => 0 });
      sink.write(encodedFlows(1, 500, 3));
      await rig.pass(sink, 1_000);
      await until('all have arrived', () => reader.flows.length >= 500);
      assert.deepEqual(wrong, []);
      assert.deepEqual(numbersOf(reader), numbers(1, 500));
      assert.ok(Math.max(...lengths) <= 1400, String(lengths));
      // Records of one template alternate with another's: what sets they share is the room that is left.
      assert.ok(Math.min(...lengths.slice(1, -1)) > 1_200, String(lengths));
      assert.equal(sink.counts.recordsSent, 500);
    });

    test('a collector that comes late, goes and comes back has every record, and the templates', async (context) => {
      sender.calls = calls;
      const rig = createUdpRig(context);
      const port = await freePort();
      const sink = rig.open(port, { framing: framingOf('udp'), packBytes: 1400 });
      sink.write(encodedFlows(1, 50));
      await rig.pass(sink, 2_500);
      assert.equal(sink.counts.recordsSent, 0);

      const first = await openReader(context, port);
      await rig.pass(sink, 2_500);
      await until('the first have arrived', () => first.reader.flows.length >= 50);
      await first.close();
      sink.write(encodedFlows(51, 50));
      await rig.pass(sink, 2_500);
      assert.equal(sink.counts.recordsSent, 50);

      const second = await openReader(context, port);
      await rig.pass(sink, 2_500);
      await until('the others have arrived', () => second.reader.flows.length >= 50);
      assert.deepEqual([...first.wrong, ...second.wrong], []);
      assert.deepEqual(numbersOf(first.reader), numbers(1, 50));
      assert.deepEqual(numbersOf(second.reader), numbers(51, 50));
      const { sequence } = second.reader.messages.find(({ domain }) => domain === 1)!;
      assert.equal(sequence, 50, 'records that were sent before');
      const { recordsUnsent, recordsSent } = sink.counts;
      assert.deepEqual([recordsSent, Object.values(recordsUnsent).some((count) => count > 0)], [100, false]);
    });

    test('a collector that goes when the templates are due again costs no record of the last window', async (context) => {
      sender.calls = calls;
      const rig = createUdpRig(context);
      const port = await freePort();
      const first = await openReader(context, port);
      const sink = rig.open(port, { framing: framingOf('udp'), packBytes: 1400 });
      sink.write(encodedFlows(1, 10));
      await rig.pass(sink, 60_500);
      await until('the first have arrived', () => first.reader.flows.length >= 10);
      await first.close();
      sink.write(encodedFlows(11, 10));
      await rig.pass(sink, 500);
      assert.deepEqual([sink.counts.recordsSent, sink.counts.recordsWaiting], [10, 10]);
      assert.equal(sink.away, true);
    });
  });
