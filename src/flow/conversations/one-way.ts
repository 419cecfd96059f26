/** Flows that have no way back: those to many hosts, and ICMP messages that are no questions. */
import { isGroupIPv4, isGroupIPv6 } from '../../packet/address.js';
import { PROTOCOL_ICMP, PROTOCOL_IPV6_ICMP } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import type { Tally } from '../tally.js';

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

/** A subnet's own broadcast address looks like any host's. */
function isToMany({ family, target0 }: Packet): boolean {
  return family === 4 ? isGroupIPv4(target0) : isGroupIPv6(target0);
}
