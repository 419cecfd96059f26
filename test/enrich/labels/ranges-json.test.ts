import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maxLabelBytes, maxPrefixes, parseRanges } from '../../../src/enrich/labels/ranges-json.js';
import { readProjectFile } from '../../support/project.js';

const seed = 20260805;
const fixture = readProjectFile('fixtures/ip-ranges.json');

/** Each prefix's first address as hexadecimal words, its length, and its label. */
function entries(text: string): Record<string, string> {
  return Object.fromEntries(
    parseRanges(text).entries.map(({ prefix, value }) => [
      `${prefix.first.map((word) => word.toString(16)).join(':')}/${prefix.length}`,
      value,
    ]),
  );
}

test('services are joined in the order of the file, and a new one just works', () => {
  assert.deepEqual(entries(fixture), {
    '3e99000/20': 'agents,api,apm,global,logs,process',
    'c6336400/25': 'agents',
    '26001f18:63f7b900:0:0/56': 'agents,api',
    'cb007140/26': 'api,remote-configuration',
    '26001f18:24e6b900:0:0/56': 'api,apm',
    'c6336480/25': 'logs',
    'cb007100/24': 'orchestrator',
    '20010db8:40000:0:0/48': 'orchestrator,process',
    '3e99607/32': 'synthetics',
    'cb00714d/32': 'synthetics,webhooks',
    '20010db8:48000:0:1/128': 'synthetics',
    'c6336400/24': 'synthetics-private-locations',
    'c00002c0/27': 'a-service-of-next-year',
    '20010db8:50000:0:0/48': 'a-service-of-next-year',
  });
});

test('all keys that hold a list of prefixes are services, others are not', () => {
  const { services, skipped } = parseRanges(fixture);
  assert.deepEqual(services, [
    ...[
      'agents',
      'api',
      'apm',
      'global',
      'logs',
      'orchestrator',
      'process',
      'remote-configuration',
      'synthetics',
    ],
    ...['synthetics-private-locations', 'webhooks', 'a-service-of-next-year'],
  ]);
  assert.equal(skipped, 0);
});

test('one list is enough; entries that are not prefixes of their family are skipped and the first is named', () => {
  const text = JSON.stringify({
    version: 1,
    a: { prefixes_ipv4: ['10.0.0.0/8', '10.0.0.0/33', '::/0', 7, null, '10.1.2.3'] },
    b: { prefixes_ipv6: ['10.0.0.0/8', '2001:db8::/32'] },
    c: { prefixes_ipv4: 'all' },
    d: ['10.0.0.0/8'],
    'e" f': { prefixes_ipv4: ['10.0.0.0/8', '11.0.0.0/8'] },
  });
  assert.deepEqual(entries(text), { 'a000000/8': 'a', '20010db8:0:0:0/32': 'b' });
  const { services, skipped, firstSkipped } = parseRanges(text);
  assert.deepEqual(
    { services, skipped, firstSkipped },
    { services: ['a', 'b'], skipped: 8, firstSkipped: '"10.0.0.0/33"' },
  );
});

test('a service that lists a prefix twice, with host bits or without, is named once', () => {
  const text = JSON.stringify({
    a: { prefixes_ipv4: ['10.0.0.0/8', '10.1.0.0/8'] },
    b: { prefixes_ipv4: ['10.0.0.0/8'] },
  });
  assert.deepEqual(entries(text), { 'a000000/8': 'a,b' });
});

test('a message about a skipped entry is short and printable', () => {
  const text = JSON.stringify({
    a: { prefixes_ipv4: [`\u001b[31m\u2028${'x'.repeat(1_000)}`, '10.0.0.0/8'] },
  });
  assert.equal(parseRanges(text).firstSkipped, `"\\u001b[31m?${'x'.repeat(54)}"`);
});

test('what is not a list of ranges is refused', () => {
  const wrong: Record<string, string> = {
    '': 'it is not JSON',
    '{"agents":': 'it is not JSON',
    '<html>': 'it is not JSON',
    null: 'it is not a JSON object of services',
    '[]': 'it is not a JSON object of services',
    '"text"': 'it is not a JSON object of services',
    '{}': 'it lists no prefixes',
    '{"version":1,"agents":{"prefixes_ipv4":[],"prefixes_ipv6":[]}}': 'it lists no prefixes',
    '{"agents":{"prefixes_ipv4":["nonsense"]}}': 'it lists no prefixes',
  };
  for (const [text, message] of Object.entries(wrong))
    assert.throws(() => parseRanges(text), { message }, text);
  assert.throws(() => parseRanges('['.repeat(1_000_000)), { message: 'it is not JSON' });
});

test('the number of prefixes and the length of labels are bounded', () => {
  const many = { a: { prefixes_ipv4: Array(maxPrefixes).fill('10.0.0.0/8') } };
  assert.equal(parseRanges(JSON.stringify(many)).entries.length, 1);
  const tooMany = { ...many, b: { prefixes_ipv6: ['::/0'] } };
  assert.throws(() => parseRanges(JSON.stringify(tooMany)), {
    message: `it lists more than ${maxPrefixes} prefixes`,
  });

  const services = Array.from({ length: 100 }, (_, i) => `${'s'.repeat(60)}${i}`);
  const shared = Object.fromEntries(services.map((service) => [service, { prefixes_ipv4: ['10.0.0.0/8'] }]));
  const label = parseRanges(JSON.stringify(shared)).entries[0]!.value;
  assert.ok(label.length <= maxLabelBytes && services.join().startsWith(`${label},`), label);
});

test('no JSON value and no damage makes the parser throw anything but its own errors', () => {
  const own = /^it (is not JSON|is not a JSON object of services|lists no prefixes|lists more than)/;
  const parse = (text: string) => {
    try {
      parseRanges(text);
    } catch (error) {
      assert.match((error as Error).message, own);
    }
  };
  const service = fc.dictionary(fc.constantFrom('prefixes_ipv4', 'prefixes_ipv6', 'other'), fc.jsonValue());
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(service, fc.jsonValue())), (value) =>
      parse(JSON.stringify(value)),
    ),
    { seed, numRuns: 1_000 },
  );
  const damage = fc.array(fc.tuple(fc.nat(fixture.length), fc.string({ maxLength: 3 })), { maxLength: 4 });
  fc.assert(
    fc.property(damage, (changes) => {
      let text = fixture;
      for (const [at, inserted] of changes)
        text = text.slice(0, at) + inserted + text.slice(at + inserted.length);
      parse(text);
    }),
    { seed, numRuns: 1_000 },
  );
});
