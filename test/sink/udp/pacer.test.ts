import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pacer, tickMs } from '../../../src/sink/udp/pacer.js';

function takeAll(pacer: Pacer): number {
  let taken = 0;
  while (pacer.take()) taken++;
  return taken;
}

test('at any moments it gives no more than the rate, and no burst above a tick of it', () => {
  const limits = fc.integer({ min: 1, max: 200_000 });
  const pauses = fc.array(fc.oneof(fc.double({ min: 0, max: 20, noNaN: true }), fc.constant(1000)), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(limits, pauses, (perSecond, pausesMs) => {
      const burst = Math.max(1, (perSecond * tickMs) / 1000);
      const pacer = new Pacer(perSecond, 0);
      let nowMs = 0;
      let total = 0;
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        pacer.advance(nowMs);
        const taken = takeAll(pacer);
        assert.ok(taken <= burst);
        total += taken;
      }
      assert.ok(total <= burst + (perSecond * nowMs) / 1000 + 1e-6);
    }),
    { seed: 2697, numRuns: 300 },
  );
});

test('slowed down it gives half, and in a second the whole again', () => {
  const pacer = new Pacer(10_000, 0);
  const perSecond = (fromMs: number) => {
    let total = 0;
    for (let nowMs = fromMs + tickMs; nowMs <= fromMs + 1_000; nowMs += tickMs) {
      pacer.advance(nowMs);
      total += takeAll(pacer);
    }
    return total;
  };
  takeAll(pacer);
  pacer.slowDown();
  const first = perSecond(0);
  assert.ok(first > 5_000 && first < 10_000, `${first}`);
  const second = perSecond(1_000);
  assert.ok(second > 9_990, `${second}`);
});

test('however often it is slowed down, it comes nearly to no stop, and can hurry', () => {
  const pacer = new Pacer(20_000, 0);
  let total = 0;
  for (let nowMs = tickMs; nowMs <= 10_000; nowMs += tickMs) {
    pacer.slowDown();
    pacer.advance(nowMs);
    total += takeAll(pacer);
  }
  assert.ok(total > 5_000, `${total} in ten seconds`);
  pacer.hurry();
  pacer.advance(10_000 + tickMs);
  assert.equal(takeAll(pacer), 100);
});

test('when it is asked every tick it gives the whole rate', () => {
  for (const perSecond of [1, 7, 100, 4000, 20_000, 123_457]) {
    const pacer = new Pacer(perSecond, 0);
    let total = takeAll(pacer);
    for (let nowMs = tickMs; nowMs <= 10_000; nowMs += tickMs) {
      pacer.advance(nowMs);
      total += takeAll(pacer);
    }
    const expected = 10 * perSecond;
    assert.ok(
      total >= expected - 1 && total <= expected + Math.max(1, perSecond / 200),
      `${total} of ${expected}`,
    );
  }
});

test('a clock that goes back gives nothing', () => {
  const pacer = new Pacer(1000, 1000);
  assert.equal(takeAll(pacer), 5);
  pacer.advance(0);
  assert.equal(takeAll(pacer), 0);
  pacer.advance(5);
  assert.equal(takeAll(pacer), 5);
});

test('a lower rate can be set, and a higher one only up to the limit', () => {
  const pacer = new Pacer(20_000, 0);
  pacer.setRate(2000);
  pacer.advance(5);
  assert.equal(takeAll(pacer), 10);
  pacer.setRate(1_000_000);
  pacer.advance(10);
  assert.equal(takeAll(pacer), 100);
});
