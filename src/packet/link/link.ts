/**
 * The other link types, as https://www.tcpdump.org/linktypes.html describes them.
 *
 *     LINUX_SLL     packet type (2), ARPHRD type (2), address length (2), address (8), protocol (2)
 *     LINUX_SLL2    protocol (2), reserved (2), interface (4), ARPHRD type (2), packet type (1), address length (1), address (8)
 *     NULL          address family (4) in the capturing host's byte order
 *     LOOP          address family (4) in network byte order
 *     C_HDLC        address (1), control (1), EtherType (2)
 *     PPP_HDLC      ff 03 and PPP, or Cisco HDLC
 *     RAW           an IP packet, its version in its first four bits
 */

import { decodeIpv4 } from '../ipv4.js';
import { decodeIpv6 } from '../ipv6.js';
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { decodeEtherType } from './ethernet.js';
import { decodePpp } from './ppp.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const IP_HEADER_CUT = outcomeNumber('ip-header-cut');

const sllHeaderBytes = 16;
const sll2HeaderBytes = 20;
const familyBytes = 4;
const ciscoHdlcHeaderBytes = 4;

/** A LinkDecoder for Linux cooked capture. */
export function decodeSll(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < sllHeaderBytes) return HEADER_CUT;
  if (!hasEtherType(view.getUint16(offset + 2))) return NOT_IP;
  return decodeCooked(view.getUint16(offset + 14), view, offset + sllHeaderBytes, end, wireEnd, packet);
}

/** A LinkDecoder for Linux cooked capture, version 2. */
export function decodeSll2(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < sll2HeaderBytes) return HEADER_CUT;
  if (!hasEtherType(view.getUint16(offset + 8))) return NOT_IP;
  return decodeCooked(view.getUint16(offset), view, offset + sll2HeaderBytes, end, wireEnd, packet);
}

const leastEtherType = 0x0600;
/** Linux's ETH_P_802_2: an LLC header follows, as it does behind a length in Ethernet. */
const protocolLlc = 4;

/** Linux gives frames that have no EtherType small numbers of its own; of those only LLC can lead to IP. */
function decodeCooked(
  protocol: number,
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (protocol < leastEtherType && protocol !== protocolLlc) return NOT_IP;
  return decodeEtherType(protocol, view, offset, end, wireEnd, packet);
}

/** Whether the protocol field is an EtherType for this ARPHRD type: not for frame relay, radiotap and netlink. */
const hasEtherType = (hardwareType: number): boolean =>
  hardwareType !== 770 && hardwareType !== 803 && hardwareType !== 824;

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
  const payload = offset + familyBytes;
  switch (bigEndian <= 0xffff ? bigEndian : view.getUint32(offset, true)) {
    case 2:
      return decodeIpv4(view, payload, end, wireEnd, packet);
    case 24: // NetBSD, OpenBSD, Windows with Npcap
    case 28: // FreeBSD
    case 30: // macOS
      return decodeIpv6(view, payload, end, wireEnd, packet);
    default:
      return NOT_IP;
  }
}

/** A LinkDecoder for Cisco HDLC. */
export function decodeCiscoHdlc(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < ciscoHdlcHeaderBytes) return HEADER_CUT;
  return decodeEtherType(
    view.getUint16(offset + 2),
    view,
    offset + ciscoHdlcHeaderBytes,
    end,
    wireEnd,
    packet,
  );
}

/** A LinkDecoder for PPP_HDLC: Cisco HDLC has 0f (unicast) or 8f (multicast) for an address, PPP has neither. */
export function decodePppHdlc(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < 1) return HEADER_CUT;
  const isCisco = (view.getUint8(offset) & 0x7f) === 0x0f;
  return isCisco
    ? decodeCiscoHdlc(view, offset, end, wireEnd, packet)
    : decodePpp(view, offset, end, wireEnd, packet);
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
