/**
 * Tags and headers of a fixed length, which end with the EtherType of what follows. It counts as theirs.
 *
 *     VLAN tag, IEEE 802.1Q                     tag (2), EtherType (2)
 *     VN-Tag, Cisco                             direction and virtual interfaces (4), EtherType (2)
 *     E-Tag, IEEE 802.1BR                       priority and channels (6), EtherType (2)
 *     MetaData, Cisco                           version (1), length (1), option (2), group (2), EtherType (2)
 *     backbone service tag, IEEE 802.1ah        service (4), and an Ethernet header
 *     transparent Ethernet bridging, RFC 1701   an Ethernet header
 */
import { ETHERNET_HEADER_BYTES, VLAN_TAG_BYTES } from '../header-bytes.js';
import {
  ETHERTYPE_BACKBONE_SERVICE,
  ETHERTYPE_BRIDGING,
  ETHERTYPE_CISCO_METADATA,
  ETHERTYPE_E_TAG,
  ETHERTYPE_SERVICE_VLAN,
  ETHERTYPE_VLAN,
  ETHERTYPE_VLAN_9100,
  ETHERTYPE_VLAN_9200,
  ETHERTYPE_VN_TAG,
} from '../numbers.js';
import { NOT_IP, outcomeNumber, type Packet } from '../packet.js';
import { type Cursor, GO_ON, type Step } from './cursor.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

/** Above it in a VLAN tag are the priority (3 bits) and whether the frame may be dropped (1). */
const vlanMask = 0x0fff;

/** 0 for an EtherType that announces no tag. */
function bytesOfTag(etherType: number): number {
  switch (etherType) {
    case ETHERTYPE_VLAN:
    case ETHERTYPE_SERVICE_VLAN:
    case ETHERTYPE_VLAN_9100:
    case ETHERTYPE_VLAN_9200:
      return VLAN_TAG_BYTES;
    case ETHERTYPE_VN_TAG:
      return 6;
    case ETHERTYPE_E_TAG:
    case ETHERTYPE_CISCO_METADATA:
      return 8;
    case ETHERTYPE_BACKBONE_SERVICE:
      return 4 + ETHERNET_HEADER_BYTES;
    case ETHERTYPE_BRIDGING:
      return ETHERNET_HEADER_BYTES;
    default:
      return 0;
  }
}

/** Notes the identifiers of the frame's first two VLAN tags in `packet`. */
export function openTag(view: DataView, at: Cursor, packet: Packet): Step {
  const tagBytes = bytesOfTag(at.etherType);
  if (tagBytes === 0) return NOT_IP;
  if (!at.hasCaptured(tagBytes)) return HEADER_CUT;
  if (tagBytes === VLAN_TAG_BYTES) noteVlan(view.getUint16(at.offset) & vlanMask, packet);
  at.offset += tagBytes;
  at.etherType = view.getUint16(at.offset - 2);
  return GO_ON;
}

function noteVlan(id: number, packet: Packet): void {
  if (packet.outerVlan < 0) packet.outerVlan = id;
  else if (packet.innerVlan < 0) packet.innerVlan = id;
}
