/**
 * BSD's loopback, and frames without any header, as https://www.tcpdump.org/linktypes.html describes them.
 *
 *     NULL    address family (4) in the capturing host's byte order
 *     LOOP    address family (4) in network byte order
 *     RAW     an IP packet, its version in its first four bits
 */
import { decodeIpv4 } from '../ipv4.js';
import { decodeIpv6 } from '../ipv6.js';
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const IP_HEADER_CUT = outcomeNumber('ip-header-cut');

const familyBytes = 4;

/** A LinkDecoder for NULL and LOOP: no family's number needs more than two bytes, which tells the byte order. */
export function decodeLoopback(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < familyBytes) return HEADER_CUT;
  const bigEndian = view.getUint32(offset);
  const family = bigEndian <= 0xffff ? bigEndian : view.getUint32(offset, true);
  return decodeFamily(family, view, offset + familyBytes, end, wireEnd, packet);
}

/** Decodes the packet at `offset` by the number that a BSD system gives its address family. */
export function decodeFamily(
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
    case 24: // NetBSD, OpenBSD, Windows with Npcap
    case 28: // FreeBSD
    case 30: // macOS
      return decodeIpv6(view, offset, end, wireEnd, packet);
    default:
      return NOT_IP;
  }
}

/** A LinkDecoder for frames that are IP of either version; any other version is wrong. */
export function decodeRaw(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < 1) return IP_HEADER_CUT;
  return view.getUint8(offset) >>> 4 === 6
    ? decodeIpv6(view, offset, end, wireEnd, packet)
    : decodeIpv4(view, offset, end, wireEnd, packet);
}
