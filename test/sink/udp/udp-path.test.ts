/** The first link of the way to a collector: how long its datagrams may be, and what it drops itself. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { lastLedger } from '../../support/ledger-text.js';
import { offline, startProgram } from '../../support/program.js';
import { synFlood } from '../../support/syn-flood.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { ip, noNetwork, openVeth, type Veth } from '../../support/veth.js';
import type { ReceiverReport } from './receiver.js';
import { type Receiver, startReceiver } from './receiver-process.js';

const flows = 3_000;

describe('over a veth pair', { skip: noNetwork }, () => {
  const folder = temporaryFolder();
  const file = join(folder.path, 'flows.pcap');
  writeFileSync(file, synFlood(flows));

  const send = async (veth: Veth, { port }: Receiver, ...args: readonly string[]) => {
    const words = ['-r', file, '--interval', '0', ...offline, '--to', `${veth.hostIPv4}:${port}`, ...args];
    // The kernel counts drops per network namespace: other tests send while this one does.
    const prefix = ['ip', 'netns', 'exec', veth.namespace];
    const { exitCode, stderr } = await startProgram(words, { prefix }).finished;
    return { exitCode, stderr, ledger: lastLedger(stderr) };
  };

  /** What has come in once `enough` says so, or after five seconds without. */
  const arrivals = async (receiver: Receiver, enough: (report: ReceiverReport) => boolean) => {
    const endMs = performance.now() + 5_000;
    let report = await receiver.report();
    while (!enough(report) && performance.now() < endMs) report = await receiver.report();
    receiver.stop();
    return report;
  };

  /** A link that sends no faster than that (tc-tbf(8)), and a receiver at its other end, for `use`. */
  const overSlowLink = async (
    rate: string,
    queueBytes: number,
    use: (veth: Veth, receiver: Receiver) => Promise<void>,
  ) => {
    const veth = openVeth();
    try {
      const limit = ['tbf', 'rate', rate, 'burst', '3000', 'limit', `${queueBytes}`];
      execFileSync('tc', ['-n', veth.namespace, 'qdisc', 'add', 'dev', veth.peer, 'root', ...limit]);
      await use(veth, await startReceiver(0, veth.hostIPv4));
    } finally {
      veth.close();
    }
  };

  test('records are packed into what the link takes in one piece', async () => {
    const veth = openVeth();
    try {
      ip('-n', veth.namespace, 'link', 'set', veth.peer, 'mtu', '1280');
      const receiver = await startReceiver(0, veth.hostIPv4);
      const { exitCode, stderr } = await send(veth, receiver, '--pack', '9000', '--rate', '1000');
      const records = (datagrams: readonly string[]) => datagrams.join('').split('\n').length - 1;
      const { received } = await arrivals(receiver, (report) => records(report.received) >= flows);
      assert.equal(exitCode, 0);
      assert.match(stderr, /: the path takes 1252 bytes in a datagram; no more are packed$/m);
      const lengths = received.map((text) => Buffer.byteLength(text));
      assert.ok(Math.max(...lengths) <= 1252, `${Math.max(...lengths)} bytes`);
      assert.equal(records(received), flows);
      assert.ok(received.length < flows / 3, `${received.length} datagrams`);
    } finally {
      veth.close();
    }
  });

  test('a path that takes less than the first link, and less again, gets shorter datagrams', async () => {
    const veth = openVeth();
    try {
      const receiver = await startReceiver(0, veth.hostIPv4);
      const route = (mtu: string) =>
        ip(
          ...['-n', veth.namespace, 'route', 'replace', `${veth.hostIPv4}/32`],
          ...['dev', veth.peer, 'mtu', mtu],
        );
      route('900');
      const words = ['-r', file, '--interval', '0', ...offline, '--to', `${veth.hostIPv4}:${receiver.port}`];
      const prefix = ['ip', 'netns', 'exec', veth.namespace];
      const program = startProgram([...words, '--pack', '9000', '--rate', '500'], { prefix });
      await until('some have arrived', async () => (await receiver.report()).received.length > 100);
      route('600');
      const { exitCode, stderr } = await program.finished;
      const records = (datagrams: readonly string[]) => datagrams.join('').split('\n').length - 1;
      const { received } = await arrivals(receiver, (report) => records(report.received) >= flows);
      assert.deepEqual([exitCode, records(received)], [0, flows], stderr);
      const lengths = received.map((text) => Buffer.byteLength(text));
      assert.ok(Math.max(...lengths) <= 872 && lengths[0]! > 572, `${Math.max(...lengths)} bytes`);
      assert.ok(
        Math.max(...lengths.slice(-50)) <= 572,
        `${Math.max(...lengths.slice(-50))} bytes at the end`,
      );
      assert.equal(lastLedger(stderr).sinks[0]!.fragmented, 0);
    } finally {
      veth.close();
    }
  });

  test('what the send buffer has no room for is sent later', () =>
    // Half a second of datagrams that wait in the queue of the link, more than a socket may have under way.
    overSlowLink('20mbit', 10_000_000, async (veth, receiver) => {
      const { exitCode, stderr, ledger } = await send(veth, receiver, '--rate', '100000');
      // On a busy machine the receiver gets to run too late for some.
      const { received, dropped } = await arrivals(
        receiver,
        (now) => now.received.length + now.dropped >= flows,
      );
      assert.equal(exitCode, 0);
      assert.deepEqual([ledger.sinks[0]!.records, ledger.balanced], [flows, true]);
      assert.doesNotMatch(stderr, /cannot be reached/);
      assert.equal(received.length + dropped, flows);
      assert.equal(new Set(received).size, received.length);
    }));

  test('what the host drops itself is noticed, sent slower, and in the ledger', () =>
    overSlowLink('2mbit', 20_000, async (veth, receiver) => {
      const { exitCode, stderr, ledger } = await send(veth, receiver);
      const sink = ledger.sinks[0]!;
      const arrivedOf = ({ received, dropped }: ReceiverReport) => received.length + dropped;
      const arrived = arrivedOf(
        await arrivals(receiver, (now) => arrivedOf(now) + sink.droppedHere >= flows),
      );
      assert.deepEqual([exitCode, sink.records, ledger.balanced], [0, flows, true]);
      assert.match(stderr, /: this host has no room for some datagrams/m);
      assert.ok(sink.droppedHere > 0);
      assert.ok(
        arrived + sink.droppedHere >= flows,
        `${arrived} arrived, ${sink.droppedHere} dropped at the most`,
      );
      // Without slowing down, some two hundred arrive.
      assert.ok(arrived > flows / 2, `${arrived} arrived`);
    }));
});
