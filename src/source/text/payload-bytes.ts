/**
 * The places where tcpdump states how long something is. All lengths are in bytes.
 *
 * Much of a line can come out of the packet itself (names, the first line of a request), and whoever sent it
 * may have put ", length 999999" there. So there is no search for anything that looks like a length: each
 * protocol has its place.
 */
import {
  ascii,
  type Cursor,
  closingParenthesis,
  colon,
  decimalBefore,
  digitValue,
  indexOfByte,
  indexOfWord,
  openingParenthesis,
  readDecimal,
  skip,
  skipAny,
  skipSpaces,
  soughtWord,
  space,
} from './cursor.js';

/** Stands in place of a length. */
export const LENGTH_NOT_STATED = -1;

/** No link carries more. tcpdump prints the negative lengths of damaged headers as numbers close to 2^32. */
const mostBytes = 0x3fff_ffff;

const lengthWord = soughtWord(', length');
const longerThan = ascii(' > ');
const shorterThan = ascii(' < ');
const bracketedLength = soughtWord('[length ');

/** `bytes`, unless it is -1 or cannot be. */
const plausible = (bytes: number): number => (bytes >= 0 && bytes <= mostBytes ? bytes : LENGTH_NOT_STATED);

/** The number of the first ", length N" or ", length: N". */
export function firstLength(cursor: Cursor): number {
  for (;;) {
    const at = indexOfWord(cursor, lengthWord);
    if (at < 0) return LENGTH_NOT_STATED;
    cursor.at = at + lengthWord.text.length;
    if (cursor.bytes[cursor.at] === colon) cursor.at++;
    if (cursor.bytes[cursor.at] !== space) continue;
    cursor.at++;
    return plausible(readDecimal(cursor));
  }
}

/** The number of the ", length N" that ends the line. */
export function lastLength(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let at = end;
  while (at > cursor.at && digitValue(bytes[at - 1]!) < 10) at--;
  cursor.at = Math.max(cursor.at, at - lengthWord.text.length - 1);
  return skip(cursor, lengthWord.text) && cursor.at === at - 1
    ? plausible(decimalBefore(cursor, end))
    : LENGTH_NOT_STATED;
}

/** The number behind the next space: "advertise 36: ", "nd 36". */
export function lengthOfSecondWord(cursor: Cursor): number {
  cursor.at = Math.min(indexOfByte(cursor, space) + 1, cursor.end);
  return plausible(readDecimal(cursor));
}

/** The number in the parentheses that end a line: "12345+ A? example.com. (29)", "rx data (65)". */
export function lengthInParentheses(cursor: Cursor): number {
  const { bytes, end } = cursor;
  if (bytes[end - 1] !== closingParenthesis) return LENGTH_NOT_STATED;
  let at = end - 1;
  while (at > cursor.at && digitValue(bytes[at - 1]!) < 10) at--;
  const isAlone = bytes[at - 1] === openingParenthesis && bytes[at - 2] === space;
  return isAlone ? plausible(decimalBefore(cursor, end - 1)) : LENGTH_NOT_STATED;
}

const nfsOpenings = ['NFS request xid ', 'NFS reply xid '].map(ascii);
const nfsReplies = ['reply ok ', 'reply ERR '].map(ascii);

/**
 * The number behind NFS's number of the call: "NFS request xid 7 112 getattr", "NFS reply xid 7 reply ok
 * 112".
 */
export function lengthOfNfs(cursor: Cursor): number {
  skipAny(cursor, nfsOpenings);
  readDecimal(cursor);
  skipSpaces(cursor);
  skipAny(cursor, nfsReplies);
  return plausible(readDecimal(cursor));
}

/** The "4" of a "[length 4 < 12]", which is said of messages that are too short to be one. */
export function lengthOfStump(cursor: Cursor): number {
  const at = indexOfWord(cursor, bracketedLength);
  if (at < 0) return LENGTH_NOT_STATED;
  cursor.at = at + bracketedLength.text.length;
  const bytes = readDecimal(cursor);
  return skip(cursor, shorterThan) ? plausible(bytes) : LENGTH_NOT_STATED;
}

/** The number here: the "36" of "tcp 36". */
export function lengthHere(cursor: Cursor): number {
  return plausible(readDecimal(cursor));
}

/** Of "1480 > 1472", which is what UDP's header says and what the IP packet holds, the latter. */
export function lesserLength(cursor: Cursor): number {
  readDecimal(cursor);
  return skip(cursor, longerThan) ? plausible(readDecimal(cursor)) : LENGTH_NOT_STATED;
}
