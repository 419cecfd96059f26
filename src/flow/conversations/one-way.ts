/** Flows that have no way back: those to many hosts, and ICMP messages that are no questions. */
import { PROTOCOL_ICMP, PROTOCOL_IPV6_ICMP } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import type { Tally } from '../tally.js';

/** 255.255.255.255. */
const BROADCAST = -1;

/**
 * RFC 792 (echo, timestamp, information) and RFC 950 (address mask). Of several kinds of messages between two hosts, the flow's
 * first packet says what the flow is.
 */
const requests4: readonly number[] = [8, 13, 15, 17];
const replies4: readonly number[] = [0, 14, 16, 18];
/** RFC 4443 (echo) and RFC 4861 (router and neighbour discovery: solicitation, advertisement). */
const requests6: readonly number[] = [128, 133, 135];
const replies6: readonly number[] = [129, 134, 136];

export function isOneWay(key: Packet, tally: Tally): boolean {
  return isToMany(key) || (isIcmp(key) && isStatement(key, tally.icmpType));
}

export function isIcmp({ protocol }: Packet): boolean {
  return protocol === PROTOCOL_ICMP || protocol === PROTOCOL_IPV6_ICMP;
}

export function isRequest({ protocol }: Packet, icmpType: number): boolean {
  return (protocol === PROTOCOL_ICMP ? requests4 : requests6).includes(icmpType);
}

export function isReply({ protocol }: Packet, icmpType: number): boolean {
  return (protocol === PROTOCOL_ICMP ? replies4 : replies6).includes(icmpType);
}

/** Neither asks nor answers: an error, a redirect. Not where nobody knows the type. */
function isStatement(key: Packet, icmpType: number): boolean {
  return icmpType >= 0 && !isRequest(key, icmpType) && !isReply(key, icmpType);
}

/** 224.0.0.0/4 (RFC 5771), 255.255.255.255 (RFC 919), ff00::/8 (RFC 4291). A subnet's own broadcast looks like any host. */
function isToMany({ family, target0 }: Packet): boolean {
  const firstByte = target0 & 0xff;
  if (family === 6) return firstByte === 0xff;
  return firstByte >> 4 === 0xe || target0 === BROADCAST;
}
