/** Both engines and a file of the same traffic tell the same of it, figure by figure. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { recordsIn } from '../support/accounting.js';
import { readClassicPcap } from '../support/classic-pcap.js';
import type { ReceivedRecord } from '../support/collector.js';
import { printedLedgers } from '../support/ledger-text.js';
import { offline, type RunningProgram, runProgram, startProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { noNetwork, openVeth, sendTraffic } from '../support/veth.js';

/** What only a live capture knows, and what each of them stamps or closes at its own moment. */
const ofTheRun =
  /^(window_|first_packet_|last_packet_|duration_|record_id|conversation_id|agent|host_name|sequence|roles_from)|direction|interface|_rtt_us|_latency_us/;

/** By both ends and protocol, without what is of the run. */
function figuresOf(ndjson: string): Map<string, object> {
  const told = recordsIn(ndjson).map((record): [string, object] => {
    const { source_ip, source_port, target_ip, target_port, protocol_name, icmp_type } = record;
    const figures = Object.entries(record).filter(([name]) => !ofTheRun.test(name));
    return [
      [protocol_name, icmp_type, source_ip, source_port, target_ip, target_port].join(' '),
      Object.fromEntries(figures),
    ];
  });
  return new Map(told.sort(([one], [other]) => one.localeCompare(other)));
}

test('each engine and a file tell the same figures of the same traffic', {
  skip: noNetwork,
}, async (context) => {
  const folder = temporaryFolder();
  const veth = openVeth();
  context.after(() => veth.close());
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, veth.hostIPv4);
  context.after(() => echo.close());
  await once(echo, 'listening');
  const filter = `host ${veth.hostIPv4} and host ${veth.peerIPv4} and not arp`;

  const file = join(folder.path, 'seen.pcap');
  const tcpdump = spawn('tcpdump', ['-i', veth.host, '-U', '-s', '128', '-Z', 'root', '-w', file, filter]);
  context.after(() => tcpdump.kill());
  let said = '';
  tcpdump.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const engines = ['cap', 'batch'].map((engine) => {
    const output = ['--owners', 'off', '--schema', 'full', '--to', '-'];
    const settings = ['--engine', engine, '--interval', '24h', ...output];
    const program = startProgram(['-i', veth.host, ...settings, ...offline, filter]);
    context.after(() => program.child.kill('SIGKILL'));
    return program;
  });
  const listens = () => engines.every(({ stderr }) => stderr().includes('capturing on'));
  await until('all listen', () => said.includes('listening on') && listens());

  const { port } = echo.address() as { port: number };
  await sendTraffic(veth, {
    datagrams: [{ target: veth.hostIPv4, targetPort: 9, sourcePort: 40_009, count: 20, payloadBytes: 100 }],
    streams: [{ target: veth.hostIPv4, targetPort: port, bytes: 50_000 }],
  });
  const ping = ['netns', 'exec', veth.namespace, 'ping', '-n', '-q', '-c', '5', '-i', '0.01', veth.hostIPv4];
  await promisify(execFile)('ip', ping);

  const inFile = () => readClassicPcap(readFileSync(file)).frames.length;
  await until('all have seen the same', async () => {
    const counts = await Promise.all(engines.map(packetsSeen));
    return counts.every((count) => count > 30 && count === inFile());
  });
  for (const { child } of engines) child.kill('SIGINT');
  const [cap, batch] = await Promise.all(engines.map(({ finished }) => finished));
  const fromFile = await runProgram(['-r', file, '--interval', '0', '--schema', 'full', ...offline]);

  const expected = figuresOf(fromFile.stdout);
  // TCP, UDP, the refusals of UDP, and echo.
  assert.equal(expected.size, 4, fromFile.stdout);
  for (const { exitCode, stdout, stderr } of [cap!, batch!]) {
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^pcap-agg: balanced$/m);
    assert.deepEqual(figuresOf(stdout), expected);
    for (const record of recordsIn(stdout)) assertLive(record, veth.host);
  }
  // Only stamps of the capture's own tell how long anything took.
  assert.doesNotMatch(cap!.stdout, /"(handshake_rtt|appl_latency)_us"/);
  assert.match(batch!.stdout, /"handshake_rtt_us":\d+.*"appl_latency_us":\d+/);
});

/** What the ledger says now. */
async function packetsSeen({ child, stderr }: RunningProgram): Promise<number> {
  const before = printedLedgers(stderr()).length;
  child.kill('SIGUSR1');
  await until('it prints its ledger', () => printedLedgers(stderr()).length > before);
  return printedLedgers(stderr()).at(-1)!.packets;
}

/** Everything came from outside or went there, and was captured here. */
function assertLive(record: ReceivedRecord, interfaceName: string): void {
  assert.ok(['ingress', 'egress'].includes(String(record['direction'])), JSON.stringify(record));
  assert.equal(record['interface_name'], interfaceName);
}
