/** Moments as text. */
import { type Piece, piece, writeInteger, writePiece } from './byte-text.js';

/** 9999-12-31 23:59:59: a capture file may claim any time, the text has room for four digits of a year. */
const latestUs = 253_402_300_799_000_000;

/** A moment before 1970 or after 9999 becomes the nearest that is not. Whole microseconds. */
export function clampUs(timestampUs: number): number {
  return Math.floor(Math.min(Math.max(timestampUs, 0), latestUs));
}

/** "2016-09-08 23:28:29.073292": UTC, to the microsecond, clamped. */
export function formatUtc(timestampUs: number): string {
  return formatIso(timestampUs).replace('T', ' ').slice(0, -1);
}

/** "2016-09-08T23:28:29.073292Z" (ISO 8601, RFC 3339), clamped. */
export function formatIso(timestampUs: number): string {
  const us = clampUs(timestampUs);
  const ms = Math.floor(us / 1000);
  const microseconds = String(us - ms * 1000).padStart(3, '0');
  return new Date(ms).toISOString().replace('Z', `${microseconds}Z`);
}

export const isoBytes = formatIso(0).length;

/** Records of a window are of few seconds: the text of each is made once, and kept until another needs its place. */
const keptSeconds = 64;
const secondOf = new Float64Array(keptSeconds).fill(-1);
const secondText: Piece[] = new Array(keptSeconds).fill(piece(''));
const letterZ = 0x5a;

/** Writes what `formatIso` returns; returns the offset after it. */
export function writeIso(view: DataView, offset: number, timestampUs: number): number {
  const us = clampUs(timestampUs);
  const second = Math.floor(us / 1_000_000);
  const place = second % keptSeconds;
  if (secondOf[place] !== second) {
    secondOf[place] = second;
    secondText[place] = piece(formatIso(second * 1_000_000).slice(0, -'000000Z'.length));
  }
  const end = writePiece(view, offset, secondText[place]!);
  // A million more, whose first digit the text before it then covers: the zeros in front stay.
  const digitsEnd = writeInteger(view, end - 1, 1_000_000 + us - second * 1_000_000);
  view.setUint8(end - 1, 0x2e);
  view.setUint8(digitsEnd, letterZ);
  return digitsEnd + 1;
}
