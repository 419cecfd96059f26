/**
 * The words with which tcpdump begins what it prints of a protocol, and where the length stands then. A
 * length is taken only from printers (print-*.c) that print what this program counts: the payload of UDP, or
 * all that an IP packet holds for protocols without ports.
 */
import { PROTOCOL_AH, PROTOCOL_MOBILITY, PROTOCOL_UDP } from '../../packet/numbers.js';
import { ascii, type Cursor, startsWith } from './cursor.js';
import {
  firstLength,
  LENGTH_NOT_STATED,
  lastLength,
  lengthInParentheses,
  lengthOfNfs,
  lengthOfSecondWord,
  lengthOfStump,
} from './payload-bytes.js';

export interface ProtocolWord {
  readonly text: Uint8Array;
  readonly protocol: number;
  /** Reads the payload's length from the cursor on, or LENGTH_NOT_STATED. */
  readonly length: (cursor: Cursor) => number;
}

const word = (text: string, protocol: number, length: ProtocolWord['length']): ProtocolWord => ({
  text: ascii(text),
  protocol,
  length,
});

const unstated = (): number => LENGTH_NOT_STATED;

/** Lines without ports, the frequent ones first. "[|…]" is what was captured too short to be printed. */
export const portlessWords: readonly ProtocolWord[] = [
  word('ICMP ', 1, firstLength),
  // The length is at the end, and what comes before may hold a name that the sender chose.
  word('ICMP6, ', 58, lastLength),
  word('ESP(', 50, firstLength),
  word('GREv', 47, firstLength),
  word('igmp', 2, unstated),
  word('PIMv', 103, firstLength),
  word('OSPFv3', 89, firstLength),
  // Without the digest of cryptographic authentication, and without a word of it.
  word('OSPFv', 89, unstated),
  word('VRRPv', 112, firstLength),
  word('CARPv', 112, lengthOfSecondWord),
  word('EIGRP ', 88, firstLength),
  word('RSVPv', 46, firstLength),
  word('EGPv', 8, firstLength),
  word('IP ', 4, unstated),
  word('IP6 ', 41, unstated),
  // The header of -v; with -e no "IP " stands before it.
  word('(tos ', 4, unstated),
  word('(class ', 41, unstated),
  word('(flowlabel ', 41, unstated),
  word('(hlim ', 41, unstated),
  word('AH(', PROTOCOL_AH, unstated),
  word('IPComp(', 108, unstated),
  word('mobility: ', PROTOCOL_MOBILITY, unstated),
  word('mobile: ', 55, unstated),
  word('nd ', 77, lengthOfSecondWord),
  word('igrp', 9, unstated),
  word('no next header', 59, unstated),
  word('[|icmp]', 1, unstated),
  word('[|icmp6]', 58, unstated),
  word('[|igmp]', 2, unstated),
  word('[|gre]', 47, unstated),
  word('[|esp]', 50, unstated),
  word('[|ospf', 89, unstated),
  word('[|pim]', 103, unstated),
  word('[|vrrp]', 112, unstated),
  word('[|eigrp]', 88, unstated),
  word('[|rsvp]', 46, unstated),
  word('[ICMP requires', 1, unstated),
  word('[IGMP requires', 2, unstated),
  word('[ICMPv6 requires', 58, unstated),
  word('[Ethernet requires', 143, unstated),
];

/** Tunnels in IPv4 whose content was captured too short. In IPv6 they could be IPv6 itself. */
export const cutTunnelWords: readonly ProtocolWord[] = [
  word('[|ip]', 4, unstated),
  word('[|ip6]', 41, unstated),
];

/**
 * Protocols over UDP that state UDP's payload. Whatever is not here states none, or a length of its own,
 * which is shorter where something lies behind its message: RADIUS, OLSR, LWAPP with -v.
 */
export const udpWords: readonly ProtocolWord[] = [
  word('NTPv', PROTOCOL_UDP, firstLength),
  word('BOOTP/DHCP, ', PROTOCOL_UDP, firstLength),
  word('SYSLOG ', PROTOCOL_UDP, firstLength),
  word('UDP-encap: ESP(', PROTOCOL_UDP, firstLength),
  word('domain [length ', PROTOCOL_UDP, lengthOfStump),
  word('TFTP, ', PROTOCOL_UDP, firstLength),
  word('RIPv', PROTOCOL_UDP, firstLength),
  word('HSRPv0-', PROTOCOL_UDP, lengthOfSecondWord),
  word('BFDv', PROTOCOL_UDP, firstLength),
  word('BFD, Echo', PROTOCOL_UDP, firstLength),
  word('sFlowv', PROTOCOL_UDP, firstLength),
  word('LSP-PINGv', PROTOCOL_UDP, firstLength),
  word('LMPv', PROTOCOL_UDP, firstLength),
  word('VQPv', PROTOCOL_UDP, firstLength),
  word('NFS ', PROTOCOL_UDP, lengthOfNfs),
  word('rx ', PROTOCOL_UDP, lengthInParentheses),
  word('[|rx]', PROTOCOL_UDP, lengthInParentheses),
];

/** The first of `words` that stands at the cursor, which stays where it is. */
export function wordHere(cursor: Cursor, words: readonly ProtocolWord[]): ProtocolWord | undefined {
  for (let i = 0; i < words.length; i++) {
    if (startsWith(cursor, words[i]!.text)) return words[i];
  }
  return undefined;
}
