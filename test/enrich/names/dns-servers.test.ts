import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { EnrichError } from '../../../src/enrich/enricher.js';
import {
  createResolvConfReader,
  type DnsServer,
  parseDnsServer,
  parseResolvConf,
  senderKey,
} from '../../../src/enrich/names/dns-servers.js';

const seed = 20260803;

test('a server is an address, with a port if need be', () => {
  const read: Record<string, DnsServer> = {
    '192.0.2.1': { family: 4, address: '192.0.2.1', port: 53, key: '192.0.2.1 53' },
    '192.0.2.1:5353': { family: 4, address: '192.0.2.1', port: 5353, key: '192.0.2.1 5353' },
    '2001:DB8::0:1': { family: 6, address: '2001:db8::1', port: 53, key: '2001:db8::1 53' },
    '[2001:db8::1]': { family: 6, address: '2001:db8::1', port: 53, key: '2001:db8::1 53' },
    '[::1]:5353': { family: 6, address: '::1', port: 5353, key: '::1 5353' },
    'fe80::1%eth0': { family: 6, address: 'fe80::1%eth0', port: 53, key: 'fe80::1 53' },
    '[fe80::1%eth0]:5353': { family: 6, address: 'fe80::1%eth0', port: 5353, key: 'fe80::1 5353' },
  };
  assert.deepEqual(Object.fromEntries(Object.keys(read).map((text) => [text, parseDnsServer(text)])), read);
});

test('addresses that the kernel answers from in another form are put into that form', () => {
  const forms: Record<string, string> = {
    '0.0.0.0': '127.0.0.1',
    '0': '127.0.0.1',
    '::': '::1',
    '0:0::0': '::1',
    '::ffff:192.0.2.7': '192.0.2.7',
    '::FFFF:c000:207': '192.0.2.7',
    '::ffff:0.0.0.0': '127.0.0.1',
    '127.14': '127.0.0.14',
    '0x7f.1': '127.0.0.1',
    '010.0.0.1': '8.0.0.1',
    'FE80:0::1%eth0': 'fe80::1%eth0',
  };
  for (const [text, address] of Object.entries(forms)) {
    const port53 = address.includes(':') ? `[${address}]:53` : `${address}:53`;
    assert.deepEqual(parseDnsServer(text), parseDnsServer(port53), text);
    assert.equal(parseDnsServer(text).address, address, text);
    assert.deepEqual(parseResolvConf(`nameserver ${text}`), [parseDnsServer(address)], text);
  }
});

test('a link-local address has to name its link', () => {
  assert.throws(
    () => parseDnsServer('[FE80::1]:53'),
    new EnrichError(
      '--dns [FE80::1]:53: a link-local address, which each link has for itself; name the interface too, as in fe80::1%eth0',
    ),
  );
  assert.deepEqual(
    parseResolvConf('nameserver fe80::1\nnameserver 192.0.2.1').map(({ address }) => address),
    ['192.0.2.1'],
    'nobody can ask there',
  );
});

test('what is no server is refused with the value and the remedy', () => {
  for (const text of [
    '',
    'dns.example',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '192.0.2.1:',
    '[192.0.2.1]',
    '[::1',
    '::1]:53',
    '192.0.2.256',
    '[127.14]',
    '1.2.3.4.5',
    '08.0.0.1',
    ':53',
  ]) {
    assert.throws(
      () => parseDnsServer(text),
      new EnrichError(
        `--dns ${text}: not the address of a DNS server; write 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353`,
      ),
    );
  }
});

test('resolv.conf: three servers at most, comments and nonsense skipped', () => {
  const text = [
    '# nameserver 192.0.2.9',
    '; nameserver 192.0.2.9',
    'search example.com',
    'nameserver',
    'nameserver not-an-address',
    '  nameserver\t192.0.2.1  # the first',
    'nameserver 2001:db8::1\r',
    'options timeout:1',
    'nameserver fe80::1%eth0',
    'nameserver 192.0.2.4',
  ].join('\n');
  assert.deepEqual(
    parseResolvConf(text).map((server) => server.address),
    ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0'],
  );
});

test('resolv.conf without a server means the local host', () => {
  assert.deepEqual(parseResolvConf('search example.com\n'), [parseDnsServer('127.0.0.1')]);
});

test('no text makes the parsers throw anything else', () => {
  const word = fc.constantFrom('nameserver ', '\n', '192.0.2.1', '::1', '[', ']', ':53', '%', '#', ' ');
  const text = fc.oneof(
    fc.string(),
    fc.array(word).map((words) => words.join('')),
  );
  fc.assert(
    fc.property(text, (value) => {
      assert.ok(parseResolvConf(value).length <= 3);
      try {
        parseDnsServer(value);
      } catch (error) {
        assert.ok(error instanceof EnrichError);
      }
    }),
    { seed, numRuns: 3_000 },
  );
});

test("a sender's address is compared in one form, without its zone", () => {
  assert.equal(senderKey('fe80::1%2', 53), parseDnsServer('FE80:0::1%eth0').key);
  assert.equal(senderKey('127.0.0.1', 53), parseDnsServer('127.0.0.1').key);
});

test('resolv.conf is read once, and again when it changes, appears or goes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pcap-agg-'));
  const path = join(directory, 'resolv.conf');
  const read = createResolvConfReader(path);
  const addresses = async () => (await read())?.map((server) => server.address);
  try {
    assert.deepEqual(await addresses(), ['127.0.0.1']);
    assert.equal(await addresses(), undefined);
    await writeFile(path, 'nameserver 192.0.2.1\n');
    assert.deepEqual(await addresses(), ['192.0.2.1']);
    assert.equal(await addresses(), undefined);
    await writeFile(path, 'nameserver 192.0.2.1\nnameserver 192.0.2.2\n');
    assert.deepEqual(await addresses(), ['192.0.2.1', '192.0.2.2']);
    await rm(path);
    assert.deepEqual(await addresses(), ['127.0.0.1']);
  } finally {
    await rm(directory, { recursive: true });
  }
});
