/**
 * PPP and PPPoE.
 *
 *     PPPoE session, RFC 2516      version and type (1), code (1), session (2), length of the PPP packet (2), then PPP
 *     HDLC-like framing, RFC 1662  ff 03, then PPP
 *     PPP, RFC 1661                protocol (2), or (1) where that byte is odd: protocol field compression
 */
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_PPP,
  PPP_IPV4,
  PPP_IPV6,
  PPP_MPLS,
  PPP_MPLS_MULTICAST,
} from '../numbers.js';
import { NOT_IP, outcomeNumber } from '../packet.js';
import { type Cursor, GO_ON, type Step } from './cursor.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

const pppoeHeaderBytes = 6;
const pppoeSessionData = 0;
const addressAndControl = 0xff03;

export function openPppoe(view: DataView, at: Cursor): Step {
  if (!at.hasCaptured(pppoeHeaderBytes)) return HEADER_CUT;
  if (view.getUint8(at.offset + 1) !== pppoeSessionData) return NOT_IP;
  const pppBytes = view.getUint16(at.offset + 4);
  at.offset += pppoeHeaderBytes;
  at.endAfter(pppBytes);
  at.etherType = ETHERTYPE_PPP;
  return GO_ON;
}

/** With or without the address and control bytes. */
export function openPpp(view: DataView, at: Cursor): Step {
  if (!at.hasCaptured(2)) return HEADER_CUT;
  if (view.getUint16(at.offset) === addressAndControl) at.offset += 2;
  if (!at.hasCaptured(2)) return HEADER_CUT;
  const firstByte = view.getUint8(at.offset);
  const isCompressed = (firstByte & 1) === 1;
  const etherType = etherTypeOfPpp(isCompressed ? firstByte : view.getUint16(at.offset));
  if (etherType === 0) return NOT_IP;
  at.etherType = etherType;
  at.offset += isCompressed ? 1 : 2;
  return GO_ON;
}

/** 0 for protocols that cannot lead to IP. */
function etherTypeOfPpp(protocol: number): number {
  switch (protocol) {
    case PPP_IPV4:
      return ETHERTYPE_IPV4;
    case PPP_IPV6:
      return ETHERTYPE_IPV6;
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
      return ETHERTYPE_MPLS;
    default:
      return 0;
  }
}
