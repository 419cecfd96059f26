/** When: the window, and a record's first and last packet in it. Microseconds in, each of them out in four forms. */
import { writeInteger } from '../byte-text.js';
import type { FlowRecord, WindowTimes } from '../record.js';
import { clampUs, formatIso, formatUtc, isoBytes, writeIso } from '../utc-time.js';
import { ABSENT, type About, integer, prefixed, type WindowValue, writtenText } from './value.js';

/** Of nanoseconds since the epoch until 9999. */
const longestNsBytes = 21;

const windowStart = 'Start of the window';
const windowEnd = 'End of the window, exclusive; of a live one, when it was closed';

export const timeValues = {
  ...prefixed(
    'window_start',
    windowTimes(windowStart, ({ startUs }) => startUs),
  ),
  ...prefixed(
    'window_end',
    windowTimes(windowEnd, ({ endUs }) => endUs),
  ),
  window_end_text: ofWindow(
    { meaning: `${windowEnd}: \`2016-09-08 23:28:29.073292\`, UTC` },
    ({ endUs }) => formatUtc(endUs),
    isoBytes,
  ),
  ...prefixed('first_packet', packetTimes("The record's first packet in the window", firstUs)),
  ...prefixed('last_packet', packetTimes("The record's last packet in the window", lastUs)),
  duration_ms: integer(
    {
      meaning: 'From the millisecond of the first packet to that of the last',
      unit: 'milliseconds',
      figures: ['times'],
    },
    (record) => milliseconds(clampUs(lastUs(record))) - milliseconds(clampUs(firstUs(record))),
  ),
  duration_ns: integer(
    { meaning: 'From the first packet to the last', unit: 'nanoseconds', figures: ['times'] },
    // An integer is exact up to 2^53: 104 days.
    (record) => Math.min((lastUs(record) - firstUs(record)) * 1000, Number.MAX_SAFE_INTEGER),
  ),
} as const;

function windowTimes(meaning: string, readUs: (window: WindowTimes) => number) {
  const us = (window: WindowTimes) => clampUs(readUs(window));
  return {
    ms: ofWindow(
      { meaning, unit: 'milliseconds since the epoch' },
      (window) => milliseconds(us(window)),
      longestNsBytes,
    ),
    us: ofWindow({ meaning, unit: 'microseconds since the epoch' }, us, longestNsBytes),
    ns: ofWindow(
      { meaning: `${meaning}; as text`, unit: 'nanoseconds since the epoch' },
      (window) => nanoseconds(us(window)),
      longestNsBytes,
    ),
    iso: ofWindow(
      { meaning: `${meaning}; ISO 8601, UTC, to the microsecond` },
      (window) => formatIso(us(window)),
      isoBytes,
    ),
  } as const;
}

function ofWindow(about: About, read: WindowValue['read'], longestBytes: number): WindowValue {
  return { ...about, type: 'window', read, longestBytes };
}

function packetTimes(meaning: string, readUs: (record: FlowRecord) => number) {
  const figures = ['times'] as const;
  const us = (record: FlowRecord) => clampUs(readUs(record));
  return {
    ms: integer({ meaning, unit: 'milliseconds since the epoch', figures }, (record) =>
      milliseconds(us(record)),
    ),
    us: integer({ meaning, unit: 'microseconds since the epoch', figures }, us),
    ns: writtenText(
      { meaning: `${meaning}; as text`, unit: 'nanoseconds since the epoch', figures },
      longestNsBytes,
      (record) => textOf(us(record), nanoseconds),
      (record, { view }, offset) => {
        const value = us(record);
        if (Number.isNaN(value)) return ABSENT;
        if (value === 0) return writeInteger(view, offset, 0);
        // A thousand's last three digits.
        return writeZeros(view, writeInteger(view, offset, value));
      },
    ),
    iso: writtenText(
      { meaning: `${meaning}; ISO 8601, UTC, to the microsecond`, figures },
      isoBytes,
      (record) => textOf(us(record), formatIso),
      (record, { view }, offset) => {
        const value = us(record);
        return Number.isNaN(value) ? ABSENT : writeIso(view, offset, value);
      },
    ),
  } as const;
}

function textOf(us: number, format: (us: number) => string): string | null {
  return Number.isNaN(us) ? null : format(us);
}

function milliseconds(us: number): number {
  return Math.floor(us / 1000);
}

/** A number would not be exact. */
function nanoseconds(us: number): string {
  return us === 0 ? '0' : `${us}000`;
}

/** Three of them. */
function writeZeros(view: DataView, offset: number): number {
  view.setUint32(offset, 0x30303030, true);
  return offset + 3;
}

/** NaN where neither direction has one. */
function firstUs({ forward, reverse }: FlowRecord): number {
  return Number.isNaN(reverse.firstUs) || forward.firstUs < reverse.firstUs
    ? forward.firstUs
    : reverse.firstUs;
}

function lastUs({ forward, reverse }: FlowRecord): number {
  return Number.isNaN(reverse.lastUs) || forward.lastUs > reverse.lastUs ? forward.lastUs : reverse.lastUs;
}
