/** What becomes of the memory of slices that are given back, and of those that are not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDrain } from '../../src/record/drain.js';
import { createJsonFormat } from '../../src/record/json.js';
import { mostSliceRecords, type Slice, SlicePool } from '../../src/record/slices.js';
import { windowOf } from '../support/flows.js';

/** Slices of a window that are not full, its first and its last. */
const small = 5;

/** Drains a window of so many flows, and lets `each` look at the slices one by one. */
function drain(pool: SlicePool, flows: number, each: (slice: Slice) => void): void {
  const { next } = createDrain(
    windowOf(flows),
    () => undefined,
    [pool],
    () => 0,
  );
  for (let slices = next(); slices !== undefined; slices = next()) each(slices[0]!);
}

function slicesOf(pool: SlicePool, flows: number): Slice[] {
  const slices: Slice[] = [];
  drain(pool, flows, (slice) => slices.push(slice));
  return slices;
}

const textOf = ({ bytes }: Slice) => Buffer.from(bytes).toString();
const memoryOf = (slices: readonly Slice[]) =>
  new Set(slices.flatMap(({ bytes, ends, packetSums }) => [bytes.buffer, ends.buffer, packetSums.buffer]));

const flows = 20 * mostSliceRecords;

describe('a slice', () => {
  test('is filled again when it was given back, and holds the same as a fresh one', () => {
    const expected = slicesOf(new SlicePool(createJsonFormat()), flows);
    const pool = new SlicePool(createJsonFormat());
    const seen: { records: number; ends: ArrayBufferLike; bytes: ArrayBufferLike }[] = [];
    drain(pool, flows, (slice) => {
      const { records, ends, packetSums } = expected[seen.length]!;
      assert.equal(textOf(slice), textOf(expected[seen.length]!));
      assert.equal(slice.records, records);
      assert.deepEqual(slice.ends.slice(0, records), ends);
      assert.deepEqual(slice.packetSums.slice(0, records), packetSums);
      seen.push({ records, ends: slice.ends.buffer, bytes: slice.bytes.buffer });
      slice.recycle();
    });
    const full = seen.filter(({ records }) => records === mostSliceRecords);
    assert.equal(seen.length, full.length + small);
    // Its first bytes are as many as usual, and then as many as these records take.
    assert.deepEqual(
      [new Set(full.map(({ ends }) => ends)).size, new Set(full.map(({ bytes }) => bytes)).size <= 2],
      [1, true],
    );
  });

  test('is left alone until then', () => {
    const pool = new SlicePool(createJsonFormat());
    const before = slicesOf(pool, flows);
    const texts = before.map(textOf);
    const after = slicesOf(pool, flows);
    assert.equal(memoryOf([...before, ...after]).size, 3 * (before.length + after.length));
    assert.deepEqual(before.map(textOf), texts);
  });
});

describe('a pool', () => {
  const keptOf = (pool: SlicePool, given: readonly Slice[]) => {
    const memory = memoryOf(given);
    return slicesOf(pool, flows).filter(({ ends }) => memory.has(ends.buffer)).length;
  };

  test('keeps five slices and no more', () => {
    const pool = new SlicePool(createJsonFormat());
    const given = slicesOf(pool, flows);
    for (const slice of given) slice.recycle();
    assert.equal(keptOf(pool, given), 5);
  });

  test('keeps none through a quiet window', () => {
    const pool = new SlicePool(createJsonFormat());
    const given = slicesOf(pool, flows);
    for (const slice of given) slice.recycle();
    slicesOf(pool, 100);
    assert.equal(keptOf(pool, given), 0);
  });
});
