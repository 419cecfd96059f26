import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { openReverseDns } from '../../../src/enrich/names/reverse-dns.js';
import { noDnsmasq, startDnsmasq, stopDnsmasq } from '../../support/dnsmasq.js';
import { freePort } from '../../support/ports.js';
import { hosts } from '../flow-records.js';

const patientMs = 15_000;
/** It answers for all of two documentation networks. */
const networks = ['local=/2.0.192.in-addr.arpa/', 'local=/8.b.d.0.1.0.0.2.ip6.arpa/'];

test('a real DNS server: names, TTLs, NXDOMAIN, and its end', { skip: noDnsmasq }, async () => {
  const port = await freePort();
  const start = (...records: readonly string[]) =>
    startDnsmasq(['127.0.0.1'], port, [...networks, ...records]);
  let server = await start(
    'host-record=web.example.com,192.0.2.80,2001:db8::80,90',
    'ptr-record=5.2.0.192.in-addr.arpa,printer.example.com',
    'cname=7.2.0.192.in-addr.arpa,7.0-63.2.0.192.in-addr.arpa',
    'ptr-record=7.0-63.2.0.192.in-addr.arpa,delegated.example.com',
  );
  let skewMs = 0;
  const now = () => performance.now() + skewMs;
  const log = { limited() {} };
  const limits = { timeoutMs: 2_000 };
  const names = openReverseDns({ servers: [`127.0.0.1:${port}`], namesFor: 'all', log, nowMs: now, limits });
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

    await stopDnsmasq(server);
    assert.deepEqual(
      await shown('192.0.2.99', '192.0.2.80'),
      [null, 'web.example.com'],
      'no answer: the IP stands',
    );
    skewMs += 91_000;
    assert.deepEqual(await shown('192.0.2.80', '192.0.2.80'), [null, null], 'its TTL of 90 s has passed');

    server = await start('host-record=moved.example.com,192.0.2.80');
    skewMs += 31_000;
    assert.deepEqual(await shown('192.0.2.80', '192.0.2.99'), ['moved.example.com', 'NXDOMAIN']);
  } finally {
    names.close();
    await stopDnsmasq(server);
  }
});
