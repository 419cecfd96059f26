/** Own datagrams in forms that the capture's filter does not recognise: none of them is a flow. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { startReceiver } from '../sink/udp/receiver-process.js';
import { assertCollected, packetsOf, recordsIn } from '../support/accounting.js';
import { openCollector } from '../support/collector.js';
import { frame } from '../support/frames.js';
import { lastLedger, printedLedgers } from '../support/ledger-text.js';
import { offline, startProgram } from '../support/program.js';
import { sendFrames } from '../support/send-frames.js';
import { until } from '../support/until.js';
import { ip, noNetwork, openVeth, sendFromHere } from '../support/veth.js';

/** The port of a socket on this host that is connected to this port: proc(5), net/udp. */
function portOfSenderTo(port: number): number | undefined {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  const ends = new RegExp(`: [0-9A-F]{8}:([0-9A-F]{4}) [0-9A-F]{8}:${hexadecimal} `);
  const found = ends.exec(readFileSync('/proc/net/udp', 'latin1'));
  return found === null ? undefined : Number.parseInt(found[1]!, 16);
}

async function open(context: TestContext, engine: string) {
  const veth = openVeth();
  context.after(() => veth.close());
  const collector = await openCollector();
  context.after(() => collector.close());
  const words = ['-i', veth.host, '--engine', engine, '--interval', '200ms', ...offline];
  const program = startProgram([...words, '--to', `127.0.0.1:${collector.port}`, 'not ip6']);
  context.after(() => program.child.kill('SIGKILL'));
  await until('it captures', () => program.stderr().includes('capturing on'));
  await sendFromHere(veth.peerIPv4, 9, 1);
  await until('its socket is connected', () => portOfSenderTo(collector.port) !== undefined);
  return { veth, collector, program, sourcePort: portOfSenderTo(collector.port)! };
}

describe('own datagrams in fragments', { skip: noNetwork }, () => {
  test('are left out and counted, where a record is longer than the path takes', async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    ip('route', 'add', `${veth.peerIPv4}/32`, 'dev', veth.host, 'mtu', '200');
    const receiver = await startReceiver(0, veth.peerIPv4, 'ip', 'netns', 'exec', veth.namespace);
    context.after(() => receiver.stop());
    const words = ['-i', veth.host, '--engine', 'batch', '--interval', '200ms', '--to', '-', ...offline];
    const program = startProgram([...words, '--to', `${veth.peerIPv4}:${receiver.port}`, 'udp']);
    context.after(() => program.child.kill('SIGKILL'));
    await until('it captures', () => program.stderr().includes('capturing on'));
    await sendFromHere(veth.peerIPv4, 9, 5);
    await until('fragments are left out', () => {
      program.child.kill('SIGUSR1');
      return Number(printedLedgers(program.stderr()).at(-1)?.leftOut['own-datagram']) > 0;
    });
    program.child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await program.finished;
    assert.equal(exitCode, 0, stderr);
    const { sinks, balanced } = lastLedger(stderr);
    const [sink] = sinks.filter(({ name }) => name !== 'stdout');
    assert.deepEqual([balanced, sink!.fragmented], [true, sink!.records]);
    const { received } = await receiver.report();
    assert.deepEqual(received.join(''), stdout);
    assert.ok(
      recordsIn(stdout).every(({ target_PORT }) => target_PORT === 9),
      stdout,
    );
  });
});

describe('own datagrams with a tag in their bytes', { skip: noNetwork }, () => {
  for (const engine of ['cap', 'batch']) {
    test(`are left out and counted, and nobody else's are (${engine})`, async (context) => {
      const { veth, collector, program, sourcePort } = await open(context, engine);
      const { ethernet } = frame();
      const address = '127.0.0.1';
      const frames = (port: number) =>
        [ethernet().vlan(50), ethernet().pppoe().ppp(), ethernet().mpls(100)].map((tagged) =>
          tagged
            .ipv4({ source: address, target: address })
            .udp({ sourcePort: port, targetPort: collector.port })
            .payload(300)
            .bytes(),
        );
      sendFrames(veth.host, [...frames(sourcePort), ...frames(sourcePort ^ 1)]);
      await until('all have been seen', () => {
        program.child.kill('SIGUSR1');
        return Number(printedLedgers(program.stderr()).at(-1)?.frames) >= 7;
      });
      program.child.kill('SIGTERM');
      const { leftOut } = await assertCollected(await program.finished, collector);
      assert.deepEqual(leftOut, { 'own-datagram': 3 });
      const tagged = collector.records.filter(({ target_IP }) => target_IP === address);
      assert.deepEqual(new Set(tagged.map(({ source_PORT }) => source_PORT)), new Set([sourcePort ^ 1]));
      assert.equal(packetsOf(tagged), 3);
    });
  }
});
