/** Outputs of IPFIX: whole messages as they were looked at and written down, connections, and what a capture leaves out. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { startReceiver } from '../../sink/udp/receiver-process.js';
import { packetsOf, recordsIn } from '../../support/accounting.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { ipfixGoldens, runIpfixGolden } from '../../support/ipfix-goldens.js';
import { lastLedger } from '../../support/ledger-text.js';
import { freePort } from '../../support/ports.js';
import { offline, runProgram, startProgram } from '../../support/program.js';
import { openTcpCollector } from '../../support/readers/ipfix-collectors.js';
import { IpfixReader } from '../../support/readers/ipfix-reader.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { ip, noNetwork, openVeth, sendFromHere } from '../../support/veth.js';

const folder = temporaryFolder();
// Whoever the program becomes has to come through.
chmodSync(folder.path, 0o755);

describe('messages of conversations', { concurrency: 2 }, () => {
  for (const golden of ipfixGoldens) {
    test(golden.name, async () => {
      const { exitCode, messages, stderr } = await runIpfixGolden(golden);
      assert.equal(messages, readFileSync(golden.path, 'utf8'), 'read the difference, then npm run expect');
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /^pcap-agg: balanced$/m);
      const reader = new IpfixReader();
      reader.read(Buffer.from(messages.replaceAll('\n', ''), 'hex'));
      const [first, second] = reader.messages;
      assert.deepEqual(first!.options, [
        { observationDomainId: 77, observationDomainName: 'laptop.example' },
      ]);
      assert.equal(second!.exportSeconds, Date.UTC(2016, 8, 8, 23, 28, 40) / 1000);
    });
  }
});

test('what finds the table full is told under the unspecified address, and sums are exact', async () => {
  const { messages } = await runIpfixGolden(ipfixGoldens.find(({ name }) => name === 'many')!);
  const reader = new IpfixReader();
  reader.read(Buffer.from(messages.replaceAll('\n', ''), 'hex'));
  const { stderr } = await runProgram(['-r', `${fixturesFolder}conversation-many.pcap`, ...offline]);
  const sum = reader.flows.reduce((packets, flow) => packets + Number(flow.packetDeltaCount), 0);
  assert.equal(sum, lastLedger(stderr).packets);
  assert.ok(reader.flows.some(({ sourceIPv4Address }) => sourceIPv4Address === '00000000'));
});

const web = ['-r', `${fixturesFolder}conversation-web.pcap`, '--interval', '20s', ...offline];

test('a connection that breaks is followed by one that begins anew, and nothing is missing', async (context) => {
  const { port, sessions, close } = await openTcpCollector(1);
  context.after(close);
  const { exitCode, stderr } = await runProgram([...web, '--to', `ipfix+tcp://127.0.0.1:${port}`]);
  assert.equal(exitCode, 0, stderr);
  assert.equal(sessions.length, 2);
  for (const session of sessions) {
    const reader = new IpfixReader();
    reader.read(session);
    const [first, second] = reader.messages;
    assert.deepEqual([first!.sequence, first!.templates, first!.domain], [0, [260], 0]);
    assert.deepEqual([second!.sequence, second!.templates, second!.domain], [0, [256, 257, 258, 259], 1]);
    const sum = reader.flows.reduce((packets, flow) => packets + Number(flow.packetDeltaCount), 0);
    assert.equal(sum, lastLedger(stderr).packets);
  }
  assert.equal(lastLedger(stderr).balanced, true);
});

test('what waited on disk over a restart comes with templates', async (context) => {
  const port = await freePort();
  const to = ['--to', `ipfix+tcp://127.0.0.1:${port}?spool=${folder.path}`];
  const first = await runProgram([...web, ...to]);
  assert.equal(first.exitCode, 0, first.stderr);
  const { packets, sinks } = lastLedger(first.stderr);
  assert.deepEqual([sinks[0]!.packetsOnDisk, sinks[0]!.packets], [packets, 0]);
  const { sessions, close } = await openTcpCollector(0, port);
  context.after(close);
  const second = await runProgram([...web, ...to]);
  assert.equal(second.exitCode, 0, second.stderr);
  assert.equal(lastLedger(second.stderr).sinks[0]!.packetsTakenUp, packets);
  const reader = new IpfixReader();
  for (const session of sessions) reader.read(session);
  const sum = reader.flows.reduce((all, flow) => all + Number(flow.packetDeltaCount), 0);
  assert.equal(sum, 2 * packets);
});

test('datagrams to the collector are no traffic of the capture, also in fragments', {
  skip: noNetwork,
}, async (context) => {
  const veth = openVeth();
  context.after(() => veth.close());
  // Templates are longer than this path takes in one piece, records are not.
  ip('route', 'add', `${veth.peerIPv4}/32`, 'dev', veth.host, 'mtu', '200');
  const receiver = await startReceiver(0, veth.peerIPv4, 'ip', 'netns', 'exec', veth.namespace);
  context.after(() => receiver.stop());
  const program = startProgram([
    ...['-i', veth.host, '--interval', '200ms', '--seq', ...offline, '--to', '-'],
    ...['--to', `ipfix://${veth.peerIPv4}:${receiver.port}`, 'udp'],
  ]);
  context.after(() => program.child.kill('SIGKILL'));
  await until('it captures', () => program.stderr().includes('capturing on'));
  for (const sent of [5, 10]) {
    await sendFromHere(veth.peerIPv4, 9, 5);
    await until('they are told', () => packetsOf(recordsIn(program.stdout())) >= sent);
  }
  program.child.kill('SIGTERM');
  const { exitCode, stdout, stderr } = await program.finished;
  assert.equal(exitCode, 0, stderr);
  const ledger = lastLedger(stderr);
  assert.ok(Number(ledger.leftOut['own-datagram']) > 0, stderr);
  assert.deepEqual([ledger.balanced, ledger.sinks.map(({ packets }) => packets)], [true, [10, 10]]);
  assert.ok(
    recordsIn(stdout).every(({ target_PORT }) => target_PORT === 9),
    stdout,
  );
});

test('a setting that IPFIX has no use for is refused', async () => {
  for (const [setting, wrong] of [
    ['schema=ecs', 'there is no such setting here'],
    ['pack=1000', 'there is no such setting here'],
    ['domain=0', 'out of range'],
  ]) {
    const { exitCode, stderr } = await runProgram([...web, '--to', `ipfix://127.0.0.1:4739?${setting}`]);
    assert.deepEqual([exitCode, stderr.split('\n').length], [2, 2]);
    assert.ok(stderr.includes(wrong!), stderr);
  }
});
