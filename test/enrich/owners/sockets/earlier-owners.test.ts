import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  EarlierOwners,
  isLikelyClient,
  pairOf,
} from '../../../../src/enrich/owners/sockets/earlier-owners.js';
import { AddressHash } from '../../../../src/enrich/tables/address-hash.js';
import { Ends, FORWARD } from '../../../../src/enrich/tables/ends.js';
import { seededRandom } from '../../../support/random.js';
import { packetBetween } from '../owners-rig.js';

interface Pair {
  seen: number;
  missed: number;
  owner: number;
  isOfSeveral: boolean;
}

/** The rule, in plain words: by pair, the one used last at the end. */
class PlainPairs {
  readonly pairs = new Map<number, Pair>();
  evicted = 0;

  constructor(readonly most: number) {}

  seen(key: number, owner: number): void {
    let pair = this.#renewed(key);
    if (pair === undefined) {
      if (this.pairs.size === this.most) {
        this.pairs.delete(this.pairs.keys().next().value!);
        this.evicted++;
      }
      pair = { seen: 0, missed: 0, owner, isOfSeveral: false };
      this.pairs.set(key, pair);
    }
    pair.isOfSeveral ||= Math.floor(pair.owner / 2) !== Math.floor(owner / 2);
    pair.owner = owner;
    if (pair.seen === 64) halve(pair);
    pair.seen++;
  }

  missed(key: number): void {
    const pair = this.#renewed(key);
    if (pair === undefined) return;
    if (pair.missed === 64) halve(pair);
    pair.missed++;
  }

  told(key: number): number | undefined {
    const pair = this.pairs.get(key);
    const isSure = pair !== undefined && !pair.isOfSeveral && pair.seen >= 3 && pair.seen >= 16 * pair.missed;
    return isSure ? pair.owner : undefined;
  }

  #renewed(key: number): Pair | undefined {
    const pair = this.pairs.get(key);
    if (pair !== undefined) {
      this.pairs.delete(key);
      this.pairs.set(key, pair);
    }
    return pair;
  }
}

function halve(pair: Pair): void {
  pair.seen >>= 1;
  pair.missed >>= 1;
}

/** Control groups 2n and 2n + 1 are of one owner. */
const isSame = (group: number, _user: number, other: number) => group >> 1 === other >> 1;

const hash = new AddressHash();

function pairBetween(port: number, remote: string): Int32Array {
  const ends = new Ends(hash);
  ends.become(packetBetween({ source: `10.0.0.1 ${port}`, target: remote }));
  const pair = new Int32Array(10);
  pairOf(ends.words, FORWARD, pair);
  return pair;
}

describe('earlier owners', () => {
  test('are those that a plain map has', () => {
    for (const { seed, most, keys, groups } of [
      { seed: 1, most: 40, keys: 60, groups: 4 },
      { seed: 2, most: 40, keys: 12, groups: 2 },
      { seed: 3, most: 1, keys: 3, groups: 3 },
    ]) {
      const random = seededRandom(seed);
      const kept = new EarlierOwners(most, isSame);
      const plain = new PlainPairs(most);
      const key = new Int32Array(10);
      let told = 0;
      for (let step = 0; step < 30_000; step++) {
        const pair = random() % keys;
        key[3] = pair;
        const at = hash.ofIPv4(pair);
        const kind = random() % 64;
        if (kind < 48) {
          // Some pairs have several owners, now and then.
          const isOther = pair % 3 === 0 && random() % 100 === 0;
          const owner = 2 + (isOther ? random() % (2 * groups) : 2 * (pair % groups) + (random() % 2));
          kept.seen(at, key, owner, owner + 1000);
          plain.seen(pair, owner);
        } else if (kind < 48 + (pair % 6)) {
          kept.missed(at, key);
          plain.missed(pair);
        }
        const row = kept.find(at, key);
        const expected = plain.told(pair);
        assert.equal(row < 0 ? undefined : kept.cgroupId(row), expected);
        if (row >= 0) assert.equal(kept.userId(row), expected! + 1000);
        told += row < 0 ? 0 : 1;
      }
      assert.deepEqual([kept.size, kept.evicted], [plain.pairs.size, plain.evicted]);
      assert.ok(told > 1_000, `${told} told`);
    }
  });

  test('are of an address and the port of another end, whichever port this host has', () => {
    const pair = pairBetween(40_000, '192.0.2.1 443');
    assert.deepEqual(pairBetween(40_001, '192.0.2.1 443'), pair);
    assert.notDeepEqual(pairBetween(40_000, '192.0.2.1 444'), pair);
    assert.notDeepEqual(pairBetween(40_000, '192.0.2.2 443'), pair);
  });

  test('are of clients: whose port is the higher one', () => {
    const isClient = (source: string, target: string) => {
      const ends = new Ends(hash);
      ends.become(packetBetween({ source, target }));
      return isLikelyClient(ends.words, FORWARD);
    };
    assert.deepEqual(
      [
        isClient('::1 40000', '::2 443'),
        isClient('::1 256', '::2 255'),
        isClient('::1 443', '::2 40000'),
        isClient('::1 1', '::2 1'),
      ],
      [true, true, false, false],
    );
  });
});
