/**
 * Lists of address ranges as JSON, and the longest prefix found for addresses around each of theirs; and the cache file's
 * copies of such lists.
 */
import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { type CachedText, copyForPeople, parseCache } from '../../../src/enrich/labels/ranges-cache.js';
import { maxLabelBytes, parseRanges, type Ranges } from '../../../src/enrich/labels/ranges-json.js';
import { createPrefixTable, type Prefix } from '../../../src/enrich/prefix-table.js';
import { readProjectFile } from '../../support/project.js';
import { bytesOf, type Target, textOf } from './target.js';

const own =
  /^it (is not JSON|is not a JSON object of services|lists no prefixes|lists more than \d+ prefixes)$/;
const label = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}(,[A-Za-z0-9][A-Za-z0-9_.:-]{0,63})*$/;

function run(input: Uint8Array): void {
  const text = textOf(input);
  const copy = copyIn(text);
  if (copy !== undefined) checkCopy(copy);
  checkRanges(copy?.text ?? text);
}

/** Undefined where the text was refused as a cache file's. */
function copyIn(text: string): CachedText | undefined {
  try {
    return parseCache(text);
  } catch (error) {
    assert.equal((error as Error).message, 'it is damaged');
    return undefined;
  }
}

/** What becomes of a copy beside its ranges: a line for the operator, and headers of the next request. */
function checkCopy(copy: CachedText): void {
  assert.match(
    copyForPeople(copy, Date.UTC(2016, 8, 8)),
    /^the copy of [\x20-\x7e]{24,27} \([\x20-\x7e]+\)$/,
  );
  for (const value of [copy.etag, copy.lastModified]) {
    if (value !== undefined) validateHeaderValue('if-none-match', value);
  }
}

function checkRanges(text: string): void {
  const ranges = parsed(text);
  if (ranges === undefined) return;
  const { entries } = ranges;
  assert.ok(entries.length > 0 && ranges.skipped >= 0);
  assert.doesNotMatch(ranges.firstSkipped ?? '', /[^\x20-\x7e]/, 'a line for the operator');
  for (const { value } of entries) {
    assert.ok(value.length <= maxLabelBytes);
    assert.match(value, label);
  }
  const table = createPrefixTable(entries);
  for (const { prefix } of entries.slice(0, 50)) {
    for (const address of addressesAround(prefix)) {
      const words = address.map(wireOrder) as [number, number, number, number];
      const found = prefix.family === 4 ? table.find4(words[0]) : table.find6(...words);
      assert.equal(found, longest(entries, prefix.family, address), `${address} in IPv${prefix.family}`);
    }
  }
}

/** Undefined where the text was refused in its own words. */
function parsed(text: string): Ranges | undefined {
  try {
    return parseRanges(text);
  } catch (error) {
    assert.match((error as Error).message, own);
    return undefined;
  }
}

/** The first and last address of a prefix and their neighbours, as words in host order. */
function addressesAround({ family, first, length }: Prefix): number[][] {
  const bits = family === 4 ? 32n : 128n;
  const lowest = first.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  const highest = lowest | ((1n << (bits - BigInt(length))) - 1n);
  return [lowest - 1n, lowest, highest, highest + 1n].map((address) =>
    Array.from({ length: first.length }, (_, word) =>
      Number(BigInt.asUintN(32, BigInt.asUintN(Number(bits), address) >> (bits - 32n * BigInt(word + 1)))),
    ),
  );
}

function longest(entries: Ranges['entries'], family: 4 | 6, address: readonly number[]): string | undefined {
  let best: Ranges['entries'][number] | undefined;
  for (const entry of entries) {
    const { prefix } = entry;
    const holds =
      prefix.family === family && prefix.first.every((word, i) => masked(address[i]!, prefix, i) === word);
    if (holds && prefix.length >= (best?.prefix.length ?? 0)) best = entry;
  }
  return best?.value;
}

/** The bits of an address's word that a prefix covers. */
function masked(word: number, { length }: Prefix, index: number): number {
  const bits = Math.min(Math.max(length - 32 * index, 0), 32);
  return bits === 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

const wireOrder = (word: number): number =>
  (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);

const copyOf = (checkedMs: string): string =>
  `{"url":"https://a/","text":"{\\"a\\":{\\"prefixes_ipv4\\":[\\"10.0.0.0/8\\"]}}","etag":"x","lastModified":"y","checkedMs":${checkedMs}}`;

export const ranges: Target = {
  name: 'ranges',
  seeds: () => [
    bytesOf(readProjectFile('fixtures/ip-ranges.json')),
    bytesOf(copyOf('1')),
    bytesOf(copyOf('1e300')),
    bytesOf(
      '{"a":{"prefixes_ipv4":["10.0.0.0/8","10.1.0.0/16","10.0.0.0/32","0.0.0.0/0"],"prefixes_ipv6":["::/0","::1/128"]}}',
    ),
  ],
  words: [
    ...[
      '"prefixes_ipv4":[',
      '"prefixes_ipv6":[',
      '"10.0.0.0/8",',
      '"::/0"',
      '"2001:db8::/32",',
      '/32"',
      '/128"',
      '/0',
    ],
    ...[
      '"a":{',
      '},',
      '],',
      '"',
      '\\u0000',
      'null',
      '1e999',
      '"__proto__":{',
      '"constructor":',
      '[[',
      '255.255.255.255',
    ],
    ...[
      '"etag":"',
      '"lastModified":"',
      '"checkedMs":',
      '8640000000000001',
      '1e300',
      '-1',
      '\\r\\n',
      '\\u00e9',
    ],
  ].map(bytesOf),
  maxBytes: 4_096,
  run,
};
