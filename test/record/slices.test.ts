/** What becomes of the memory of slices that are given back, and of those that are not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mostSliceRecords } from '../../src/record/slices.js';
import { drainOf, type HandedOn, listingEncoder } from '../support/drains.js';
import { windowOf } from '../support/flows.js';
import { legacyFormat } from '../support/formats.js';

/** Slices of a window that are not full, its first and its last. */
const small = 5;

/** An encoder that goes on from window to window: gives the slices of a window of so many flows, which `each` sees at once. */
function newEncoder(): (flows: number, each?: (slice: HandedOn) => void) => HandedOn[] {
  const { encoder, handedOn } = listingEncoder(legacyFormat());
  return (flows, each = () => undefined) => {
    const drain = drainOf(windowOf(flows), encoder);
    for (let seen = handedOn.length; drain.next(); seen = handedOn.length) handedOn.slice(seen).forEach(each);
    return handedOn.splice(0);
  };
}

const textOf = ({ slice }: HandedOn) => Buffer.from(slice.bytes).toString();
const memoryOf = (slices: readonly HandedOn[]) =>
  new Set(
    slices.flatMap(({ slice: { bytes, ends, packetSums } }) => [
      bytes.buffer,
      ends.buffer,
      packetSums.buffer,
    ]),
  );

const flows = 20 * mostSliceRecords;

describe('a slice', () => {
  test('is filled again when it was given back, and holds the same as a fresh one', () => {
    const expected = newEncoder()(flows);
    const encode = newEncoder();
    const seen: { records: number; ends: ArrayBufferLike; bytes: ArrayBufferLike }[] = [];
    encode(flows, (handed) => {
      const { slice, recycle } = handed;
      const { records, ends, packetSums } = expected[seen.length]!.slice;
      assert.equal(textOf(handed), textOf(expected[seen.length]!));
      assert.equal(slice.records, records);
      assert.deepEqual(slice.ends.slice(0, records), ends);
      assert.deepEqual(slice.packetSums.slice(0, records), packetSums);
      seen.push({ records, ends: slice.ends.buffer, bytes: slice.bytes.buffer });
      recycle();
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
    const encode = newEncoder();
    const before = encode(flows);
    const texts = before.map(textOf);
    const after = encode(flows);
    assert.equal(memoryOf([...before, ...after]).size, 3 * (before.length + after.length));
    assert.deepEqual(before.map(textOf), texts);
  });
});

describe('a pool', () => {
  const keptOf = (encode: ReturnType<typeof newEncoder>, given: readonly HandedOn[]) => {
    const memory = memoryOf(given);
    return encode(flows).filter(({ slice }) => memory.has(slice.ends.buffer)).length;
  };

  test('keeps five slices and no more', () => {
    const encode = newEncoder();
    const given = encode(flows);
    for (const { recycle } of given) recycle();
    assert.equal(keptOf(encode, given), 5);
  });

  test('keeps none through a quiet window', () => {
    const encode = newEncoder();
    const given = encode(flows);
    for (const { recycle } of given) recycle();
    encode(100);
    assert.equal(keptOf(encode, given), 0);
  });
});
