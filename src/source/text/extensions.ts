/**
 * IPv6's extension headers as tcpdump prints them, between the addresses and the protocol:
 *
 *     HBH ICMP6, …             HBH (rtalert: 0x0000) ICMP6, … (-v)         DSTOPT …
 *     RT6 (len=2, type=0, segleft=1, [0]2001:db8::1) …
 *     AH(spi=0x00000100,seq=0x1,icv=0x0123456789ab): …
 *     frag (0|1232) 40000 > 53: …         frag (0x00000001:1232|768) (-v)
 */
import { PROTOCOL_IPV6_FRAGMENT } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import { readPorts } from './addresses.js';
import {
  ascii,
  type Cursor,
  closingParenthesis,
  colon,
  hexadecimalValue,
  openingParenthesis,
  readDecimal,
  skip,
  skipSpaces,
  space,
  startsWithAny,
} from './cursor.js';
import type { StatedHeader } from './verbose-header.js';

/** RFC 8200 lets each kind stand once; the decoder of frames gives up at as many. */
const mostExtensions = 16;

const openings = ['HBH ', 'DSTOPT ', 'RT6 ', 'AH('].map(ascii);
const fragmentOpening = ascii('frag (');
const bar = ascii('|');
const hexadecimal = ascii('0x');

/**
 * Moves behind the extension headers of an IPv6 packet whose addresses came without ports, and behind the
 * ports that may follow. True where the packet is a fragment that is not the first: nothing follows then, not
 * even the protocol, so `packet` gets that of the fragment header.
 */
export function skipExtensions(cursor: Cursor, packet: Packet, header: StatedHeader): boolean {
  for (let count = 0; count <= mostExtensions; count++) {
    skipSpaces(cursor);
    if (skip(cursor, fragmentOpening)) {
      if (readFragment(cursor, header) > 0) {
        packet.protocol = PROTOCOL_IPV6_FRAGMENT;
        return true;
      }
    } else if (skipOptions(cursor)) {
      header.ipPayloadBytes = -1;
    } else {
      readPorts(cursor, packet);
      return false;
    }
  }
  return false;
}

/**
 * Reads "1232|768)", offset and bytes, or "0x00000001:1232|768)". Returns the offset, -1 where there is none.
 */
function readFragment(cursor: Cursor, header: StatedHeader): number {
  if (skip(cursor, hexadecimal)) {
    while (hexadecimalValue(cursor.bytes[cursor.at]!) < 16) cursor.at++;
    if (cursor.bytes[cursor.at] === colon) cursor.at++;
  }
  const offset = readDecimal(cursor);
  header.ipPayloadBytes = skip(cursor, bar) ? readDecimal(cursor) : -1;
  if (cursor.bytes[cursor.at] === closingParenthesis) cursor.at++;
  return offset;
}

/** Moves behind one header and the parentheses that belong to it. */
function skipOptions(cursor: Cursor): boolean {
  if (!startsWithAny(cursor, openings)) return false;
  while (cursor.bytes[cursor.at] !== space && cursor.bytes[cursor.at] !== openingParenthesis) cursor.at++;
  skipSpaces(cursor);
  while (cursor.bytes[cursor.at] === openingParenthesis) {
    skipParentheses(cursor);
    if (cursor.bytes[cursor.at] === colon) cursor.at++;
    skipSpaces(cursor);
  }
  return true;
}

/** Moves behind the parenthesis that closes the one here, or to the line's end. */
function skipParentheses(cursor: Cursor): void {
  let depth = 0;
  while (cursor.at < cursor.end) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === openingParenthesis) depth++;
    if (byte === closingParenthesis && --depth === 0) return;
  }
}
