/**
 * The packet that an ICMP error quotes: who sent it is told that it did not arrive.
 *
 *     ICMP, RFC 792      byte 0 type: 3 unreachable, 11 time exceeded; byte 1 code; from byte 8 on the quoted packet
 *     ICMPv6, RFC 4443   byte 0 type: 1 unreachable, 3 time exceeded; the same
 *
 * Of the quoted packet only its first bytes are there, so its lengths say more than follows. Anybody can send such a message.
 */
import { PROTOCOL_ICMP, PROTOCOL_IPV6_ICMP } from './numbers.js';
import type { Packet } from './packet.js';

/** What became of a packet: positions in `icmpErrors`. */
export const NO_ERROR = 0;

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

/**
 * Fills `quoted` with the key of the packet that `packet`, an ICMP error, quotes: family, addresses, protocol, ports. Returns
 * the error as a position in `icmpErrors`; NO_ERROR where it is none of these, or where too little was captured.
 */
export function readQuoted(_view: DataView, _end: number, packet: Packet, _quoted: Packet): number {
  if (packet.protocol !== PROTOCOL_ICMP && packet.protocol !== PROTOCOL_IPV6_ICMP) return NO_ERROR;
  return NO_ERROR;
}
