import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressHash } from '../../../src/enrich/tables/address-hash.js';
import { WordTable } from '../../../src/enrich/tables/word-table.js';
import { seededRandom } from '../../support/random.js';

/** Hashes are the caller's: few of them make long chains, with keys in them that are removed from any place. */
const hashOf = (key: Int32Array, hashes: number): number =>
  Math.abs(key.reduce((sum, word) => sum + word, 0)) % hashes;

for (const { keyWords, hashes } of [
  { keyWords: 2, hashes: 1 },
  { keyWords: 4, hashes: 7 },
  { keyWords: 8, hashes: 1_000 },
  { keyWords: 10, hashes: 3 },
]) {
  test(`keys of ${keyWords} words with ${hashes} hashes keep their rows until they are removed`, () => {
    const random = seededRandom(keyWords);
    const capacity = 60;
    const table = new WordTable(capacity, keyWords, 2);
    const rows = new Map<string, number>();
    const keys = new Map<number, Int32Array>();
    const from = new Int32Array(keyWords + 5);
    for (let step = 0; step < 20_000; step++) {
      const at = random() % 6;
      from.fill(random() | 0);
      for (let word = 0; word < keyWords; word++) from[at + word] = random() % (keyWords === 2 ? 10 : 2);
      const key = from.slice(at, at + keyWords);
      const hash = hashOf(key, hashes);
      const row = table.find(hash, from, at);
      assert.equal(row, rows.get(key.join()) ?? -1);
      if (row >= 0 && random() % 2 === 0) {
        table.remove(row);
        rows.delete(key.join());
        keys.delete(row);
      } else if (row < 0 && table.size < capacity) {
        const added = table.add(hash, from, at);
        assert.ok(added >= 0 && added < capacity && !keys.has(added));
        rows.set(key.join(), added);
        keys.set(added, key);
      }
      assert.equal(table.size, rows.size);
    }
    for (const [row, key] of keys) assert.deepEqual(table.key(row), key);
  });
}

/**
 * The highest bits of a word reach only the highest bits of a product; each family varies those of one word, and has another
 * cancel what a fold makes of them: see packet/hash.ts. `name` of which words.
 */
const highest = 9;
const cancelling = (bits: number): number => {
  const high = bits << (32 - highest);
  return high ^ (high >>> 15);
};
for (const { name, words } of [
  { name: 'words 0 and 1', words: (i: number, j: number) => [i << (32 - highest), cancelling(j), 5, 6] },
  { name: 'words 1 and 2', words: (i: number, j: number) => [5, i << (32 - highest), cancelling(j), 6] },
  { name: 'words 2 and 3', words: (i: number, j: number) => [5, 6, i << (32 - highest), cancelling(j)] },
  {
    name: 'the last word',
    words: (i: number, j: number) => [0, 0, 0xffff0000 | 0, (i << 23) | (j << 8) | 10],
  },
]) {
  test(`addresses that are chosen to collide in ${name} spread`, () => {
    const buckets = 2 ** 19;
    const random = seededRandom(3);
    for (let round = 0; round < 10; round++) {
      const hash = new AddressHash([random(), random(), random(), random()]);
      const loads = new Uint8Array(buckets);
      let fullest = 0;
      for (let i = 0; i < 1 << highest; i++) {
        for (let j = 0; j < 1 << highest; j++) {
          const [word0, word1, word2, word3] = words(i, j) as [number, number, number, number];
          fullest = Math.max(fullest, ++loads[hash.of(word0, word1, word2, word3) & (buckets - 1)]!);
        }
      }
      assert.ok(fullest <= 16, `${fullest} in one bucket`);
    }
  });
}

test('the hash of an IPv4 address is that of its IPv4-mapped words', () => {
  const hash = new AddressHash();
  for (const word of [0, 1, -1, 0x0100a8c0])
    assert.equal(hash.ofIPv4(word), hash.of(0, 0, 0xffff0000 | 0, word));
});
