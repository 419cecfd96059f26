/**
 * What a packet says of how well its flow goes, read once more from a frame that has been decoded, and only where somebody asks.
 *
 *     TCP, RFC 9293    bytes 4 to 7 sequence number, 14 and 15 window
 *     IPv4, RFC 791    bytes 4 and 5 identification
 *     DNS, RFC 1035    bytes 0 and 1 identifier
 *     ICMP, RFC 792    bytes 6 and 7 sequence number of an echo; ICMPv6, RFC 4443, the same
 *
 * native/src/near-bytes.h packs these bytes beside what decoding looks at, where part HEALTH is asked for.
 */
import { UDP_HEADER_BYTES } from './header-bytes.js';
import { PROTOCOL_ICMP, PROTOCOL_IPV6_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from './numbers.js';
import type { Packet } from './packet.js';

/** Nothing is told: a fragment of TCP, any other fragment but the first, too little captured, a line of text. */
export const NO_SEGMENT = 0;
export const TCP_SEGMENT = 1;
/** Of any other protocol. */
export const DATAGRAM = 2;

/** Of a TCP header: up to the window. */
const segmentBytes = 16;
const echoSequence = 6;
const markBytes = 2;

/** After a frame of which `end` bytes were captured has been decoded into `packet` as a PACKET. */
export function readSegment(view: DataView, end: number, packet: Packet): void {
  const { payloadOffset, transportOffset, protocol } = packet;
  packet.segment = NO_SEGMENT;
  if (transportOffset < 0) return;
  if (protocol !== PROTOCOL_TCP) {
    packet.payloadMark = markOf(view, end, packet);
    packet.segment = DATAGRAM;
    return;
  }
  if (payloadOffset < 0 || end - transportOffset < segmentBytes) return;
  packet.sequence = view.getInt32(transportOffset + 4);
  packet.tcpWindow = view.getUint16(transportOffset + 14);
  packet.identification = packet.family === 4 ? view.getUint16(packet.ipOffset + 4) : 0;
  packet.segment = TCP_SEGMENT;
}

/** Of a long answer that comes in fragments, the first has the mark. */
function markOf(view: DataView, end: number, packet: Packet): number {
  const { transportOffset, payloadBytes, protocol } = packet;
  if (protocol === PROTOCOL_UDP) {
    return payloadBytes < markBytes ? 0 : markAt(view, end, transportOffset + UDP_HEADER_BYTES);
  }
  if (protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_IPV6_ICMP) return 0;
  // An ICMP message is all payload.
  return payloadBytes < echoSequence + markBytes ? 0 : markAt(view, end, transportOffset + echoSequence);
}

const markAt = (view: DataView, end: number, offset: number): number =>
  end - offset < markBytes ? 0 : view.getUint16(offset) + 1;
