/** The main job on real traffic: two network namespaces, what was sent against what tcpdump saw. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openCollector, type ReceivedRecord, sumsByFlow } from '../support/collector.js';
import { noDnsmasq, startDnsmasq } from '../support/dnsmasq.js';
import { lastLedger } from '../support/ledger-text.js';
import { freePort } from '../support/ports.js';
import { offline, startProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { tsharkFlows } from '../support/tshark-flows.js';
import { until } from '../support/until.js';
import { noNetwork, openVeth, sendTraffic, type Veth } from '../support/veth.js';

const run = promisify(execFile);

/** Answers every stream with as many bytes as it got. */
async function openEcho(): Promise<Server> {
  const server = createServer((socket) => socket.pipe(socket));
  server.listen(0, '::');
  await once(server, 'listening');
  return server;
}

/** TCP, UDP (answered by ICMP), ICMP and DNS, over IPv4 and IPv6. */
async function sendEverything(veth: Veth, tcpPort: number, dnsPort: number): Promise<void> {
  const datagrams = [veth.hostIPv4, veth.hostIPv6].flatMap((target, i) => [
    { target, targetPort: 9, sourcePort: 4_000 + i, count: 200, payloadBytes: 100, perSecond: 2_000 },
    { target, targetPort: 10, count: 50, payloadBytes: 1_400, perSecond: 500 },
  ]);
  const streams = [veth.hostIPv4, veth.hostIPv6].map((target) => ({
    target,
    targetPort: tcpPort,
    bytes: 300_000,
  }));
  const inNamespace = (...words: string[]) => run('ip', ['netns', 'exec', veth.namespace, ...words]);
  const resolve = (server: string) =>
    inNamespace(
      process.execPath,
      '-e',
      `const { Resolver } = require('node:dns');
       const resolver = new Resolver();
       resolver.setServers([${JSON.stringify(server)}]);
       resolver.resolve4('host.example', (error, found) => process.exit(error ? 1 : 0));`,
    );
  // For 780 ms, which no window of half a second holds, whenever it begins.
  const ping = (target: string) => inNamespace('ping', '-n', '-q', '-c', '40', '-i', '0.02', target);
  await Promise.all([
    sendTraffic(veth, { datagrams, streams }),
    ping(veth.hostIPv4),
    ping(veth.hostIPv6),
    resolve(`${veth.hostIPv4}:${dnsPort}`),
    resolve(`[${veth.hostIPv6}]:${dnsPort}`),
  ]);
}

/** Starts tcpdump with -w and waits until it listens. */
async function startTcpdump(veth: Veth, file: string, filter: string) {
  const child = spawn('tcpdump', ['-i', veth.host, '-U', '-s', '128', '-Z', 'root', '-w', file, filter]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until('tcpdump listens', () => said.includes('listening on'));
  return { child, said: () => said };
}

function countSum(sums: ReadonlyMap<string, { count: number }>): number {
  return [...sums.values()].reduce((total, { count }) => total + count, 0);
}

/** Only what the test itself sent: hosts say things of their own when an interface comes up. */
function ofTest(veth: Veth, sums: ReadonlyMap<string, { count: number; length: number }>) {
  const own = [veth.hostIPv4, veth.hostIPv6, veth.peerIPv4, veth.peerIPv6];
  // Neighbours look for each other at any time, also before the slower of the two captures listens.
  const isOwn = (key: string) =>
    own.some((address) => key.startsWith(`${address} `)) && !key.includes('ff02:');
  return new Map([...sums].filter(([key]) => isOwn(key)).sort(([a], [b]) => a.localeCompare(b)));
}

describe('live capture of the whole program', { skip: noNetwork || noDnsmasq }, () => {
  const folder = temporaryFolder();
  for (const engine of ['cap', 'batch']) {
    test(`${engine}: what was sent sums up to what tcpdump saw`, async () => {
      const veth = openVeth();
      const collector = await openCollector();
      const echo = await openEcho();
      const dnsPort = await freePort();
      const addresses = [veth.hostIPv4, veth.hostIPv6];
      const dns = await startDnsmasq(addresses, dnsPort, ['host-record=host.example,192.0.2.1']);
      const children: ChildProcess[] = [dns];
      try {
        const file = join(folder.path, `${engine}.pcap`);
        const tcpdump = await startTcpdump(veth, file, `not port ${collector.port}`);
        children.push(tcpdump.child);
        const to = `127.0.0.1:${collector.port}`;
        const program = startProgram([
          '-i',
          veth.host,
          '--engine',
          engine,
          '--to',
          to,
          '--interval',
          '500ms',
          ...offline,
        ]);
        children.push(program.child);
        await until('the program captures', () => program.stderr().includes('capturing on'));
        await sendEverything(veth, (echo.address() as { port: number }).port, dnsPort);
        const bothAgree = () => {
          const seen = countSum(ofTest(veth, tsharkFlows(file)));
          return seen > 0 && seen === countSum(ofTest(veth, sumsByFlow(collector.records)));
        };
        const agreement = () => until('both have seen the same number', bothAgree).catch(() => undefined);
        await agreement();
        program.child.kill('SIGINT');
        const { exitCode, stderr } = await program.finished;
        // They may have agreed half way; and what the kernel gathers for tcpdump is lost when that is ended.
        const sent = lastLedger(stderr).sinks[0]!.records;
        await until('all records have arrived', () => collector.records.length >= sent);
        await agreement();
        tcpdump.child.kill('SIGINT');
        await once(tcpdump.child, 'close');

        const seen = ofTest(veth, tsharkFlows(file));
        assert.deepEqual(ofTest(veth, sumsByFlow(collector.records)), seen);
        assert.ok(countSum(seen) > 600, `${countSum(seen)} packets`);
        assert.deepEqual([...new Set([...seen.keys()].map((key) => key.split(' ').at(-1)))].sort(), [
          'ICMP',
          'IPv6-ICMP',
          'TCP',
          'UDP',
        ]);
        assert.equal(exitCode, 0, stderr);
        assert.match(stderr, /^pcap-agg: balanced$/m);
        assert.match(tcpdump.said(), /^0 packets dropped by kernel$/m);
        assertWindows(collector.records);
      } finally {
        collector.close();
        echo.close();
        for (const child of children) child.kill();
        veth.close();
      }
    });
  }
});

/** Half-second windows, each closed no later than a quarter of a second after its end. */
function assertWindows(records: readonly ReceivedRecord[]): void {
  const times = [...new Set(records.map(({ time }) => String(time)))];
  assert.ok(times.length >= 2, `${times.length} windows`);
  for (const time of times.slice(0, -1)) {
    const lateMs = Number(time.slice(20, 23)) % 500;
    assert.ok(lateMs < 400, `a window was closed at ${time}`);
  }
}
