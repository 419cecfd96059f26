/**
 * Packets that Linux's netfilter hands to programs, as messages of netlink (linux/netfilter/nfnetlink_log.h, nfnetlink_queue.h).
 *
 *     NFLOG      netfilter header, attributes
 *     NETLINK    cooked header (16): bytes 14 15 netlink family
 *                netlink header (16): length (4), type (2), flags (2), sequence (4), port (4)
 *                netfilter header, attributes
 *
 *     netfilter header    address family (1), version (1), resource (2)
 *     attribute           length (2) with these four bytes, type (2), value, padding to a multiple of four
 *
 * Numbers of netlink are in the capturing host's byte order.
 */
import { decodeIpv4 } from '../ipv4.js';
import { decodeIpv6 } from '../ipv6.js';
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const HEADER_LENGTH_WRONG = outcomeNumber('link-header-length-wrong');
const NESTING_TOO_DEEP = outcomeNumber('link-nesting-too-deep');

const cookedHeaderBytes = 16;
const netlinkHeaderBytes = 16;
const netfilterHeaderBytes = 4;
const attributeHeaderBytes = 4;
/** The kernel sends each of some twenty types once. */
const mostAttributes = 64;

const familyNetfilter = 12;
/** Subsystem queue, message packet. */
const queuedPacket = 0x0300;
const logPayload = 9;
const queuePayload = 10;

/** A LinkDecoder for NFLOG. */
export function decodeNflog(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  return decodeMessage(view, offset, end, wireEnd, logPayload, packet);
}

/** A LinkDecoder for NETLINK, of which only packets in netfilter's queues are IP. */
export function decodeNetlink(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < cookedHeaderBytes) return HEADER_CUT;
  if (view.getUint16(offset + 14) !== familyNetfilter) return NOT_IP;
  const netlink = offset + cookedHeaderBytes;
  const message = netlink + netlinkHeaderBytes;
  if (end < message) return HEADER_CUT;
  // No message has 64 KiB, so that the length begins with two zeros in network byte order.
  const littleEndian = view.getUint16(netlink) !== 0;
  if (view.getUint16(netlink + 4, littleEndian) !== queuedPacket) return NOT_IP;
  return decodeMessage(view, message, end, wireEnd, queuePayload, packet);
}

/** Decodes the packet in the attribute `payloadType` of the message whose netfilter header is at `offset`. */
function decodeMessage(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  payloadType: number,
  packet: Packet,
): Outcome {
  if (end - offset < netfilterHeaderBytes + attributeHeaderBytes) return HEADER_CUT;
  const family = view.getUint8(offset);
  let attribute = offset + netfilterHeaderBytes;
  // The first one is that of type 1.
  const littleEndian = view.getUint8(attribute + 2) !== 0;
  for (let count = 0; count < mostAttributes; count++) {
    if (wireEnd - attribute < attributeHeaderBytes) return NOT_IP;
    if (end - attribute < attributeHeaderBytes) return HEADER_CUT;
    const attributeBytes = view.getUint16(attribute, littleEndian);
    if (attributeBytes < attributeHeaderBytes) return HEADER_LENGTH_WRONG;
    if (view.getUint16(attribute + 2, littleEndian) === payloadType) {
      const payloadEnd = Math.min(wireEnd, attribute + attributeBytes);
      const payload = attribute + attributeHeaderBytes;
      return decodeLinuxFamily(family, view, payload, Math.min(end, payloadEnd), payloadEnd, packet);
    }
    attribute += (attributeBytes + 3) & ~3;
  }
  return NESTING_TOO_DEEP;
}

/** By the number that Linux gives an address family. */
function decodeLinuxFamily(
  family: number,
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  switch (family) {
    case 2:
      return decodeIpv4(view, offset, end, wireEnd, packet);
    case 10:
      return decodeIpv6(view, offset, end, wireEnd, packet);
    default:
      return NOT_IP;
  }
}
