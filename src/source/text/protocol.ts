/**
 * What tcpdump prints behind the addresses: which protocol it is, and how many bytes of payload.
 *
 *     10.0.0.1.40000 > 10.0.0.2.22: Flags [P.], seq 1:37, ack 1, win 502, length 36
 *     10.0.0.1.40000 > 10.0.0.2.22: tcp 36
 *     10.0.0.1.40000 > 10.0.0.2.53: 12345+ A? example.com. (29)
 *     10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64
 */
import { SCTP_HEADER_BYTES, UDP_HEADER_BYTES } from '../../packet/header-bytes.js';
import {
  PROTOCOL_DCCP,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  PROTOCOL_UDP_LITE,
} from '../../packet/numbers.js';
import { Packet } from '../../packet/packet.js';
import { readAddresses } from './addresses.js';
import {
  ascii,
  type Cursor,
  closingBracket,
  digitValue,
  openingBracket,
  readDecimal,
  skip,
  skipSpaces,
  space,
  startsWith,
  startsWithAny,
} from './cursor.js';
import {
  firstLength,
  LENGTH_NOT_STATED,
  lengthHere,
  lengthInParentheses,
  lesserLength,
} from './payload-bytes.js';
import { cutTunnelWords, portlessWords, udpWords, wordHere } from './protocol-words.js';
import type { StatedHeader } from './verbose-header.js';

/**
 * Stands in place of a length where the protocol is not stated, or where tcpdump says that its header is
 * damaged or was not captured. Decoded from a frame, such a packet would not count either.
 */
export const UNCOUNTABLE = -2;

const flags = ascii('Flags [');
const quietTcp = ascii('tcp ');
const badHeader = ascii(' [bad hdr length');
/** The last stands for "truncated-udp 4" and "truncated-udplength 7". */
const damagedHeaders = ['[|tcp]', '[|udp]', 'truncated-udp'].map(ascii);
const sctp = ascii('sctp');
const dccp = ascii('DCCP ');
const udpLength = ascii('UDP, length ');
const udpBadLength = ascii('UDP, bad length ');
const numberedProtocol = ascii('ip-proto-');
const pgm = ascii('PGM, ');
const bar = 0x7c;

const protocolIPv4 = 4;
const protocolIPv6 = 41;
const protocolPgm = 113;

/**
 * Reads what stands behind the addresses and ports, which `packet` has, and fills in its protocol and flags.
 * Returns the payload's length in bytes, LENGTH_NOT_STATED or UNCOUNTABLE. `header` is what was already
 * stated of the packet.
 */
export function readProtocol(cursor: Cursor, packet: Packet, header: StatedHeader): number {
  skipSpaces(cursor);
  packet.tcpFlags = 0;
  const statedBytes = packet.hasPorts
    ? readWithPorts(cursor, packet)
    : readWithoutPorts(cursor, packet, header);
  if (header.ipPayloadBytes < 0 || statedBytes === UNCOUNTABLE) return statedBytes;
  const headerBytes = transportHeaderBytes(packet);
  if (headerBytes < 0) return statedBytes;
  const roomBytes = Math.max(0, header.ipPayloadBytes - headerBytes);
  if (statedBytes === LENGTH_NOT_STATED) return roomBytes;
  // At the first fragment of a datagram tcpdump prints the length of the whole.
  return packet.protocol === PROTOCOL_UDP ? Math.min(statedBytes, roomBytes) : statedBytes;
}

/** -1 where it differs from packet to packet. */
function transportHeaderBytes(packet: Packet): number {
  if (packet.hasPorts === 0) return 0;
  if (packet.protocol === PROTOCOL_UDP) return UDP_HEADER_BYTES;
  return packet.protocol === PROTOCOL_SCTP ? SCTP_HEADER_BYTES : -1;
}

/** TCP, SCTP and DCCP say so; everything else with ports is UDP, under the name of what it carries. */
function readWithPorts(cursor: Cursor, packet: Packet): number {
  if (skip(cursor, flags)) {
    packet.protocol = PROTOCOL_TCP;
    packet.tcpFlags = readTcpFlags(cursor);
    return startsWith(cursor, badHeader) ? UNCOUNTABLE : firstLength(cursor);
  }
  if (skip(cursor, quietTcp)) {
    packet.protocol = PROTOCOL_TCP;
    packet.tcpFlags = -1;
    return unlessBadHeader(cursor, lengthHere(cursor));
  }
  if (startsWith(cursor, sctp)) {
    packet.protocol = PROTOCOL_SCTP;
    return LENGTH_NOT_STATED;
  }
  if (skip(cursor, dccp)) {
    packet.protocol = PROTOCOL_DCCP;
    return unlessBadHeader(cursor, lengthHere(cursor));
  }
  if (startsWithAny(cursor, damagedHeaders)) return UNCOUNTABLE;
  packet.protocol = PROTOCOL_UDP;
  return readUdp(cursor);
}

