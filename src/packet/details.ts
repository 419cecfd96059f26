/**
 * What only figures ask for: read from a frame that has been decoded, once more and only where somebody asks, so that nobody
 * else pays. Decoders only note where the IP header begins and, as they pass them, VLAN tags and MPLS labels.
 *
 * All that is read was looked at by the decoder, or is an ICMP message's first two bytes: native/src/near-bytes.h has packed it.
 *
 * Of an inner packet (tunnel/innermost.ts) what IP says is the inner one's, and what the link says the frame's on the wire.
 */
import { readSll, readSll2 } from './link/cooked.js';
import { readEthernetAddresses } from './link/ethernet.js';
import { readRadiotapAddresses } from './link/radiotap.js';
import { prependedTagBytes } from './link/switch-tags.js';
import { readWlanAddresses } from './link/wlan.js';
import { PROTOCOL_ICMP, PROTOCOL_IPV6_ICMP } from './numbers.js';
import type { Packet } from './packet.js';

/** Where frames come from, as far as their source knows. */
export interface FrameOrigin {
  /** As in decode.ts. */
  readonly linkType: number;
  /** Undefined where it has none, and where each frame names its own: captures of several interfaces at once. */
  readonly interfaceName: string | undefined;
  /** Frames have the time when they were taken over, not that of their capture: it says nothing of how long anything took. */
  readonly stampedOnArrival?: boolean;
}

/** To be called before a frame is decoded into `packet`: decoders fill in the tags and labels that there are. */
export function clearDetails(packet: Packet): void {
  packet.outerVlan = -1;
  packet.innerVlan = -1;
  packet.mplsLabel = -1;
  packet.packetType = -1;
  packet.sourceMac = -1;
  packet.targetMac = -1;
  packet.icmpType = -1;
  packet.icmpCode = -1;
}

/**
 * Fills in all the rest, after a frame of these bounds (see LinkDecoder) has been decoded into `packet` as a PACKET. Its
 * interface is the caller's to fill in before; a frame that names its own has that one in its place.
 */
export function readDetails(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  linkType: number,
  packet: Packet,
): void {
  packet.wireBytes = wireEnd - offset;
  readLink(view, offset, linkType, packet);
  readIp(view, packet);
  readIcmp(view, end, packet);
}

/** The decoder has found the link header whole. Numbers as in decode.ts. */
function readLink(view: DataView, offset: number, linkType: number, packet: Packet): void {
  switch (linkType) {
    case 1: // ETHERNET
    case 281: // DSA_TAG_BRCM
    case 284: // DSA_TAG_DSA
    case 285: // DSA_TAG_EDSA
      readEthernetAddresses(view, offset, packet);
      break;
    case 282: // DSA_TAG_BRCM_PREPEND
      readEthernetAddresses(view, offset + prependedTagBytes, packet);
      break;
    case 105: // IEEE802_11
      readWlanAddresses(view, offset, packet);
      break;
    case 113: // LINUX_SLL
      readSll(view, offset, packet);
      break;
    case 127: // IEEE802_11_RADIOTAP
      readRadiotapAddresses(view, offset, packet);
      break;
    case 276: // LINUX_SLL2
      readSll2(view, offset, packet);
      break;
  }
}

/** RFC 791: byte 1 type of service, byte 8 time to live. RFC 8200: traffic class in bits 4 to 11, byte 7 hop limit. */
function readIp(view: DataView, packet: Packet): void {
  const { ipOffset } = packet;
  if (packet.family === 4) {
    packet.trafficClass = view.getUint8(ipOffset + 1);
    packet.ttl = view.getUint8(ipOffset + 8);
  } else {
    packet.trafficClass = (view.getUint16(ipOffset) >>> 4) & 0xff;
    packet.ttl = view.getUint8(ipOffset + 7);
  }
}

const typeAndCodeBytes = 2;

/** RFC 792 and 4443: type and code are the message's first two bytes. */
function readIcmp(view: DataView, end: number, packet: Packet): void {
  const { transportOffset, protocol } = packet;
  if (protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_IPV6_ICMP) return;
  const messageBytes = Math.min(end - transportOffset, packet.payloadBytes);
  if (transportOffset < 0 || messageBytes < typeAndCodeBytes) return;
  packet.icmpType = view.getUint8(transportOffset);
  packet.icmpCode = view.getUint8(transportOffset + 1);
}
