/** Names that a user gives networks. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { EnrichError } from '../../../src/enrich/enricher.js';
import { mostNetworks, parseNetwork, parseNetworkFile } from '../../../src/enrich/labels/network-list.js';
import { NetworkLabels, readNetworks } from '../../../src/enrich/labels/networks.js';
import { recordBetween } from '../flow-records.js';

const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-networks-'));
after(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const path = join(folder, 'nets.txt');
  writeFileSync(path, text);
  return path;
}

const listed = (networks: ReturnType<typeof parseNetwork>) =>
  networks.map(({ prefix, name }) => [prefix.family, prefix.first[0]!.toString(16), prefix.length, name]);

test('a list names its networks; an address is a network of one', () => {
  assert.deepEqual(listed(parseNetwork('office=10.1.0.0/16, 2001:db8::/48,192.0.2.7,::1', 'here')), [
    [4, 'a010000', 16, 'office'],
    [6, '20010db8', 48, 'office'],
    [4, 'c0000207', 32, 'office'],
    [6, '0', 128, 'office'],
  ]);
});

test('a file names a network a line, with comments and spaces in names', () => {
  const text =
    '\ufeff# offices\n\n10.1.2.3/16\toffice\r\n  192.0.2.7  head office, 2nd floor # a printer\n10.2.0.0/16 lan#2\n';
  assert.deepEqual(listed(parseNetworkFile(text, 'here')), [
    [4, 'a010000', 16, 'office'],
    [4, 'c0000207', 32, 'head office, 2nd floor'],
    [4, 'a020000', 16, 'lan#2'],
  ]);
});

describe('a list is refused with place and remedy', () => {
  const remedy = 'write one like 10.1.0.0/16, 2001:db8::/48 or 192.0.2.7';
  const lists: readonly (readonly [text: string, says: string])[] = [
    ['office=10.1.0.0/33', `"10.1.0.0/33" is not a network; ${remedy}`],
    ['office=10.1/16', `"10.1/16" is not a network; ${remedy}`],
    ['office=', `"" is not a network; ${remedy}`],
    ['office=10.0.0.0/8,', `"" is not a network; ${remedy}`],
    ['office=\u001b[1m', `"\\u001b[1m" is not a network; ${remedy}`],
    ['=10.0.0.0/8', 'the network has no name; write office=10.1.0.0/16'],
    ['*=10.0.0.0/8', '"*" stands for all other flows; choose another name'],
    ['a\tb=10.0.0.0/8', 'the name has a character that cannot be shown; leave it out'],
    [`${'ö'.repeat(65)}=10.0.0.0/8`, 'the name is too long; it takes up to 64 characters'],
  ];
  for (const [text, says] of lists) {
    test(JSON.stringify(text.slice(0, 30)), () => {
      assert.throws(
        () => parseNetwork(text, '--network X'),
        (error) =>
          error instanceof EnrichError && error.message === `--network X: ${says}` && error.exitCode === 2,
      );
    });
  }
});

describe('a file is refused with its line', () => {
  const files: readonly (readonly [text: string, says: string])[] = [
    ['10.0.0.0/8 a\n10.0.0.0/8\n', ', line 2: the network has no name; write office=10.1.0.0/16'],
    [
      '# x\n\noffice 10.0.0.0/8\n',
      ', line 3: "office" is not a network; write one like 10.1.0.0/16, 2001:db8::/48 or 192.0.2.7',
    ],
    ['# nothing\n', ': no network is in it; write a line like "10.1.0.0/16 office"'],
    [
      '10.0.0.0/8 a\n'.repeat(mostNetworks + 1),
      `, line ${mostNetworks + 1}: more than ${mostNetworks} networks; join some of them`,
    ],
  ];
  for (const [text, says] of files) {
    test(JSON.stringify(text.slice(0, 30)), () => {
      assert.throws(() => parseNetworkFile(text, '--network X'), { message: `--network X${says}` });
    });
  }
});

test('a file that cannot be read is refused', async () => {
  const text = join(folder, 'none.txt');
  await assert.rejects(
    readNetworks([{ text, place: `--network ${text}` }]),
    ({ message, exitCode }: EnrichError) =>
      message.startsWith(`--network ${text}: ENOENT`) &&
      message.endsWith('; name a file of networks, or write NAME=NET') &&
      exitCode === 2,
  );
  await assert.rejects(
    readNetworks([{ text: folder, place: 'here' }]),
    /^EnrichError: here: .*; name a file/,
  );
});

test('all lists together are bounded', async () => {
  const text = fileOf('10.0.0.0/8 a\n'.repeat(mostNetworks));
  const both = [text, 'b=10.0.0.0/8'].map((written) => ({ text: written, place: written }));
  await assert.rejects(readNetworks(both), {
    message: `b=10.0.0.0/8: more than ${mostNetworks} networks; join some of them`,
  });
});

test('the smallest network that holds an address names it; of the same one, the last name', async () => {
  const text = fileOf('10.1.2.0/24 lab\n2001:db8:1::/48 lab\n10.9.0.0/16 old\n');
  const networks = await readNetworks(
    [text, 'office=10.1.0.0/16,2001:db8::/32', 'new=10.9.0.0/16'].map((written) => ({
      text: written,
      place: written,
    })),
  );
  assert.deepEqual(networks.names, ['lab', 'old', 'office', 'new']);
  const labels = new NetworkLabels(networks);
  const namesOf = (source: string, target: string, values: object = {}) => {
    const record = Object.assign(recordBetween(source, target), {
      sourceNetwork: 'left by an earlier record',
      targetNetwork: 'left by an earlier record',
      ...values,
    });
    labels.enrich(record);
    return [record.sourceNetwork, record.targetNetwork];
  };
  assert.deepEqual(namesOf('10.1.2.3', '10.1.3.3'), ['lab', 'office']);
  assert.deepEqual(namesOf('10.9.0.1', '192.0.2.1'), ['new', null]);
  assert.deepEqual(namesOf('2001:db8:1::1', '2001:db8:2::1'), ['lab', 'office']);
  assert.deepEqual(namesOf('::1', '2001:db9::1'), [null, null]);
  assert.deepEqual(namesOf('10.1.2.3', '10.1.3.3', { rest: true }), [null, null]);
  assert.deepEqual(namesOf('0.0.0.2', '10.1.3.3', { sourceFold: 'office' }), ['office', 'office']);
  assert.equal(labels.inWords, 'networks: 6 with 4 names');
});
