/**
 * Ethernet, IEEE 802.3, and what EtherTypes announce, which the cooked link types have in common with it.
 *
 *     bytes 0..5     target address
 *     bytes 6..11    source address
 *     bytes 12 13    EtherType, or up to 1500 the length of an LLC frame
 *
 *     VLAN tag, IEEE 802.1Q        tag (2), EtherType of what follows (2)
 *     LLC with SNAP, RFC 1042      aa aa 03, organisation (3), EtherType of what follows (2)
 */
import { ETHERNET_HEADER_BYTES, VLAN_TAG_BYTES } from '../header-bytes.js';
import { decodeIpv4 } from '../ipv4.js';
import { decodeIpv6 } from '../ipv6.js';
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_MPLS_MULTICAST,
  ETHERTYPE_PPPOE_SESSION,
  ETHERTYPE_SERVICE_VLAN,
  ETHERTYPE_VLAN,
  ETHERTYPE_VLAN_9100,
  ETHERTYPE_VLAN_9200,
} from '../numbers.js';
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { decodeMpls } from './mpls.js';
import { decodePppoe } from './ppp.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const NESTING_TOO_DEEP = outcomeNumber('link-nesting-too-deep');

const snapHeaderBytes = 8;
const longestLlcFrame = 1500;

/** Two tags are usual, four exotic. */
const mostTags = 16;

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

/** Decodes what `outerType` announces at `start`, through any tags. */
export function decodeEtherType(
  outerType: number,
  view: DataView,
  start: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  let etherType = outerType;
  let offset = start;
  for (let tags = 0; tags <= mostTags; tags++) {
    switch (etherType) {
      case ETHERTYPE_IPV4:
        return decodeIpv4(view, offset, end, wireEnd, packet);
      case ETHERTYPE_IPV6:
        return decodeIpv6(view, offset, end, wireEnd, packet);
      case ETHERTYPE_VLAN:
      case ETHERTYPE_SERVICE_VLAN:
      case ETHERTYPE_VLAN_9100:
      case ETHERTYPE_VLAN_9200:
        if (end - offset < VLAN_TAG_BYTES) return HEADER_CUT;
        etherType = view.getUint16(offset + 2);
        offset += VLAN_TAG_BYTES;
        break;
      case ETHERTYPE_MPLS:
      case ETHERTYPE_MPLS_MULTICAST:
        return decodeMpls(view, offset, end, wireEnd, packet);
      case ETHERTYPE_PPPOE_SESSION:
        return decodePppoe(view, offset, end, wireEnd, packet);
      default:
        if (etherType > longestLlcFrame) return NOT_IP;
        if (wireEnd - offset < snapHeaderBytes) return NOT_IP;
        if (end - offset < snapHeaderBytes) return HEADER_CUT;
        if (!isSnapWithEtherType(view, offset)) return NOT_IP;
        etherType = view.getUint16(offset + 6);
        offset += snapHeaderBytes;
    }
  }
  return NESTING_TOO_DEEP;
}

/** Whether aa aa 03 and an organisation whose numbers are EtherTypes (00 00 00, or 00 00 f8 for bridges) stand here. */
function isSnapWithEtherType(view: DataView, offset: number): boolean {
  if (view.getUint32(offset) !== 0xaaaa_0300) return false;
  const organisation = view.getUint16(offset + 4);
  return organisation === 0x0000 || organisation === 0x00f8;
}
