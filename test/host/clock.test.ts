import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOncePerTurn } from '../../src/host/clock.js';

test('a clock that is read once in each turn goes on with the next', async () => {
  let nowMs = 0;
  let reads = 0;
  const clock = readOncePerTurn(() => {
    reads++;
    return nowMs;
  });
  for (nowMs = 10; nowMs < 15; nowMs++) assert.equal(clock(), 10);
  assert.equal(reads, 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([clock(), clock(), reads], [15, 15, 2]);
});