const unlessBadHeader = (cursor: Cursor, bytes: number): number =>
  startsWith(cursor, badHeader) ? UNCOUNTABLE : bytes;

/**
 * RFC 9293's flag byte, lowest bit first. "none" and "e", which is not in that byte, have no letter of these.
 */
const flagValues = new Uint8Array(256);
for (const [bit, letter] of [...'FSRP.UEW'].entries()) flagValues[letter.charCodeAt(0)] = 1 << bit;

function readTcpFlags(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let value = 0;
  let at = cursor.at;
  while (at < end && bytes[at] !== closingBracket) value |= flagValues[bytes[at++]!]!;
  cursor.at = Math.min(at + 1, end);
  return value;
}

function readUdp(cursor: Cursor): number {
  skipChecksumNote(cursor);
  if (skip(cursor, udpLength)) return lengthHere(cursor);
  if (skip(cursor, udpBadLength)) return lesserLength(cursor);
  // DNS and multicast DNS begin with the message's number.
  if (digitValue(cursor.bytes[cursor.at]!) < 10) return lengthInParentheses(cursor);
  return wordHere(cursor, udpWords)?.length(cursor) ?? LENGTH_NOT_STATED;
}

/** With -v: "[udp sum ok] ", "[no cksum] ", "[icmp6 sum ok] "; not "[|rx] ", which was captured too short. */
export function skipChecksumNote(cursor: Cursor): void {
  const { bytes, end } = cursor;
  if (bytes[cursor.at] !== openingBracket || bytes[cursor.at + 1] === bar) return;
  let at = cursor.at;
  while (at < end && bytes[at] !== closingBracket) at++;
  if (bytes[at + 1] === space && at + 1 < end) cursor.at = at + 2;
}

function readWithoutPorts(cursor: Cursor, packet: Packet, header: StatedHeader): number {
  if (skip(cursor, numberedProtocol)) return readNumberedProtocol(cursor, packet);
  let word = wordHere(cursor, portlessWords);
  if (!word && packet.family === 4) word = wordHere(cursor, cutTunnelWords);
  if (!word) {
    skipChecksumNote(cursor);
    word = wordHere(cursor, portlessWords);
  }
  packet.protocol = word ? word.protocol : protocolOfInnerAddresses(cursor);
  if (header.protocol >= 0) packet.protocol = header.protocol;
  if (packet.protocol < 0) return UNCOUNTABLE;
  return word ? word.length(cursor) : LENGTH_NOT_STATED;
}

/** Reads "ip-proto-17", a fragment that is not the first, or "ip-proto-255 8", without the "ip-proto-". */
function readNumberedProtocol(cursor: Cursor, packet: Packet): number {
  const protocol = readDecimal(cursor);
  if (protocol < 0 || protocol > 255) return UNCOUNTABLE;
  packet.protocol = protocol;
  skipSpaces(cursor);
  const bytes = lengthHere(cursor);
  // tcpdump knows nothing of UDP-Lite: it prints no ports, and counts the header that has them.
  if (protocol !== PROTOCOL_UDP_LITE || bytes === LENGTH_NOT_STATED) return bytes;
  return bytes < UDP_HEADER_BYTES ? UNCOUNTABLE : bytes - UDP_HEADER_BYTES;
}

const inner = new Packet();

/**
 * Addresses behind the addresses: with -e, a tunnelled IP packet has no "IP" before it. PGM prints its own.
 * Returns -1 where none stand here.
 */
function protocolOfInnerAddresses(cursor: Cursor): number {
  if (!readAddresses(cursor, inner)) return -1;
  skipSpaces(cursor);
  if (startsWith(cursor, pgm)) return protocolPgm;
  // Behind extension headers the addresses come again where the ports were not captured.
  if (startsWithAny(cursor, damagedHeaders)) return -1;
  return inner.family === 4 ? protocolIPv4 : protocolIPv6;
}
