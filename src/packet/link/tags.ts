/**
 * Tags and headers of one length each, at whose end stands the EtherType of what follows.
 *
 *     VLAN tag, IEEE 802.1Q                     tag (2)
 *
 * Each of them is followed by an EtherType (2), which its number of bytes counts in.
 */
import { VLAN_TAG_BYTES } from '../header-bytes.js';
import {
  ETHERTYPE_SERVICE_VLAN,
  ETHERTYPE_VLAN,
  ETHERTYPE_VLAN_9100,
  ETHERTYPE_VLAN_9200,
} from '../numbers.js';
import { NOT_IP, outcomeNumber } from '../packet.js';
import { type Cursor, GO_ON, type Step } from './cursor.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

/** 0 for an EtherType that announces no tag. */
function bytesOfTag(etherType: number): number {
  switch (etherType) {
    case ETHERTYPE_VLAN:
    case ETHERTYPE_SERVICE_VLAN:
    case ETHERTYPE_VLAN_9100:
    case ETHERTYPE_VLAN_9200:
      return VLAN_TAG_BYTES;
    default:
      return 0;
  }
}

export function openTag(view: DataView, at: Cursor): Step {
  const tagBytes = bytesOfTag(at.etherType);
  if (tagBytes === 0) return NOT_IP;
  if (!at.hasCaptured(tagBytes)) return HEADER_CUT;
  at.offset += tagBytes;
  at.etherType = view.getUint16(at.offset - 2);
  return GO_ON;
}
