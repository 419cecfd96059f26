import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NameCache } from '../../../src/enrich/names/name-cache.js';

const seed = 20260804;
const word = fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000, 0xffff0000 | 0);
const address = fc.tuple(word, word, word, word);

test('while there is room, every address keeps its own row', () => {
  fc.assert(
    fc.property(fc.array(address, { maxLength: 300 }), (addresses) => {
      const cache = new NameCache(300);
      const rows = new Map<string, number>();
      for (const words of addresses) {
        const found = cache.find(...words);
        assert.equal(found, rows.get(words.join()) ?? -1);
        if (found < 0) rows.set(words.join(), cache.add(...words));
      }
      assert.equal(cache.size, rows.size);
      assert.equal(new Set(rows.values()).size, rows.size);
      for (const [text, row] of rows) assert.equal(cache.words(row).join(), text);
    }),
    { seed, numRuns: 300 },
  );
});

test('a full cache frees rows that nobody used, never one that waits, and forgets what it freed', () => {
  const capacity = 16;
  fc.assert(
    fc.property(fc.array(fc.tuple(address, fc.boolean()), { maxLength: 400 }), (steps) => {
      const cache = new NameCache(capacity);
      const rows = new Map<string, number>();
      for (const [words, waits] of steps) {
        const text = words.join();
        let row = cache.find(...words);
        assert.equal(row, rows.get(text) ?? -1);
        if (row < 0) {
          row = cache.add(...words);
          if (row < 0) {
            assert.ok(cache.waiting.every((waiting) => waiting === 1));
            continue;
          }
          for (const [other, otherRow] of rows) {
            if (otherRow !== row) continue;
            assert.equal(cache.waiting[row], 0, `${other} waited`);
            rows.delete(other);
          }
          rows.set(text, row);
          assert.deepEqual([cache.names[row], cache.expiresMs[row]], [null, -Infinity]);
        }
        cache.waiting[row] = waits ? 1 : 0;
      }
      assert.ok(cache.size <= capacity);
      for (const [text, row] of rows) {
        const [word0, word1, word2, word3] = text.split(',').map(Number) as [number, number, number, number];
        assert.equal(cache.find(word0, word1, word2, word3), row);
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('addresses in use outlive a flood of others', () => {
  const cache = new NameCache(100);
  for (let i = 0; i < 50; i++) cache.add(0, 0, 0, i);
  for (let flood = 0; flood < 10_000; flood++) {
    cache.add(1, 1, 1, flood);
    if (flood % 20 === 0) for (let i = 0; i < 50; i++) assert.notEqual(cache.find(0, 0, 0, i), -1);
  }
  assert.equal(cache.size, 100);
  assert.equal(cache.evicted, 10_050 - 100);
});
