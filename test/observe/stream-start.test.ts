import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StreamStart } from '../../src/observe/stream-start.js';
import { pattern } from '../support/bytes.js';
import { seededRandom } from '../support/random.js';

const streamBytes = 64;
const stream = pattern(streamBytes);

/** Puts the stream's bytes from `at` to `end`, each changed by `change`. */
function put(start: StreamStart, at: number, end: number, change = 0): void {
  const bytes = Uint8Array.from([0xff, ...stream.subarray(at, end).map((byte) => byte ^ change), 0xff]);
  start.put(new DataView(bytes.buffer), 1, bytes.length - 1, at);
}

const textOf = ({ bytes, filled }: StreamStart): string =>
  Buffer.from(bytes.subarray(0, filled)).toString('hex');
const textTo = (end: number): string => Buffer.from(stream.subarray(0, end)).toString('hex');

describe('the start of a stream', () => {
  for (const [order, steps] of [
    [
      'in order',
      [
        [0, 10],
        [10, 20],
        [20, 30],
      ],
    ],
    [
      'with the second last',
      [
        [0, 10],
        [20, 30],
        [10, 20],
      ],
    ],
    [
      'backwards',
      [
        [20, 30],
        [10, 20],
        [0, 10],
      ],
    ],
    [
      'with retransmissions',
      [
        [0, 10],
        [0, 10],
        [20, 30],
        [20, 30],
        [10, 20],
        [0, 30],
      ],
    ],
    [
      'with overlaps',
      [
        [0, 12],
        [8, 20],
        [15, 30],
      ],
    ],
    [
      'with overlaps over a gap',
      [
        [0, 10],
        [20, 25],
        [18, 30],
        [5, 22],
      ],
    ],
  ] as const) {
    test(`is put together ${order}`, () => {
      const start = new StreamStart(streamBytes);
      for (const [at, end] of steps) put(start, at, end);
      assert.equal(textOf(start), textTo(30));
    });
  }

  test('keeps what came first', () => {
    const start = new StreamStart(streamBytes);
    put(start, 0, 10);
    put(start, 20, 30);
    put(start, 0, 10, 0x80);
    put(start, 18, 32, 0x80);
    put(start, 5, 18);
    const expected = Uint8Array.from(stream.subarray(0, 32));
    for (const at of [18, 19, 30, 31]) expected[at]! ^= 0x80;
    assert.equal(textOf(start), Buffer.from(expected).toString('hex'));
  });

  test('keeps one run behind a gap, and no second one', () => {
    const start = new StreamStart(streamBytes);
    put(start, 0, 10);
    put(start, 20, 30);
    put(start, 40, 50);
    put(start, 10, 20);
    assert.equal(textOf(start), textTo(30));
    put(start, 30, 40);
    assert.equal(textOf(start), textTo(40));
  });

  test('takes no more than there is room for, and begins anew', () => {
    const start = new StreamStart(20);
    put(start, 15, 40);
    put(start, 0, 18);
    assert.equal(textOf(start), textTo(20));
    put(start, 19, 60);
    assert.equal(textOf(start), textTo(20));
    start.clear();
    assert.equal(start.filled, 0);
    put(start, 0, 5);
    assert.equal(textOf(start), textTo(5));
  });

  test('is a part of the stream, and reaches as far as it can, whatever comes', () => {
    const random = seededRandom(9_293);
    let complete = 0;
    for (let round = 0; round < 2_000; round++) {
      const start = new StreamStart(streamBytes);
      let reached = 0;
      for (let step = 0; step < 40; step++) {
        const at = random() % streamBytes;
        const end = Math.min(streamBytes, at + 1 + (random() % 24));
        put(start, at, end);
        // What continues it is never lost.
        if (at <= reached) reached = Math.max(reached, end);
        assert.ok(start.filled >= reached, `${start.filled} of ${reached}`);
        assert.equal(textOf(start), textTo(start.filled));
        reached = start.filled;
      }
      if (reached === streamBytes) complete++;
    }
    assert.ok(complete > 500, `${complete}`);
  });
});
