/**
 * Text written straight into bytes, for formats that write hundreds of thousands of records at a window's end.
 *
 * Everything here stores eight or four bytes at a time and then says where the text really ends, so up to
 * `slackBytes` after that end are touched as well; what is written next covers them.
 */

/** Bytes after a text's end that may be overwritten. */
export const slackBytes = 8;

/** A constant text as UTF-8, filled up to whole float64s so that it is copied eight bytes at a time. */
export interface Piece {
  readonly bytes: number;
  /** The bytes, read little-endian. No UTF-8 text is a NaN, whose bits a copy might change. */
  readonly words: Float64Array;
}

export function piece(text: string): Piece {
  const utf8 = Buffer.from(text);
  const padded = new Uint8Array(Math.ceil(utf8.length / 8) * 8);
  padded.set(utf8);
  const view = new DataView(padded.buffer);
  const words = Float64Array.from({ length: padded.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
  return { bytes: utf8.length, words };
}

/** Writes a piece; returns the offset after it. */
export function writePiece(view: DataView, offset: number, text: Piece): number {
  const { words } = text;
  for (let i = 0; i < words.length; i++) view.setFloat64(offset + 8 * i, words[i]!, true);
  return offset + text.bytes;
}

/** "0000" to "9999", each as one little-endian word. */
const fourDigits = new Uint32Array(10_000);
/** "00" to "99". */
const twoDigits = Uint16Array.from({ length: 100 }, (_, number) => {
  return (0x30 + Math.floor(number / 10)) | ((0x30 + (number % 10)) << 8);
});
for (let upper = 0; upper < 100; upper++) {
  const left = twoDigits[upper]!;
  for (let lower = 0; lower < 100; lower++)
    fourDigits[100 * upper + lower] = left | (twoDigits[lower]! << 16);
}

/** Writes an integer from 0 to 2^53 in decimal; returns the offset after it. */
export function writeInteger(view: DataView, offset: number, value: number): number {
  if (value >= 100_000_000) return writeLargeInteger(view, offset, value);
  const small = value | 0;
  if (small < 10_000) return writeUpToFourDigits(view, offset, small);
  const upper = (small / 10_000) | 0;
  const end = writeUpToFourDigits(view, offset, upper);
  view.setUint32(end, fourDigits[small - upper * 10_000]!, true);
  return end + 4;
}

function writeLargeInteger(view: DataView, offset: number, value: number): number {
  const upper = Math.floor(value / 100_000_000);
  const lower = value - upper * 100_000_000;
  const middle = (lower / 10_000) | 0;
  const end = writeInteger(view, offset, upper);
  view.setUint32(end, fourDigits[middle]!, true);
  view.setUint32(end + 4, fourDigits[lower - middle * 10_000]!, true);
  return end + 8;
}

function writeUpToFourDigits(view: DataView, offset: number, value: number): number {
  const leadingZeros = value > 999 ? 0 : value > 99 ? 1 : value > 9 ? 2 : 3;
  view.setUint32(offset, fourDigits[value]! >>> (8 * leadingZeros), true);
  return offset + 4 - leadingZeros;
}
