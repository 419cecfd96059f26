import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PerSecond } from '../../src/observe/per-second.js';

test('a second begins with what comes a second before or after the last one began', () => {
  const bound = new PerSecond(2);
  const takes = [5_000_000, 4_500_000, 5_100_000, 5_999_999, 4_000_001, 6_000_000, 6_000_000, 6_000_000];
  assert.deepEqual(
    takes.map((timestampUs) => bound.take(timestampUs)),
    [true, true, false, false, false, true, true, false],
  );
  assert.deepEqual([bound.take(0), bound.take(1), bound.take(2)], [true, true, false]);
});
