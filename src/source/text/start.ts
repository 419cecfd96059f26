/** How tcpdump's lines start, and how its text is told from other files. */
import {
  ascii,
  Cursor,
  colon,
  digitValue,
  hexadecimalValue,
  indexOfByte,
  lineFeed,
  readDecimal,
  skip,
  skipSpaces,
  space,
  startsWith,
  startsWithAny,
} from './cursor.js';
import { isInterfaceColumn } from './link-words.js';
import { StampReader } from './stamp.js';

/** What tcpdump says beside packets, on stderr, which may have been redirected into the same file. */
const messages = ['tcpdump: ', 'reading from ', 'listening on ', 'dropped privs to ', 'Warning: '].map(ascii);
const summary = ascii(' packet');
const numberEnd = ascii('  ');
const arrow = ascii(' > ');
/** What stands behind the interface column, or at the left edge, where no time is printed. */
const untimedOpenings = ['IP ', 'IP6 ', 'ARP, ', 'ifindex '].map(ascii);
/** In place of a frame whose lengths cannot be, time and all. */
const invalidHeader = ascii('[Invalid header');

/** For a stamp whose time does not matter. */
const noTime = (): number => 0;

/** Moves behind the number that -# puts before each packet: "    1  ". */
export function skipPacketNumber(cursor: Cursor): boolean {
  const start = cursor.at;
  skipSpaces(cursor);
  if (readDecimal(cursor) >= 0 && skip(cursor, numberEnd)) return true;
  cursor.at = start;
  return false;
}

/** One of tcpdump's own lines, such as "tcpdump: listening on eth0, …" or "5 packets captured". */
export function isMessage(cursor: Cursor): boolean {
  if (startsWithAny(cursor, messages)) return true;
  if (digitValue(cursor.bytes[cursor.at]!) > 9) return false;
  const start = cursor.at;
  const isSummary = readDecimal(cursor) >= 0 && startsWith(cursor, summary);
  cursor.at = start;
  return isSummary;
}

/**
 * Tells by the first bytes of an input whether it is tcpdump's text: the first line starts with a time, is
 * one of tcpdump's own messages, or starts as a packet's does under -t.
 */
export function looksLikeTcpdump(head: Uint8Array): boolean {
  const cursor = new Cursor();
  cursor.bytes = Uint8Array.of(...head, lineFeed);
  cursor.end = head.length;
  if (isMessage(cursor)) return true;
  skipPacketNumber(cursor);
  if (startsWith(cursor, invalidHeader)) return true;
  if (new StampReader(noTime, noTime).read(cursor) || skipMac(cursor)) return true;
  if (isInterfaceColumn(cursor)) skipInterfaceColumn(cursor);
  return startsWithAny(cursor, untimedOpenings);
}

function skipInterfaceColumn(cursor: Cursor): void {
  for (let word = 0; word < 2; word++) {
    cursor.at = indexOfByte(cursor, space);
    skipSpaces(cursor);
  }
}

/** "02:00:00:00:00:01 > ", with which -e starts. */
function skipMac(cursor: Cursor): boolean {
  const { bytes } = cursor;
  const start = cursor.at;
  for (let i = 0; i < 17; i++) {
    const byte = bytes[start + i]!;
    if (i % 3 === 2 ? byte !== colon : hexadecimalValue(byte) > 15) return false;
  }
  cursor.at = start + 17;
  return skip(cursor, arrow);
}
