/**
 * Names in DNS messages that pass by (RFC 1035, 3.1 and 4.1.4), read where they stand:
 *
 *     1 w 2 at 0           labels with their lengths, a 0 at the end
 *     1 w c0 0c            … or, at the end, a pointer to where the name goes on, counted from the message's start
 *
 * Whoever sends a message chooses its bytes. A name takes at most 255 octets, pointers included, and pointers lead only
 * backwards, so that no name takes long.
 */
import { nameText } from './name-text.js';

/** RFC 1035, 2.3.4: with the length before each label and the root's, which is 0. */
const longestNameOctets = 255;
const longestLabelBytes = 63;
/** Of two names together, as they stand, with the pointers that join their pieces. */
const mostOctets = 3 * longestNameOctets;
const pointerMark = 0xc0;
const pointerBytes = 2;
const dot = 0x2e;

/** A name as people write it. A dot within a label is a byte that no name has. */
const dotted = new DataView(new ArrayBuffer(longestNameOctets));
const noNameHasIt = 0;

/** Where the name at `start` ends: the first byte after it, or after its pointer; -1 where it is none, or goes on behind `end`. */
export function nameEndAt(view: DataView, start: number, end: number): number {
  const mostEnd = Math.min(end, start + longestNameOctets);
  let at = start;
  while (at < mostEnd) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    if (length >= pointerMark) return at + pointerBytes <= end ? at + pointerBytes : -1;
    if (length > longestLabelBytes) return -1;
    at += 1 + length;
  }
  return -1;
}

/** The name from `start` to `end` as text, as `nameText` gives it; undefined also where it has a pointer in it. */
export function nameAt(view: DataView, start: number, end: number): string | undefined {
  let length = 0;
  for (let at = start; at < end - 1; ) {
    const labelBytes = view.getUint8(at++);
    if (labelBytes > longestLabelBytes) return undefined;
    if (length > 0) dotted.setUint8(length++, dot);
    for (const labelEnd = at + labelBytes; at < labelEnd; at++) {
      const byte = view.getUint8(at);
      dotted.setUint8(length++, byte === dot ? noNameHasIt : byte);
    }
  }
  return nameText(dotted, 0, length);
}

/** Whether the names at `first` and `second`, in the message from `start` to `end`, are the same but for the case of letters. */
export function isSameName(
  view: DataView,
  start: number,
  end: number,
  first: number,
  second: number,
): boolean {
  let one = first;
  let other = second;
  // Each round takes a label of both names or a pointer of one.
  for (let octets = 0; octets < mostOctets; ) {
    if (one === other) return true;
    if (one >= end || other >= end) return false;
    const oneLength = view.getUint8(one);
    const otherLength = view.getUint8(other);
    if (oneLength >= pointerMark) {
      one = pointedAt(view, start, end, one);
      octets += pointerBytes;
    } else if (otherLength >= pointerMark) {
      other = pointedAt(view, start, end, other);
      octets += pointerBytes;
    } else {
      if (oneLength !== otherLength || !isSameLabel(view, end, one, other, oneLength)) return false;
      if (oneLength === 0) return true;
      one += 1 + oneLength;
      other += 1 + oneLength;
      octets += 2 * (1 + oneLength);
    }
  }
  return false;
}

/** Where the pointer at `at` leads, which is before it; else `end`, where no name is. */
function pointedAt(view: DataView, start: number, end: number, at: number): number {
  if (at + pointerBytes > end) return end;
  const target = start + (view.getUint16(at) & 0x3fff);
  return target < at ? target : end;
}

function isSameLabel(view: DataView, end: number, one: number, other: number, length: number): boolean {
  if (Math.max(one, other) + length >= end) return false;
  for (let at = 1; at <= length; at++) {
    const difference = view.getUint8(one + at) ^ view.getUint8(other + at);
    if (difference !== 0 && !(difference === 0x20 && isLetter(view.getUint8(one + at)))) return false;
  }
  return true;
}

function isLetter(byte: number): boolean {
  const lowerCase = byte | 0x20;
  return lowerCase >= 0x61 && lowerCase <= 0x7a;
}
