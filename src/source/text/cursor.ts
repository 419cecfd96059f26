/**
 * Reading a line byte by byte: the few steps that tcpdump's lines need, without strings or regular
 * expressions.
 */

/**
 * A place in one line. `bytes[end]` is there and is the line's terminator, a line feed or carriage return,
 * which no step accepts: so a step that goes on only over bytes it knows never leaves the line, and need not
 * look at `end`.
 */
export class Cursor {
  bytes: Uint8Array = lineFeedOnly;
  at = 0;
  end = 0;
}

export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
export const tab = 0x09;
export const space = 0x20;
export const comma = 0x2c;
export const dot = 0x2e;
export const colon = 0x3a;
export const openingParenthesis = 0x28;
export const closingParenthesis = 0x29;
export const openingBracket = 0x5b;
export const closingBracket = 0x5d;
const zero = 0x30;

const lineFeedOnly = Uint8Array.of(lineFeed);

/** A word to compare with. */
export const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** The value of a decimal digit; for other bytes something that is not below 10. */
export const digitValue = (byte: number): number => (byte - zero) >>> 0;

const notHexadecimal = 0xff;
const hexadecimalValues = new Uint8Array(256).fill(notHexadecimal);
for (const [value, letters] of [...'0123456789', 'aA', 'bB', 'cC', 'dD', 'eE', 'fF'].entries()) {
  for (const letter of letters) hexadecimalValues[letter.charCodeAt(0)] = value;
}

/** The value of a hexadecimal digit; for other bytes something that is not below 16. */
export const hexadecimalValue = (byte: number): number => hexadecimalValues[byte]!;

export function startsWith(cursor: Cursor, word: Uint8Array): boolean {
  return isAt(cursor.bytes, cursor.at, word);
}

/** Moves behind `word` if it stands here. */
export function skip(cursor: Cursor, word: Uint8Array): boolean {
  if (!isAt(cursor.bytes, cursor.at, word)) return false;
  cursor.at += word.length;
  return true;
}

/** Moves behind the first of `words` that stands here. */
export function skipAny(cursor: Cursor, words: readonly Uint8Array[]): boolean {
  for (let i = 0; i < words.length; i++) {
    if (skip(cursor, words[i]!)) return true;
  }
  return false;
}

export function startsWithAny(cursor: Cursor, words: readonly Uint8Array[]): boolean {
  for (let i = 0; i < words.length; i++) {
    if (isAt(cursor.bytes, cursor.at, words[i]!)) return true;
  }
  return false;
}

/** No word holds a line's terminator, so a comparison ends there at the latest. */
function isAt(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) {
    if (bytes[at + i] !== word[i]) return false;
  }
  return true;
}

export function skipSpaces(cursor: Cursor): void {
  while (cursor.bytes[cursor.at] === space) cursor.at++;
}

/** Where `byte` stands from here on; the line's end if it does not. */
export function indexOfByte(cursor: Cursor, byte: number): number {
  const { bytes, end } = cursor;
  let at = cursor.at;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}

/**
 * A word to look for, and how far the search may go on from each byte that stands where the word's last one
 * would.
 */
export interface SoughtWord {
  readonly text: Uint8Array;
  readonly steps: Uint8Array;
}

export function soughtWord(letters: string): SoughtWord {
  const text = ascii(letters);
  const steps = new Uint8Array(256).fill(text.length);
  for (let i = 0; i < text.length - 1; i++) steps[text[i]!] = text.length - 1 - i;
  return { text, steps };
}

/**
 * Where `word` first stands from here on; -1 if it does not. By Horspool's algorithm, which looks at one byte
 * of eight where a naive search looks at all: this is half of what is done with a line.
 */
export function indexOfWord(cursor: Cursor, word: SoughtWord): number {
  const { bytes, end } = cursor;
  const { text, steps } = word;
  const lastIndex = text.length - 1;
  const last = text[lastIndex];
  for (let at = cursor.at + lastIndex; at < end; ) {
    const byte = bytes[at]!;
    if (byte === last && isAt(bytes, at - lastIndex, text)) return at - lastIndex;
    at += steps[byte]!;
  }
  return -1;
}

/** tcpdump prints no number with more digits than a 32-bit one. */
const mostDigits = 10;

/**
 * Reads an unsigned decimal number and moves behind it; -1 if none stands here or it has more than ten
 * digits.
 */
export function readDecimal(cursor: Cursor): number {
  const { bytes, at: start } = cursor;
  let at = start;
  let value = 0;
  for (let digit = digitValue(bytes[at]!); digit < 10; digit = digitValue(bytes[++at]!)) {
    if (at - start === mostDigits) return -1;
    value = value * 10 + digit;
  }
  if (at === start) return -1;
  cursor.at = at;
  return value;
}

/** The unsigned decimal number whose last digit is the byte before `numberEnd`; -1 if there is none. */
export function decimalBefore(cursor: Cursor, numberEnd: number): number {
  let value = 0;
  let scale = 1;
  let at = numberEnd;
  while (at > cursor.at && numberEnd - at < mostDigits) {
    const digit = digitValue(cursor.bytes[at - 1]!);
    if (digit > 9) break;
    value += digit * scale;
    scale *= 10;
    at--;
  }
  return at === numberEnd ? -1 : value;
}
