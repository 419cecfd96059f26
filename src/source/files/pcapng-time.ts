/** Timestamps of pcapng: 64-bit counts of ticks whose length each interface states. */
import type { TimestampUs } from '../source.js';

/** How an interface's clock counts. */
export interface TimeScale {
  /** Nearly every file counts in one of the first two, which need no BigInt. */
  readonly unit: 'microsecond' | 'nanosecond' | 'other';
  readonly ticksPerSecond: bigint;
  /** Added to every timestamp. */
  readonly offsetUs: number;
}

/** Where no if_tsresol option says otherwise. */
export const defaultResolution = 6;

/** The largest exponents with which a second's ticks still fit 64 bits, as libpcap has it. */
const maximumDecimalExponent = 19;
const maximumBinaryExponent = 63;

const twoTo32 = 4_294_967_296;

/**
 * `resolution` is if_tsresol's byte: 10^-n seconds, or 2^-n where its upper bit is set. Undefined where a second would
 * have more ticks than a timestamp can count.
 */
export function timeScale(resolution: number, offsetSeconds: bigint): TimeScale | undefined {
  const isBinary = (resolution & 0x80) !== 0;
  const exponent = resolution & 0x7f;
  if (exponent > (isBinary ? maximumBinaryExponent : maximumDecimalExponent)) return undefined;
  return {
    unit: resolution === 6 ? 'microsecond' : resolution === 9 ? 'nanosecond' : 'other',
    ticksPerSecond: (isBinary ? 2n : 10n) ** BigInt(exponent),
    offsetUs: Number(offsetSeconds) * 1_000_000,
  };
}

/**
 * The two words of a timestamp as whole microseconds, rounded down. Times before 1970 or after 2255, which only
 * damaged files have, become the nearest that can be stated exactly.
 */
export function pcapngTimestampUs(scale: TimeScale, high: number, low: number): TimestampUs {
  const timestampUs = sinceOffsetUs(scale, high, low) + scale.offsetUs;
  return Math.min(Math.max(timestampUs, 0), Number.MAX_SAFE_INTEGER);
}

function sinceOffsetUs(scale: TimeScale, high: number, low: number): number {
  if (scale.unit === 'microsecond') return high * twoTo32 + low;
  if (scale.unit === 'nanosecond') {
    // Long division by 1,000 in digits of 32 bits: 64 bits of nanoseconds do not fit a float64.
    const quotient = Math.floor(high / 1_000);
    const remainder = high - quotient * 1_000;
    return quotient * twoTo32 + Math.floor((remainder * twoTo32 + low) / 1_000);
  }
  const ticks = (BigInt(high) << 32n) | BigInt(low);
  return Number((ticks * 1_000_000n) / scale.ticksPerSecond);
}
