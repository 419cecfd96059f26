/**
 * Link types of serial lines and what imitates them, as https://www.tcpdump.org/linktypes.html describes them.
 *
 *     PPP          PPP, with or without ff 03
 *     PPP_ETHER    PPPoE from its own header on
 *     C_HDLC       address (1), control (1), EtherType (2)
 *     PPP_HDLC     ff 03 and PPP, or Cisco HDLC
 *     PPP_PPPD     direction (1) in the place of ff, 03, PPP
 */
import { ETHERTYPE_PPP, ETHERTYPE_PPPOE_SESSION } from '../numbers.js';
import { type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { decodeEtherType } from './ethernet.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

const ciscoHdlcHeaderBytes = 4;
const pppdHeaderBytes = 2;

/** A LinkDecoder for PPP. */
export function decodePpp(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  return decodeEtherType(ETHERTYPE_PPP, view, offset, end, wireEnd, packet);
}

/** A LinkDecoder for PPP_ETHER. */
export function decodePppoe(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  return decodeEtherType(ETHERTYPE_PPPOE_SESSION, view, offset, end, wireEnd, packet);
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
  const etherType = view.getUint16(offset + 2);
  return decodeEtherType(etherType, view, offset + ciscoHdlcHeaderBytes, end, wireEnd, packet);
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

/** A LinkDecoder for PPP_PPPD. */
export function decodePppd(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  return decodeEtherType(ETHERTYPE_PPP, view, offset + pppdHeaderBytes, end, wireEnd, packet);
}
