/**
 * What a packet says of how well its flow goes, read once more from a frame that has been decoded, and only where somebody asks.
 *
 *     TCP, RFC 9293    bytes 4 to 7 sequence number, 14 and 15 window
 *     IPv4, RFC 791    bytes 4 and 5 identification
 *     DNS, RFC 1035    bytes 0 and 1 identifier
 *
 * native/src/near-bytes.h packs these bytes beside what decoding looks at, where part HEALTH is asked for.
 */
import { PROTOCOL_TCP } from './numbers.js';
import type { Packet } from './packet.js';

/** Nothing is told: a fragment, a header of which too little was captured, a line of text. */
export const NO_SEGMENT = 0;
export const TCP_SEGMENT = 1;
/** Of any other protocol. */
export const DATAGRAM = 2;

/** Of a TCP header: up to the window. */
const segmentBytes = 16;

/** After a frame of which `end` bytes were captured has been decoded into `packet` as a PACKET. */
export function readSegment(view: DataView, end: number, packet: Packet): void {
  const { payloadOffset, transportOffset, protocol } = packet;
  packet.segment = NO_SEGMENT;
  if (payloadOffset < 0) return;
  if (protocol !== PROTOCOL_TCP) {
    const hasMark = packet.payloadBytes >= 2 && end - payloadOffset >= 2;
    packet.payloadMark = hasMark ? view.getUint16(payloadOffset) + 1 : 0;
    packet.segment = DATAGRAM;
    return;
  }
  if (end - transportOffset < segmentBytes) return;
  packet.sequence = view.getInt32(transportOffset + 4);
  packet.tcpWindow = view.getUint16(transportOffset + 14);
  packet.identification = packet.family === 4 ? view.getUint16(packet.ipOffset + 4) : 0;
  packet.segment = TCP_SEGMENT;
}
