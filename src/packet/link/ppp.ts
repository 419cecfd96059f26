/**
 * PPP and PPPoE.
 *
 *     PPPoE session, RFC 2516      version and type (1), code (1), session (2), length (2), then PPP
 *     HDLC-like framing, RFC 1662  ff 03, then PPP
 *     PPP, RFC 1661                protocol (2), or (1) where that byte is odd: protocol field compression
 */
import { decodeIpv4 } from '../ipv4.js';
import { decodeIpv6 } from '../ipv6.js';
import { PPP_IPV4, PPP_IPV6, PPP_MPLS, PPP_MPLS_MULTICAST } from '../numbers.js';
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { decodeMpls } from './mpls.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

const pppoeHeaderBytes = 6;
const pppoeSessionData = 0;
const addressAndControl = 0xff03;

/** A LinkDecoder for PPPoE from its own header on. */
export function decodePppoe(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < pppoeHeaderBytes) return HEADER_CUT;
  if (view.getUint8(offset + 1) !== pppoeSessionData) return NOT_IP;
  return decodePpp(view, offset + pppoeHeaderBytes, end, wireEnd, packet);
}

/** A LinkDecoder for PPP, with or without the address and control bytes. */
export function decodePpp(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < 2) return HEADER_CUT;
  const start = view.getUint16(offset) === addressAndControl ? offset + 2 : offset;
  if (end - start < 2) return HEADER_CUT;
  const firstByte = view.getUint8(start);
  const isCompressed = (firstByte & 1) === 1;
  const payload = start + (isCompressed ? 1 : 2);
  switch (isCompressed ? firstByte : view.getUint16(start)) {
    case PPP_IPV4:
      return decodeIpv4(view, payload, end, wireEnd, packet);
    case PPP_IPV6:
      return decodeIpv6(view, payload, end, wireEnd, packet);
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
      return decodeMpls(view, payload, end, wireEnd, packet);
    default:
      return NOT_IP;
  }
}
