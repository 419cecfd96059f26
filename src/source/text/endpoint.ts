/**
 * One side of "10.0.0.1.22 > 10.0.0.2.40000:", as tcpdump writes it: an address and, after a dot, a port.
 * IPv6 is written as RFC 5952 has it ("fe80::1.5353"), with dotted decimals for its last 32 bits where the
 * first 96 are 0 or ::ffff:0:0 ("::ffff:10.0.0.1.22").
 */
import { type Cursor, colon, digitValue, dot, hexadecimalValue } from './cursor.js';

/**
 * Words as in Packet: the address's bytes, loaded little-endian; IPv4 uses the first. Filled again and again.
 */
export class Endpoint {
  family: 4 | 6 = 4;
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  /** The port's two bytes, loaded little-endian; -1 where none is stated. */
  port = -1;
}

/**
 * Reads an address with or without a port and moves behind it. False, and nothing moved, where none stands
 * here.
 */
export function readEndpoint(cursor: Cursor, endpoint: Endpoint): boolean {
  const start = cursor.at;
  if (!readIPv4(cursor, endpoint) && !readIPv6(cursor, endpoint)) return false;
  endpoint.port = -1;
  if (cursor.bytes[cursor.at] !== dot) return true;
  cursor.at++;
  endpoint.port = readPort(cursor);
  if (endpoint.port >= 0) return true;
  cursor.at = start;
  return false;
}

/** Reads a port and moves behind it. Returns its two bytes, loaded little-endian, or -1. */
export function readPort(cursor: Cursor): number {
  const { bytes, at: start } = cursor;
  let at = start;
  let port = 0;
  for (let digit = digitValue(bytes[at]!); digit < 10; digit = digitValue(bytes[++at]!)) {
    port = port * 10 + digit;
    if (port > 0xffff) return -1;
  }
  if (at === start) return -1;
  cursor.at = at;
  return swapBytes(port);
}

const swapBytes = (value: number): number => ((value & 0xff) << 8) | (value >>> 8);

function readIPv4(cursor: Cursor, endpoint: Endpoint): boolean {
  const { bytes } = cursor;
  let at = cursor.at;
  let word = 0;
  for (let shift = 0; ; shift += 8) {
    let octet = digitValue(bytes[at]!);
    if (octet > 9) return false;
    let digit = digitValue(bytes[++at]!);
    if (digit < 10) {
      octet = octet * 10 + digit;
      digit = digitValue(bytes[++at]!);
      if (digit < 10) {
        octet = octet * 10 + digit;
        at++;
        if (octet > 255) return false;
      }
    }
    word |= octet << shift;
    if (shift === 24) break;
    if (bytes[at++] !== dot) return false;
  }
  endpoint.family = 4;
  endpoint.word0 = word;
  cursor.at = at;
  return true;
}

/** The eight groups of the address that is being read, each with its bytes loaded little-endian. */
const groups = new Uint16Array(8);

function readIPv6(cursor: Cursor, endpoint: Endpoint): boolean {
  const start = cursor.at;
  if (!readGroups(cursor, endpoint)) {
    cursor.at = start;
    return false;
  }
  endpoint.family = 6;
  endpoint.word0 = groups[0]! | (groups[1]! << 16);
  endpoint.word1 = groups[2]! | (groups[3]! << 16);
  endpoint.word2 = groups[4]! | (groups[5]! << 16);
  endpoint.word3 = groups[6]! | (groups[7]! << 16);
  return true;
}

/** Moves the cursor in either case. */
function readGroups(cursor: Cursor, endpoint: Endpoint): boolean {
  const { bytes } = cursor;
  let count = 0;
  /** How many groups stand before the "::"; -1 while there was none. */
  let gapAt = -1;
  if (skipDoubleColon(cursor)) gapAt = 0;
  while (count < 8) {
    if (count <= 6 && (gapAt >= 0 || count === 6) && readIPv4(cursor, endpoint)) {
      groups[count++] = endpoint.word0 & 0xffff;
      groups[count++] = endpoint.word0 >>> 16;
      break;
    }
    const group = readGroup(cursor);
    if (group < 0) break;
    groups[count++] = swapBytes(group);
    if (count === 8 || bytes[cursor.at] !== colon) break;
    if (bytes[cursor.at + 1] === colon) {
      if (gapAt >= 0) return false;
      gapAt = count;
      cursor.at += 2;
    } else if (hexadecimalValue(bytes[cursor.at + 1]!) < 16) {
      cursor.at++;
    } else {
      break; // This colon ends the address, as in "fe80::1: ".
    }
  }
  if (gapAt < 0) return count === 8;
  if (count === 8) return false;
  groups.copyWithin(8 - (count - gapAt), gapAt, count);
  groups.fill(0, gapAt, 8 - (count - gapAt));
  return true;
}

function skipDoubleColon(cursor: Cursor): boolean {
  if (cursor.bytes[cursor.at] !== colon || cursor.bytes[cursor.at + 1] !== colon) return false;
  cursor.at += 2;
  return true;
}

/** Reads one to four hexadecimal digits and moves behind them; -1 if none stands here. */
function readGroup(cursor: Cursor): number {
  const { bytes, at: start } = cursor;
  let at = start;
  let group = 0;
  for (let digit = hexadecimalValue(bytes[at]!); digit < 16; digit = hexadecimalValue(bytes[++at]!)) {
    if (at - start === 4) return -1;
    group = (group << 4) | digit;
  }
  if (at === start) return -1;
  cursor.at = at;
  return group;
}
