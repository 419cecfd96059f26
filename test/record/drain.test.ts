import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDrain } from '../../src/record/drain.js';
import { createJsonFormat } from '../../src/record/json.js';
import { SlicePool } from '../../src/record/slices.js';
import { windowOf } from '../support/flows.js';

test('the few records of a quiet window keep no more memory than they take', () => {
  for (const flows of [1, 2, 20]) {
    const drain = createDrain(
      windowOf(flows),
      () => undefined,
      [new SlicePool(createJsonFormat())],
      () => 0,
    );
    const [slice] = drain.next()!;
    assert.deepEqual([slice!.records, slice!.bytes.buffer.byteLength], [flows, slice!.bytes.length]);
    assert.equal(drain.next(), undefined);
  }
});

test('a window begins with small slices, which double', () => {
  const drain = createDrain(
    windowOf(9_000),
    () => undefined,
    [new SlicePool(createJsonFormat())],
    () => 0,
  );
  const sizes: number[] = [];
  for (let slices = drain.next(); slices !== undefined; slices = drain.next()) sizes.push(slices[0]!.records);
  assert.deepEqual(sizes, [128, 256, 512, 1024, 2048, 2048, 2048, 936]);
});

test('slices stay small as long as they take long', () => {
  const pools = [new SlicePool(createJsonFormat())];
  let read = 0;
  // The first 500 records take 10 µs each.
  const drain = createDrain(
    windowOf(2_000),
    () => read++,
    pools,
    () => Math.min(read, 500) / 100,
  );
  const sizes: number[] = [];
  for (let slices = drain.next(); slices !== undefined; slices = drain.next()) sizes.push(slices[0]!.records);
  assert.deepEqual(sizes, [...Array(5).fill(128), 256, 512, 592]);
});
