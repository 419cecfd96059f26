/** Files of networks: each is refused in its own words, or its first addresses are found under its names. */
import assert from 'node:assert/strict';
import { EnrichError } from '../../../src/enrich/enricher.js';
import {
  longestNetworkName,
  type NamedPrefix,
  parseNetwork,
  parseNetworkFile,
} from '../../../src/enrich/labels/network-list.js';
import { Networks } from '../../../src/enrich/labels/networks.js';
import { bytesOf, type Target, textOf } from './target.js';

function run(input: Uint8Array): void {
  const text = textOf(input);
  const asFile = parsed(() => parseNetworkFile(text, 'nets'));
  if (asFile !== undefined) check(asFile);
  const [line = ''] = text.split('\n', 1);
  const asText = line.includes('=') ? parsed(() => parseNetwork(line, 'nets')) : undefined;
  if (asText !== undefined) check(asText);
}

/** Undefined where it was refused: in one line that begins with its place. */
function parsed(parse: () => NamedPrefix[]): NamedPrefix[] | undefined {
  try {
    return parse();
  } catch (error) {
    assert.ok(error instanceof EnrichError, (error as Error).stack);
    assert.match(error.message, /^nets(, line \d+)?: [\x20-\x7e]+$/);
    return undefined;
  }
}

function check(list: readonly NamedPrefix[]): void {
  assert.ok(list.length > 0);
  for (const { name } of list) {
    assert.ok(name !== '' && name !== '*' && [...name].length <= longestNetworkName);
    assert.equal(name.trim(), name);
    assert.doesNotMatch(name, /[\p{C}\p{Zl}\p{Zp}]/u);
  }
  const networks = new Networks(list);
  for (const { prefix } of list.slice(0, 50)) {
    const [word0 = 0, word1 = 0, word2 = 0, word3 = 0] = prefix.first.map(wireOrder);
    const number = prefix.family === 4 ? networks.find4(word0) : networks.find6(word0, word1, word2, word3);
    assert.ok(number >= 0 && number < networks.names.length, 'a first address is in a network');
  }
}

const wireOrder = (word: number): number =>
  (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);

export const networks: Target = {
  name: 'networks',
  seeds: () =>
    [
      '# offices\n10.1.0.0/16 office\n2001:db8::/48\toffice\r\n192.0.2.7 head office # its printer\n',
      'office=10.1.0.0/16,2001:db8::/48,192.0.2.7',
      '0.0.0.0/0 all\n::/0 all\n10.0.0.0/8 *\n',
    ].map(bytesOf),
  words: [
    ...['10.0.0.0/8', '0.0.0.0/0', '::/0', '::1', '2001:db8::/32', '/32', '/128', '/33', '255.255.255.255'],
    ...[
      '\n',
      '\r\n',
      ' ',
      '\t',
      '#',
      ' # ',
      '=',
      ',',
      '*',
      'office',
      '\u2028',
      '\u200b',
      '\ufeff',
      '\u0000',
      'é',
    ],
  ].map(bytesOf),
  maxBytes: 2_048,
  run,
};
