import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type HashSeed, hash3, hashSeed } from '../../src/packet/hash.js';
import { testSeed } from '../support/flows.js';
import { seededRandom } from '../support/random.js';

type Words = readonly [a: number, b: number, c: number];

/** How many of the tuples share the fullest slot. */
function fullest(seed: HashSeed, tuples: readonly Words[], slots: number): number {
  const loads = new Uint32Array(slots);
  let most = 0;
  for (const tuple of tuples) most = Math.max(most, ++loads[hash3(seed, ...tuple) & (slots - 1)]!);
  return most;
}

/** As random as the process's own, but the same in every run. */
function otherSeeds(count: number): HashSeed[] {
  const random = seededRandom(2);
  return Array.from({ length: count }, () => hashSeed([random(), random(), random(), random()]));
}

describe('tuples that are chosen', () => {
  test('to collide under a known seed spread under others', () => {
    const slots = 1 << 16;
    const random = seededRandom(1);
    const chosen: Words[] = [];
    while (chosen.length < 300) {
      const tuple: Words = [random() | 0, random() | 0, random() | 0];
      if ((hash3(testSeed, ...tuple) & (slots - 1)) === 0) chosen.push(tuple);
    }
    assert.equal(fullest(testSeed, chosen, slots), 300);
    const loads = otherSeeds(50).map((seed) => fullest(seed, chosen, slots));
    assert.ok(Math.max(...loads) <= 5, loads.join());
  });

  /**
   * The highest bits of a word go only into the highest bits of a product, whatever it is multiplied by. Each family
   * varies them in one word, and cancels in the next what a shift of `shift` bits makes of them.
   */
  const highest = 9;
  const families = [13, 15, 16].flatMap((shift) => {
    const cancelling = (bits: number) => {
      const high = bits << (32 - highest);
      return high ^ (high >>> shift);
    };
    return [
      {
        name: `source and target, shift ${shift}`,
        tuple: (i: number, j: number): Words => [i << (32 - highest), cancelling(j), 0x5000],
      },
      {
        name: `target and ports, shift ${shift}`,
        tuple: (i: number, j: number): Words => [7, i << (32 - highest), cancelling(j)],
      },
    ];
  });
  /** Six bits of each. */
  families.push({
    name: 'all three words',
    tuple: (i, j): Words => [(i >>> 3) << 26, (((i & 7) << 3) | (j >>> 6)) << 26, (j & 63) << 26],
  });
  for (const { name, tuple } of families) {
    test(`to cancel each other's bits do not, under any seed: ${name}`, () => {
      const values = Array.from({ length: 1 << highest }, (_, value) => value);
      const tuples = values.flatMap((i) => values.map((j) => tuple(i, j)));
      const loads = otherSeeds(4).map((seed) => fullest(seed, tuples, 1 << 19));
      // Thrown at random, 262,144 tuples put 6 to 8 into the fullest of 524,288 slots.
      assert.ok(Math.max(...loads) <= 12, loads.join());
    });
  }
});

test('ports of one pair of hosts, which differ in high bits, do not share slots', () => {
  const tuples = Array.from({ length: 1 << 10 }, (_, port): Words => [1, 2, port << 22]);
  const loads = otherSeeds(300).map((seed) => fullest(seed, tuples, 1 << 11));
  // Thrown at random, the fullest slot of any has 6 or 7.
  assert.ok(Math.max(...loads) <= 9, loads.join());
});

test('neighbouring addresses, which differ in high bits only, do not share slots', () => {
  const slots = 1 << 17;
  const used = new Set<number>();
  for (let source = 0; source < 256; source++) {
    for (let target = 0; target < 256; target++) {
      used.add(hash3(testSeed, source << 24, target << 24, 80) & (slots - 1));
    }
  }
  // 65,536 tuples thrown at random into 131,072 slots use 51,500 of them.
  assert.ok(used.size > 50_000, `${used.size} slots`);
});
