import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pcapngTimestampUs, timeScale } from '../../../src/source/files/pcapng-time.js';

/** The definition, in whole numbers of any size. */
function expectedUs(resolution: number, offsetSeconds: bigint, ticks: bigint): number {
  const perSecond = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f);
  const exact = (ticks * 1_000_000n) / perSecond + offsetSeconds * 1_000_000n;
  const largest = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(exact < 0n ? 0n : exact > largest ? largest : exact);
}

const convert = (resolution: number, offsetSeconds: bigint, ticks: bigint) =>
  pcapngTimestampUs(
    timeScale(resolution, offsetSeconds)!,
    Number(ticks >> 32n),
    Number(ticks & 0xffff_ffffn),
  );

const resolutions = [...Array(20).keys(), ...Array.from({ length: 64 }, (_, exponent) => 0x80 | exponent)];

describe('timestamps of pcapng', () => {
  it('of real time are exact in every resolution', () => {
    const seconds = 1_473_377_300n;
    for (const resolution of resolutions) {
      const perSecond = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f);
      if (seconds * perSecond >= 2n ** 64n) continue;
      assert.equal(convert(resolution, 0n, seconds * perSecond), Number(seconds) * 1_000_000);
    }
  });

  it('of microseconds and nanoseconds round down', () => {
    assert.equal(convert(6, 0n, 1_473_377_300_123_456n), 1_473_377_300_123_456);
    assert.equal(convert(9, 0n, 1_473_377_300_123_456_999n), 1_473_377_300_123_456);
    assert.equal(convert(9, 0n, 1_473_377_300_123_457_000n), 1_473_377_300_123_457);
  });

  it('take an offset, also a negative one', () => {
    assert.equal(convert(6, 3_600n, 1n), 3_600_000_001);
    assert.equal(convert(6, -3_600n, 3_600_000_001n), 1);
  });

  it('outside of what is exact become the nearest that is', () => {
    assert.equal(convert(0, 0n, 2n ** 64n - 1n), Number.MAX_SAFE_INTEGER);
    assert.equal(convert(6, -(2n ** 63n), 0n), 0);
    assert.equal(convert(6, 2n ** 63n - 1n, 0n), Number.MAX_SAFE_INTEGER);
  });

  it('within 136 years of their offset follow the definition', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(6, 9, ...resolutions),
        fc.bigInt({ min: -4_294_967_296n, max: 4_294_967_296n }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (resolution, offsetSeconds, count) => {
          const perSecond = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f);
          const ticks = count % (perSecond * 4_294_967_296n);
          assert.equal(
            convert(resolution, offsetSeconds, ticks),
            expectedUs(resolution, offsetSeconds, ticks),
          );
        },
      ),
      { seed: 2, numRuns: 5_000 },
    );
  });

  it('cannot have more ticks in a second than fit', () => {
    for (const resolution of [20, 0x7f, 0x80 | 64, 0xff]) assert.equal(timeScale(resolution, 0n), undefined);
  });
});
