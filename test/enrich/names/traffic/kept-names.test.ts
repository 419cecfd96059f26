import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptNames, type NameLimits } from '../../../../src/enrich/names/traffic/kept-names.js';
import { AddressHash } from '../../../../src/enrich/tables/address-hash.js';
import { seededRandom } from '../../../support/random.js';
import { KeptModel } from './kept-model.js';

const limits: NameLimits = {
  mostNames: 40,
  mostTextBytes: 2_000,
  shortestLifeMs: 600_000,
  longestLifeMs: 3_600_000,
};

/** Each run has a hash of its own. */
function open(limits: NameLimits) {
  const hash = new AddressHash();
  const names = new KeptNames(2, limits);
  const from = new Int32Array(2);
  const find = (key: number) => {
    from[0] = key;
    return names.find(hash.ofIPv4(key), from, 0);
  };
  return {
    names,
    find,
    show(key: number, nowMs: number): string | null {
      const row = find(key);
      return row < 0 ? null : names.show(row, nowMs);
    },
    keep(key: number, name: string, lifeSeconds: number, nowMs: number): void {
      from[0] = key;
      names.keep(hash.ofIPv4(key), from, 0, name, lifeSeconds, nowMs);
    },
  };
}

for (const { what, longest, keys, stepMs } of [
  { what: 'rows are short', longest: 10, keys: 80, stepMs: 10_000 },
  { what: 'memory for text is short', longest: 253, keys: 30, stepMs: 10_000 },
  { what: 'names grow old', longest: 40, keys: 40, stepMs: 120_000 },
]) {
  test(`what is kept is what a plain map keeps, where ${what}`, () => {
    const random = seededRandom(longest);
    const kept = open(limits);
    const model = new KeptModel<number>(limits);
    let nowMs = 1e12;
    for (let step = 0; step < 30_000; step++) {
      // Back now and then.
      nowMs += (random() % stepMs) - (random() % 50 === 0 ? 20 * stepMs : 0);
      const key = random() % keys;
      switch (random() % 8) {
        case 0: {
          const row = kept.find(key);
          if (row >= 0) kept.names.forget(row);
          model.names.delete(key);
          break;
        }
        case 1:
        case 2:
        case 3: {
          const name = 'x'.repeat(1 + (random() % longest));
          const lifeSeconds = random() % 8_000;
          kept.keep(key, name, lifeSeconds, nowMs);
          model.keep(key, name, lifeSeconds, nowMs);
          break;
        }
        default:
          assert.equal(kept.show(key, nowMs), model.show(key, nowMs));
      }
      assert.equal(kept.names.evicted, model.evicted);
      if (step % 100 === 0) assert.equal(kept.names.held(nowMs), model.held(nowMs));
    }
    for (let key = 0; key < keys; key++) assert.equal(kept.show(key, nowMs), model.show(key, nowMs));
    assert.ok(model.names.size > 0);
  });
}

test('a life is as long as its sender says, within limits, and begins again when the name is shown', () => {
  for (const { lifeSeconds, livesMs } of [
    { lifeSeconds: 0, livesMs: 600_000 },
    { lifeSeconds: 601, livesMs: 601_000 },
    { lifeSeconds: 2 ** 31 - 1, livesMs: 3_600_000 },
  ]) {
    const kept = open(limits);
    kept.keep(1, 'a.example', lifeSeconds, 0);
    assert.equal(kept.show(1, livesMs - 1), 'a.example');
    assert.equal(kept.show(1, 2 * livesMs - 2), 'a.example');
    assert.equal(kept.show(1, 3 * livesMs - 2), null);
  }
});

test('where the shortest life is without end, nothing expires', () => {
  const kept = open({ ...limits, shortestLifeMs: Number.POSITIVE_INFINITY });
  kept.keep(1, 'a.example', 5, 0);
  assert.equal(kept.show(1, 1e15), 'a.example');
  assert.equal(kept.names.held(1e15), 1);
});
