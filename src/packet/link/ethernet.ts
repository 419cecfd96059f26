/**
 * Ethernet, IEEE 802.3, and the walk through what EtherTypes announce, which most link types have in common with it.
 *
 *     bytes 0..5     target address
 *     bytes 6..11    source address
 *     bytes 12 13    EtherType, or up to 1500 the length of an LLC frame
 */

import { ETHERNET_HEADER_BYTES } from '../header-bytes.js';
import { decodeIpv4 } from '../ipv4.js';
import { decodeIpv6 } from '../ipv6.js';
import { MAC_ADDRESS_BYTES, macAddress } from '../mac-address.js';
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_LLC,
  ETHERTYPE_MACSEC,
  ETHERTYPE_MPLS,
  ETHERTYPE_MPLS_MULTICAST,
  ETHERTYPE_NSH,
  ETHERTYPE_PPP,
  ETHERTYPE_PPPOE_SESSION,
} from '../numbers.js';
import { type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { Cursor, GO_ON, type Step } from './cursor.js';
import { openLlc } from './llc.js';
import { openMacsec } from './macsec.js';
import { openMpls } from './mpls.js';
import { openNsh } from './nsh.js';
import { openPpp, openPppoe } from './ppp.js';
import { openTag } from './tags.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const NESTING_TOO_DEEP = outcomeNumber('link-nesting-too-deep');

const longestLlcFrame = 1500;

/** Two tags are usual, four exotic. */
const mostLayers = 16;

/** A LinkDecoder for Ethernet. */
export function decodeEthernet(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < ETHERNET_HEADER_BYTES) return HEADER_CUT;
  const etherType = view.getUint16(offset + 12);
  const payload = offset + ETHERNET_HEADER_BYTES;
  // Nearly every frame; going straight on keeps the general case out of the way.
  if (etherType === ETHERTYPE_IPV4) return decodeIpv4(view, payload, end, wireEnd, packet);
  return decodeEtherType(etherType, view, payload, end, wireEnd, packet);
}

/** Fills in both addresses of an Ethernet header that was decoded. */
export function readEthernetAddresses(view: DataView, offset: number, packet: Packet): void {
  packet.targetMac = macAddress(view, offset);
  packet.sourceMac = macAddress(view, offset + MAC_ADDRESS_BYTES);
}

/** Decodes what `etherType` announces at `offset`, through any layers before IP. */
export function decodeEtherType(
  etherType: number,
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (etherType === ETHERTYPE_IPV6) return decodeIpv6(view, offset, end, wireEnd, packet);
  cursor.etherType = etherType;
  cursor.offset = offset;
  cursor.end = end;
  cursor.wireEnd = wireEnd;
  return walk(view, cursor, packet);
}

/** Filled anew for each walk. */
const cursor = new Cursor();

function walk(view: DataView, at: Cursor, packet: Packet): Outcome {
  for (let layers = 0; layers <= mostLayers; layers++) {
    switch (at.etherType) {
      case ETHERTYPE_IPV4:
        return decodeIpv4(view, at.offset, at.end, at.wireEnd, packet);
      case ETHERTYPE_IPV6:
        return decodeIpv6(view, at.offset, at.end, at.wireEnd, packet);
      default: {
        const step = openLayer(view, at, packet);
        if (step !== GO_ON) return step;
      }
    }
  }
  return NESTING_TOO_DEEP;
}

/** Puts the cursor at what the layer contains that it stands at. Tags and labels are noted in `packet`. */
function openLayer(view: DataView, at: Cursor, packet: Packet): Step {
  switch (at.etherType) {
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_MULTICAST:
      return openMpls(view, at, packet);
    case ETHERTYPE_PPPOE_SESSION:
      return openPppoe(view, at);
    case ETHERTYPE_PPP:
      return openPpp(view, at);
    case ETHERTYPE_MACSEC:
      return openMacsec(view, at);
    case ETHERTYPE_NSH:
      return openNsh(view, at);
    case ETHERTYPE_LLC:
      return openLlc(view, at);
    default:
      if (at.etherType > longestLlcFrame) return openTag(view, at, packet);
      at.endAfter(at.etherType);
      return openLlc(view, at);
  }
}
