import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createPrefixTable, type Prefix, parsePrefix } from '../../src/enrich/prefix-table.js';
import { parseAddress } from '../../src/packet/address.js';

const seed = 20260801;

test('CIDR text is read with host bits masked', () => {
  const read: Record<string, Prefix> = {
    '0.0.0.0/0': { family: 4, first: [0], length: 0 },
    '255.255.255.255/0': { family: 4, first: [0], length: 0 },
    '3.233.144.0/20': { family: 4, first: [0x03e99000], length: 20 },
    '3.233.159.255/20': { family: 4, first: [0x03e99000], length: 20 },
    '192.0.2.1/32': { family: 4, first: [0xc0000201], length: 32 },
    '::/0': { family: 6, first: [0, 0, 0, 0], length: 0 },
    '2001:db8::1/32': { family: 6, first: [0x20010db8, 0, 0, 0], length: 32 },
    '2001:db8:0:ffff::/49': { family: 6, first: [0x20010db8, 0x00008000, 0, 0], length: 49 },
    '::1/128': { family: 6, first: [0, 0, 0, 1], length: 128 },
  };
  assert.deepEqual(Object.fromEntries(Object.keys(read).map((text) => [text, parsePrefix(text)])), read);
});

test('what is not CIDR notation is refused', () => {
  const texts =
    '|/|/8|1.2.3.4|1.2.3.4/|1.2.3.4/33|1.2.3.4/-1|1.2.3.4/08|1.2.3.4/8/8|1.2.3/8|1.2.3.4/8 | 1.2.3.4/8|::1|::1/129|::g/8|1.2.3.4/1e1|x/8';
  for (const text of texts.split('|')) assert.equal(parsePrefix(text), undefined, JSON.stringify(text));
});

test('an address gets the value of the longest prefix around it, and what follows a prefix does not', () => {
  const table = tableOf([
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.2.0/24',
    '255.255.255.0/24',
    '10.2.0.0/16',
    '2001:db8::/32',
    '2001:db8::1/128',
    'ff00::/8',
  ]);
  const expected: Record<string, string | undefined> = {
    '9.255.255.255': undefined,
    '10.0.0.0': '10.0.0.0/8',
    '10.1.0.0': '10.1.0.0/16',
    '10.1.2.0': '10.1.2.0/24',
    '10.1.2.255': '10.1.2.0/24',
    '10.1.3.0': '10.1.0.0/16',
    '10.2.255.255': '10.2.0.0/16',
    '10.3.0.0': '10.0.0.0/8',
    '11.0.0.0': undefined,
    '255.255.255.255': '255.255.255.0/24',
    '2001:db8::': '2001:db8::/32',
    '2001:db8::1': '2001:db8::1/128',
    '2001:db8::2': '2001:db8::/32',
    '2001:db9::': undefined,
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff': 'ff00::/8',
  };
  for (const [address, prefix] of Object.entries(expected)) {
    assert.equal(find(table, address), prefix && bitsOf(prefix), address);
  }
});

test('an empty table finds nothing, a prefix of length 0 everything', () => {
  assert.deepEqual(
    ['0.0.0.0', '255.255.255.255', '::', 'ffff::'].map((text) => find(tableOf([]), text)),
    Array(4).fill(undefined),
  );
  const all = tableOf(['0.0.0.0/0', '::/0']);
  assert.equal(find(all, '0.0.0.0'), bitsOf('0.0.0.0/0'));
  assert.equal(find(all, '255.255.255.255'), bitsOf('0.0.0.0/0'));
  assert.equal(find(all, 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), bitsOf('::/0'));
});

/** Few distinct octets and groups, so that prefixes nest and touch. */
const octet = fc.constantFrom(0, 1, 2, 127, 128, 254, 255);
const ipv4 = fc.array(octet, { minLength: 4, maxLength: 4 }).map((octets) => octets.join('.'));
const group = fc.constantFrom('0', '1', '7fff', '8000', 'fffe', 'ffff');
const ipv6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));
const prefix = fc.oneof(
  fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map(([address, length]) => `${address}/${length}`),
  fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })).map(([address, length]) => `${address}/${length}`),
);

test('look-ups agree with a search through all prefixes', () => {
  const addresses = fc.array(fc.oneof(ipv4, ipv6), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 60 }), addresses, (prefixes, texts) => {
      const table = tableOf(prefixes);
      // The edges of each prefix as well as the addresses drawn.
      const all = [...texts, ...prefixes.map((text) => text.split('/')[0]!)];
      assert.deepEqual(
        all.map((text) => find(table, text)),
        all.map((text) => findNaively(prefixes, text)),
      );
    }),
    { seed, numRuns: 500 },
  );
});

test('no text makes the parser throw', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:/-') }));
  fc.assert(
    fc.property(text, (value) => void parsePrefix(value)),
    { seed, numRuns: 5_000 },
  );
});

function tableOf(texts: readonly string[]) {
  return createPrefixTable(texts.map((text) => ({ prefix: parsePrefix(text)!, value: bitsOf(text) })));
}

function find(table: ReturnType<typeof tableOf>, text: string): string | undefined {
  const { family, words } = parseAddress(text)!;
  return family === 4 ? table.find4(words[0]!) : table.find6(words[0]!, words[1]!, words[2]!, words[3]!);
}

/** The longest of the prefixes whose bits begin the address's. */
function findNaively(texts: readonly string[], address: string): string | undefined {
  const addressBits = bitsOf(`${address}/${address.includes(':') ? 128 : 32}`);
  const matches = texts.map(bitsOf).filter((bits) => addressBits.startsWith(bits));
  return matches.sort((a, b) => b.length - a.length)[0];
}

/** The family and the bits of a prefix as text: the same for texts that mean the same prefix. */
function bitsOf(text: string): string {
  const { family, first, length } = parsePrefix(text)!;
  const bits = first.map((word) => word.toString(2).padStart(32, '0')).join('');
  return `IPv${family} ${bits.slice(0, length)}`;
}
