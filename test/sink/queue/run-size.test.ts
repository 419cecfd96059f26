/** How the size of runs finds its way back after a reader found one too much. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunSize } from '../../../src/sink/queue/run-size.js';

const limit = 1_000;

/** Sends runs to a reader that takes so many records at a time; returns how many it refused. */
function refusals(size: RunSize, runs: number, taken: number): number {
  let refused = 0;
  for (let run = 0; run < runs; run++) {
    const records = size.most;
    if (records > taken) refused++;
    if (records > taken) size.tooMuch(records);
    else size.taken(records);
  }
  return refused;
}

test('after a single long record, runs are soon as large as before', () => {
  const size = new RunSize(limit);
  while (size.most > 1) size.tooMuch(size.most);
  size.taken(1);
  assert.equal(refusals(size, 10, limit), 0);
  assert.equal(size.most, limit);
});

test('where a reader takes less for good, it is seldom asked for more', () => {
  const size = new RunSize(limit);
  refusals(size, 2_000, 300);
  const before = size.most;
  assert.ok(before >= 150 && before <= 500, `${before}`);
  assert.ok(refusals(size, 2_000, 300) <= 20);
});

test('where a reader takes more again, so do runs', () => {
  const size = new RunSize(limit);
  refusals(size, 2_000, 300);
  refusals(size, 600, limit);
  assert.equal(size.most, limit);
});

test('runs that are smaller than they might be say nothing', () => {
  const size = new RunSize(limit);
  size.tooMuch(limit);
  for (let run = 0; run < 100; run++) size.taken(10);
  assert.equal(size.most, limit / 2);
  size.tooMuch(3);
  assert.equal(size.most, 2);
});
