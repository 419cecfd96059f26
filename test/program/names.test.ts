/** Names from a real DNS server, in the records of a live capture. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openCollector } from '../support/collector.js';
import { noDnsmasq, startDnsmasq } from '../support/dnsmasq.js';
import { fixturesFolder } from '../support/fixtures.js';
import { printedLedgers } from '../support/ledger-text.js';
import { freePort } from '../support/ports.js';
import { runProgram, startProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { noNetwork, openVeth, startTraffic } from '../support/veth.js';

test('names come in the window after the one that asked', { skip: noNetwork || noDnsmasq }, async () => {
  const veth = openVeth();
  const collector = await openCollector();
  const reverse = (address: string) => `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const dnsPort = await freePort();
  const dns = await startDnsmasq([veth.hostIPv4], dnsPort, [
    `ptr-record=${reverse(veth.peerIPv4)},sender.example`,
    `local=/${reverse(veth.hostIPv4)}/`,
  ]);
  // A second server that never answers: what only it is asked for keeps its address.
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const traffic = startTraffic(veth, {
    datagrams: [
      {
        target: veth.hostIPv4,
        targetPort: 9,
        sourcePort: 4_000,
        count: null,
        payloadBytes: 10,
        perSecond: 100,
      },
    ],
  });
  const capture = (dnsServer: string) =>
    startProgram([
      ...['-i', veth.host, '--interval', '500ms', '--datadog-ranges', 'off', '--dns', dnsServer],
      ...['--to', `127.0.0.1:${collector.port}`, 'udp'],
    ]);
  const named = capture(`${veth.hostIPv4}:${dnsPort}`);
  try {
    const hosts = () =>
      collector.records
        .filter(({ source_IP, target_PORT }) => source_IP === veth.peerIPv4 && target_PORT === 9)
        .map(({ source_HOST, target_HOST }) => [source_HOST, target_HOST]);
    await until('a record has both names', () => hosts().some(([source]) => source === 'sender.example'));
    assert.deepEqual(hosts()[0], [veth.peerIPv4, veth.hostIPv4], 'the first window does not wait for names');
    await until('NXDOMAIN shows', () => hosts().at(-1)?.[1] === 'NXDOMAIN');
    assert.deepEqual(hosts().at(-1), ['sender.example', 'NXDOMAIN']);
    named.child.kill('SIGTERM');
    assert.equal((await named.finished).exitCode, 0);

    const before = hosts().length;
    const unnamed = capture(`127.0.0.1:${silent.address().port}`);
    await until('six windows have been sent without an answer', () => hosts().length >= before + 6);
    unnamed.child.kill('SIGTERM');
    const { exitCode, stderr } = await unnamed.finished;
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^pcap-agg: balanced$/m);
    assert.deepEqual(
      hosts().slice(before),
      hosts()
        .slice(before)
        .map(() => [veth.peerIPv4, veth.hostIPv4]),
    );
  } finally {
    traffic.kill();
    named.child.kill();
    dns.kill();
    silent.close();
    collector.close();
    veth.close();
  }
});

test('a file waits for the names that --dns is asked for', { skip: noDnsmasq }, async () => {
  const port = await freePort();
  const dns = await startDnsmasq(['127.0.0.1'], port, [
    'ptr-record=1.0.17.172.in-addr.arpa,client.example',
    'local=/0.17.172.in-addr.arpa/',
  ]);
  try {
    const fixture = `${fixturesFolder}tcp-session.pcap`;
    const { exitCode, stdout, stderr } = await runProgram([
      ...['-r', fixture, '--dns', `127.0.0.1:${port}`, '--datadog-ranges', 'off', '--interval', '0'],
    ]);
    assert.equal(exitCode, 0, stderr);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    assert.deepEqual(
      records.map(({ source_HOST, target_HOST }) => [source_HOST, target_HOST]),
      [
        ['client.example', 'NXDOMAIN'],
        ['NXDOMAIN', 'client.example'],
      ],
    );
  } finally {
    dns.kill();
  }
});

test('the ledger balances while the names of a file are asked for', async (context) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  context.after(() => silent.close());
  const resolver = `127.0.0.1:${silent.address().port}`;
  const args = ['-r', `${fixturesFolder}tcp-session.pcap`, '--datadog-ranges', 'off', '--dns', resolver];
  const program = startProgram(args);
  await once(silent, 'message');
  program.child.kill('SIGUSR1');
  await until('it has answered', () => printedLedgers(program.stderr()).length > 0);
  const [ledger] = printedLedgers(program.stderr());
  assert.ok(ledger!.open > 0, program.stderr());
  assert.ok(ledger!.balanced, program.stderr());
  program.child.kill('SIGINT');
  assert.equal((await program.finished).exitCode, 0);
});

test('a file waits for address ranges from the network', async () => {
  const ranges = { version: 1, web: { prefixes_ipv4: ['172.17.0.3/32'], prefixes_ipv6: [] } };
  const server = createServer((_request, response) => {
    setTimeout(() => response.end(JSON.stringify(ranges)), 100);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const cache = temporaryFolder();
  const program = startProgram(['-r', `${fixturesFolder}tcp-session.pcap`, '-n', '--datadog-ranges', url], {
    env: { ...process.env, TZ: 'UTC', CACHE_DIRECTORY: cache.path },
  });
  const { exitCode, stdout, stderr } = await program.finished;
  server.close();
  assert.equal(exitCode, 0, stderr);
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
  assert.deepEqual(
    records.map(({ datadog_service, packet_flow }) => [datadog_service, packet_flow]),
    [
      ['web', 'outgoing'],
      ['web', 'incoming'],
    ],
  );
});
