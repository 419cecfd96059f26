/**
 * The time that starts a line of tcpdump's text, in each form its manual names:
 *
 *     2016-09-08 23:28:29.073292    -tttt, local time
 *     1473377309.073292             -tt, seconds since the epoch
 *     23:28:29.073292               the default, local time
 *      00:00:00.000123              -ttt and -ttttt, since the packet before or the first one; '-' for ' ' if negative
 *     [Error converting time]       a time beyond 2038
 *
 * With --time-stamp-precision=nano there are nine digits after the point.
 */
import type { TimestampUs } from '../source.js';
import { ascii, type Cursor, colon, digitValue, dot, skip, space } from './cursor.js';
import { instantOf, type LocalTime } from './local-time.js';

const minuteTextBytes = '2016-09-08 23:28:'.length;
const secondUs = 1_000_000;
const hyphen = 0x2d;
const unconvertibleTime = ascii('[Error converting time] ');

export class StampReader {
  /** The time of the last line that had a stamp. */
  timestampUs: TimestampUs = 0;
  readonly #nowUs: () => TimestampUs;
  readonly #localTime: LocalTime;
  #arrivalUs: TimestampUs = 0;
  /** The last time that was read from a date or an epoch; -Infinity before the first. */
  #statedUs = Number.NEGATIVE_INFINITY;
  /** The text of the last date, hour and minute, and when that minute began. */
  readonly #minuteText = new Uint8Array(minuteTextBytes);
  #minuteStartUs: TimestampUs = 0;

  /**
   * `nowUs` is the wall clock. It dates packets whose lines have no date: they are as old as their bytes are
   * here.
   */
  constructor(nowUs: () => TimestampUs, localTime: LocalTime) {
    this.#nowUs = nowUs;
    this.#localTime = localTime;
  }

  /** To be called when further bytes have come, before their lines are read. */
  bytesArrived(): void {
    this.#arrivalUs = this.#nowUs();
    this.timestampUs = this.#untimed();
  }

  /**
   * Moves behind the stamp and the space after it, and sets `timestampUs`. False where no stamp stands here.
   */
  read(cursor: Cursor): boolean {
    const { bytes, at } = cursor;
    if (bytes[at + 4] === hyphen && bytes[at + 7] === hyphen) return this.#readDated(cursor);
    if (bytes[at + 2] === colon) return this.#readUndated(cursor, at);
    if (digitValue(bytes[at]!) < 10) return this.#readEpoch(cursor);
    if (bytes[at + 3] === colon && (bytes[at] === space || bytes[at] === hyphen)) {
      return this.#readUndated(cursor, at + 1);
    }
    if (!skip(cursor, unconvertibleTime)) return false;
    this.timestampUs = this.#untimed();
    return true;
  }

  #readDated(cursor: Cursor): boolean {
    const { bytes, at } = cursor;
    const text = this.#minuteText;
    for (let i = 0; i < minuteTextBytes; i++) {
      if (bytes[at + i] !== text[i]) {
        if (!this.#readMinute(bytes, at)) return false;
        break;
      }
    }
    const microseconds = readSeconds(cursor, at + minuteTextBytes);
    if (microseconds < 0) return false;
    this.#state(this.#minuteStartUs + microseconds);
    return true;
  }

  #readEpoch(cursor: Cursor): boolean {
    const { bytes } = cursor;
    let at = cursor.at;
    let seconds = 0;
    for (let digit = digitValue(bytes[at]!); digit < 10; digit = digitValue(bytes[++at]!)) {
      seconds = seconds * 10 + digit;
    }
    const microseconds = at - cursor.at > 10 ? -1 : readFraction(cursor, at);
    if (microseconds < 0) return false;
    this.#state(seconds * secondUs + microseconds);
    return true;
  }

  /** A time of day or since another packet: it is checked, but says nothing about when this was. */
  #readUndated(cursor: Cursor, at: number): boolean {
    const { bytes } = cursor;
    if (twoDigits(bytes, at) > 99 || bytes[at + 2] !== colon) return false;
    if (twoDigits(bytes, at + 3) > 59 || bytes[at + 5] !== colon) return false;
    if (readSeconds(cursor, at + 6) < 0) return false;
    this.timestampUs = this.#untimed();
    return true;
  }

  #state(timestampUs: TimestampUs): void {
    this.#statedUs = timestampUs;
    this.timestampUs = timestampUs;
  }

  /** Where times with a date have been read, the last of them is nearer than the clock on the wall. */
  #untimed(): TimestampUs {
    return this.#statedUs === Number.NEGATIVE_INFINITY ? this.#arrivalUs : this.#statedUs;
  }

  /** Reads "2016-09-08 23:28:" and remembers it. */
  #readMinute(bytes: Uint8Array, at: number): boolean {
    const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
    const month = twoDigits(bytes, at + 5);
    const day = twoDigits(bytes, at + 8);
    const hour = twoDigits(bytes, at + 11);
    const minute = twoDigits(bytes, at + 14);
    const punctuated = bytes[at + 10] === space && bytes[at + 13] === colon && bytes[at + 16] === colon;
    if (!punctuated || !(year >= 1900 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31))
      return false;
    if (!(hour <= 23 && minute <= 59)) return false;
    const reading = Date.UTC(year, month - 1, day, hour, minute) / 1_000;
    this.#minuteStartUs = instantOf(reading, this.#statedUs / secondUs, this.#localTime) * secondUs;
    this.#minuteText.set(bytes.subarray(at, at + minuteTextBytes));
    return true;
  }
}

/** Reads "29.073292 " at `at` and moves behind it; in microseconds, or -1. 60 is a leap second. */
function readSeconds(cursor: Cursor, at: number): number {
  const seconds = twoDigits(cursor.bytes, at);
  const microseconds = seconds > 60 ? -1 : readFraction(cursor, at + 2);
  return microseconds < 0 ? -1 : seconds * secondUs + microseconds;
}

/**
 * Reads ".073292 " at `at` and moves behind it; in microseconds, or -1. Nanoseconds are cut off. A damaged
 * capture may state more than a second, which tcpdump prints as it is; above 99 seconds that looks like
 * nanoseconds, or is negative.
 */
function readFraction(cursor: Cursor, at: number): number {
  const { bytes } = cursor;
  if (bytes[at] !== dot) return -1;
  let value = 0;
  let count = 0;
  for (; count < 10; count++) {
    const digit = digitValue(bytes[at + 1 + count]!);
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  if (count < 6 || bytes[at + 1 + count] !== space) return -1;
  cursor.at = at + 2 + count;
  if (count < 9) return value;
  return count === 9 ? Math.floor(value / 1_000) : 0;
}

/** The value of two decimal digits; more than 99 where they are none. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = digitValue(bytes[at]!);
  const ones = digitValue(bytes[at + 1]!);
  return tens > 9 || ones > 9 ? 10_000 : tens * 10 + ones;
}
