import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { encodeQuestion } from '../../src/enrich/dns-message.js';
import { openReverseDns } from '../../src/enrich/reverse-dns.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/until.js';
import { hosts } from './flow-records.js';

const patientMs = 15_000;

/** Debian's package dnsmasq-base puts it into /usr/sbin, which is not on every user's path. */
const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
const missing = isInstalled() ? false : 'dnsmasq is not installed (Debian: apt-get install dnsmasq-base)';

test('a real DNS server: names, TTLs, NXDOMAIN, and its end', { skip: missing }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pcap-agg-'));
  const port = await freePort();
  let server = await startDnsmasq(directory, port, [
    'host-record=web.example.com,192.0.2.80,2001:db8::80,90',
    'ptr-record=5.2.0.192.in-addr.arpa,printer.example.com',
    'cname=7.2.0.192.in-addr.arpa,7.0-63.2.0.192.in-addr.arpa',
    'ptr-record=7.0-63.2.0.192.in-addr.arpa,delegated.example.com',
  ]);
  let skewMs = 0;
  const now = () => performance.now() + skewMs;
  const log = { limited() {} };
  const limits = { timeoutMs: 300 };
  const names = openReverseDns({ servers: [`127.0.0.1:${port}`], namesFor: 'all', log, now, limits });
  const shown = async (source: string, target: string) => {
    hosts(names, source, target);
    await names.settle(now() + patientMs);
    return hosts(names, source, target);
  };
  try {
    assert.deepEqual(hosts(names, '192.0.2.80', '192.0.2.5'), [null, null], 'not known in the first window');
    assert.deepEqual(await shown('192.0.2.80', '192.0.2.5'), ['web.example.com', 'printer.example.com']);
    assert.deepEqual(await shown('2001:db8::80', '2001:db8::81'), ['web.example.com', 'NXDOMAIN']);
    assert.deepEqual(await shown('192.0.2.6', '192.0.2.7'), ['NXDOMAIN', 'delegated.example.com']);

    await stop(server);
    assert.deepEqual(
      await shown('192.0.2.99', '192.0.2.80'),
      [null, 'web.example.com'],
      'no answer: the IP stands',
    );
    skewMs += 91_000;
    assert.deepEqual(await shown('192.0.2.80', '192.0.2.80'), [null, null], 'its TTL of 90 s has passed');

    server = await startDnsmasq(directory, port, ['host-record=moved.example.com,192.0.2.80']);
    skewMs += 31_000;
    assert.deepEqual(await shown('192.0.2.80', '192.0.2.99'), ['moved.example.com', 'NXDOMAIN']);
  } finally {
    names.close();
    await stop(server);
    await rm(directory, { recursive: true });
  }
});

function isInstalled(): boolean {
  try {
    execFileSync('dnsmasq', ['--version'], { env: environment, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Starts dnsmasq for two documentation networks and resolves when it answers. */
async function startDnsmasq(directory: string, port: number, records: string[]): Promise<ChildProcess> {
  const configuration = join(directory, 'dnsmasq.conf');
  const lines = [
    ...['no-resolv', 'no-hosts', 'no-daemon', 'bind-interfaces', 'listen-address=127.0.0.1', `port=${port}`],
    ...[
      `user=${userInfo().username}`,
      'pid-file',
      'local=/2.0.192.in-addr.arpa/',
      'local=/8.b.d.0.1.0.0.2.ip6.arpa/',
    ],
    ...records,
  ];
  await writeFile(configuration, lines.map((line) => `${line}\n`).join(''));
  const server = spawn('dnsmasq', [`--conf-file=${configuration}`], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  server.stderr?.on('data', (text) => {
    complaints += text;
  });
  const socket = createSocket('udp4');
  let answered = false;
  socket.on('message', () => {
    answered = true;
  });
  try {
    await until('dnsmasq answers', () => {
      if (server.exitCode !== null) throw new Error(`dnsmasq ended: ${complaints}`);
      socket.send(encodeQuestion(1, '1.2.0.192.in-addr.arpa'), port, '127.0.0.1');
      return answered;
    });
  } finally {
    socket.close();
  }
  return server;
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill();
  await once(server, 'exit');
}
