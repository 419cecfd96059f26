import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainOf, listingEncoder } from '../support/drains.js';
import { windowOf } from '../support/flows.js';
import { legacyFormat } from '../support/formats.js';

/** How many records each slice of a window of so many flows has. */
function sliceSizes(flows: number, enrich?: () => void, nowMs?: () => number): number[] {
  const { encoder, handedOn } = listingEncoder(legacyFormat());
  const drain = drainOf(windowOf(flows), encoder, enrich, nowMs);
  while (drain.next());
  assert.equal(drain.packetsLeft(), 0);
  return handedOn.map(({ slice }) => slice.records);
}

test('the few records of a quiet window keep no more memory than they take', () => {
  for (const flows of [1, 2, 20]) {
    const { encoder, handedOn } = listingEncoder(legacyFormat());
    const drain = drainOf(windowOf(flows), encoder);
    assert.equal(drain.next(), true);
    const [{ slice }] = handedOn as [(typeof handedOn)[0]];
    assert.deepEqual([slice.records, slice.bytes.buffer.byteLength], [flows, slice.bytes.length]);
    assert.equal(drain.next(), false);
  }
});

test('a window begins with small slices, which double', () => {
  assert.deepEqual(sliceSizes(9_000), [128, 256, 512, 1024, 2048, 2048, 2048, 936]);
});

test('slices stay small as long as they take long', () => {
  let read = 0;
  const sizes = sliceSizes(
    2_000,
    () => read++,
    // The first 500 records take 10 µs each.
    () => Math.min(read, 500) / 100,
  );
  assert.deepEqual(sizes, [...Array(5).fill(128), 256, 512, 592]);
});
