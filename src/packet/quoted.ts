/**
 * The packet that an ICMP error quotes: whoever sent it is told that it did not arrive.
 *
 *     ICMP, RFC 792      byte 0 type: 3 unreachable, 11 time exceeded; byte 1 code; from byte 8 on the quoted packet
 *     ICMPv6, RFC 4443   byte 0 type: 1 unreachable, 3 time exceeded, 4 parameter problem; the same
 *
 * Only the first bytes of the quoted packet are there: RFC 792 asks for its IP header and eight more. Its lengths say more than
 * follows, and some systems have changed them by then, so what they say of the transport header does not count here.
 * Anybody can send such a message.
 */
import { decodeIpv4 } from './ipv4.js';
import { decodeIpv6 } from './ipv6.js';
import { PROTOCOL_ICMP, PROTOCOL_IPV6_ICMP } from './numbers.js';
import { outcomeNumber, PACKET, type Packet } from './packet.js';

export const icmpErrors = [
  'none',
  'net-unreachable',
  'host-unreachable',
  'protocol-unreachable',
  'port-unreachable',
  'prohibited',
  'time-exceeded',
] as const;
export type IcmpError = (typeof icmpErrors)[number];

/** What became of a packet: positions in `icmpErrors`. */
export const NO_ERROR = 0;
const NET = icmpErrors.indexOf('net-unreachable');
const HOST = icmpErrors.indexOf('host-unreachable');
const PROTOCOL = icmpErrors.indexOf('protocol-unreachable');
const PORT = icmpErrors.indexOf('port-unreachable');
const PROHIBITED = icmpErrors.indexOf('prohibited');
const TIME_EXCEEDED = icmpErrors.indexOf('time-exceeded');

/**
 * By code, RFC 792, 1122 (6 to 12) and 1812 (13 to 15: filtered, precedence refused, precedence too low). Of 4 and 5 the sender
 * may try again: the packet was too long, or its source route failed.
 */
const unreachable4 = [
  ...[NET, HOST, PROTOCOL, PORT, NO_ERROR, NO_ERROR, NET, HOST],
  ...[HOST, PROHIBITED, PROHIBITED, NET, HOST, PROHIBITED, PROHIBITED, PROHIBITED],
];
/** By code, RFC 4443: no route, prohibited, beyond the source address's scope, address, port, policy, route that rejects. */
const unreachable6 = [NET, PROHIBITED, HOST, HOST, PORT, PROHIBITED, PROHIBITED];

const UNREACHABLE_4 = 3;
const TIME_EXCEEDED_4 = 11;
const UNREACHABLE_6 = 1;
const TIME_EXCEEDED_6 = 3;
const PARAMETER_PROBLEM_6 = 4;
/** A code of parameter problem: what IPv6 has in place of an unreachable protocol (RFC 4443, section 3.4; RFC 7915, section 5.2). */
const NEXT_HEADER_UNKNOWN = 1;

const headerBytes = 8;
const portsBytes = 4;
/** The quoted packet's place on the wire ends so far behind its beginning, for one whose length was left to the hardware. */
const longestBytes = 0xffff;

const HEADER_CUT = outcomeNumber('transport-header-cut');
const LENGTH_WRONG = outcomeNumber('transport-length-wrong');

/**
 * Fills `quoted` with the key of the packet that `packet`, an ICMP error, quotes: family, addresses, protocol, ports, by the rules
 * by which that packet itself would have been decoded. `packet` has its details, and was captured up to `end`. Returns
 * the error as a position in `icmpErrors`; NO_ERROR where it is none of these, or where too little was captured.
 */
export function readQuoted(view: DataView, end: number, packet: Packet, quoted: Packet): number {
  const error = errorOf(packet);
  if (error === NO_ERROR) return NO_ERROR;
  const { family, transportOffset, payloadBytes } = packet;
  const offset = transportOffset + headerBytes;
  // What follows the message pads the frame.
  const quotedEnd = Math.min(end, transportOffset + payloadBytes);
  const decode = family === 4 ? decodeIpv4 : decodeIpv6;
  const outcome = decode(view, offset, quotedEnd, offset + longestBytes, quoted);
  if (outcome === PACKET) return error;
  if (outcome !== HEADER_CUT && outcome !== LENGTH_WRONG) return NO_ERROR;
  const ports = quoted.transportOffset;
  if (quotedEnd - ports < portsBytes) return NO_ERROR;
  quoted.ports = view.getInt32(ports, true);
  quoted.hasPorts = 1;
  return error;
}

function errorOf({ family, protocol, icmpType, icmpCode }: Packet): number {
  if (family === 4) {
    if (protocol !== PROTOCOL_ICMP) return NO_ERROR;
    if (icmpType === UNREACHABLE_4) return unreachable4[icmpCode] ?? NO_ERROR;
    return icmpType === TIME_EXCEEDED_4 ? TIME_EXCEEDED : NO_ERROR;
  }
  if (protocol !== PROTOCOL_IPV6_ICMP) return NO_ERROR;
  if (icmpType === UNREACHABLE_6) return unreachable6[icmpCode] ?? NO_ERROR;
  if (icmpType === PARAMETER_PROBLEM_6 && icmpCode === NEXT_HEADER_UNKNOWN) return PROTOCOL;
  return icmpType === TIME_EXCEEDED_6 ? TIME_EXCEEDED : NO_ERROR;
}
