import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge, type Sample, slope, warmUpMinutes } from './verdict.js';

const calm: Sample = {
  minute: 0,
  residentMiB: 180,
  heapMiB: 8,
  externalMiB: 60,
  descriptors: 22,
  handles: 5,
  watches: 90,
  windows: 12,
  latestMs: 250,
  frames: 1_000,
  dropped: 0,
  recordsSent: 500,
  recordsUnsent: 0,
  recordsWaiting: 0,
  balanced: true,
};

/** Thirty minutes; `change` makes each of calm ones. */
const run = (change: (minute: number) => Partial<Sample> = () => ({})): Sample[] =>
  Array.from({ length: 30 }, (_, i) => ({ ...calm, minute: i + 1, ...change(i + 1) }));

const wrongOf = (change: (minute: number) => Partial<Sample>) => judge(run(change), 30).wrong;

describe('the verdict on a soak', () => {
  test('is good where nothing grows, is late or does not add up', () => {
    const { wrong, measured } = judge(run(), 30);
    assert.deepEqual(wrong, []);
    assert.deepEqual(measured, [
      'resident memory grows by 0.000 MiB a minute (limit 0.5)',
      'heap grows by 0.000 MiB a minute (limit 0.1)',
      'external memory grows by 0.000 MiB a minute (limit 0.25)',
      'the latest window was closed 250 ms after its end (limit 1000)',
    ]);
  });

  test('forgives a warm-up, a peak, and a descriptor that comes and goes', () => {
    const warm = warmUpMinutes(30);
    assert.deepEqual(
      wrongOf((minute) => ({ heapMiB: Math.min(minute, warm) })),
      [],
    );
    assert.deepEqual(
      wrongOf((minute) => ({ residentMiB: minute === 25 ? 400 : 180 })),
      [],
    );
    assert.deepEqual(
      wrongOf((minute) => ({ descriptors: minute % 2 === 0 ? 25 : 22 })),
      [],
    );
  });

  test('names what grows', () => {
    assert.deepEqual(
      wrongOf((minute) => ({ residentMiB: 180 + minute, heapMiB: 8 + minute / 5 })),
      [
        'resident memory grows by 1.000 MiB a minute (limit 0.5)',
        'heap grows by 0.200 MiB a minute (limit 0.1)',
      ],
    );
    assert.deepEqual(
      wrongOf((minute) => ({ descriptors: 20 + minute })),
      ['50 descriptors are open, up from 30 after the warm-up'],
    );
    assert.deepEqual(
      wrongOf((minute) => ({ watches: 60 + 2 * minute })),
      ['120 watches are open, up from 80 after the warm-up'],
    );
  });

  test('names lateness and imbalance', () => {
    assert.deepEqual(
      wrongOf((minute) => ({ latestMs: minute * 100, balanced: minute < 29 })),
      [
        'the latest window was closed 3000 ms after its end (limit 1000)',
        'the ledger did not balance in minute 29, 30',
      ],
    );
  });

  test('says so where a run was too short to tell growth', () => {
    const { wrong, measured } = judge(run().slice(0, 3), 3);
    assert.deepEqual([wrong, measured[0]], [[], 'too short a run to tell growth']);
  });
});

test('the slope is the median of all slopes', () => {
  assert.equal(
    slope([
      [1, 2],
      [2, 4],
      [3, 6],
      [4, 100],
      [5, 10],
    ]),
    2,
  );
});
