/**
 * Network service header, RFC 8300.
 *
 *     bytes 0 1    version (2 bits), OAM (1), unassigned (1), time to live (6), length of the header in 32-bit words (6)
 *     byte 2       metadata type (lower 4 bits)
 *     byte 3       next protocol
 *     bytes 4      service path (4), metadata
 */
import {
  ETHERTYPE_BRIDGING,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_NSH,
} from '../numbers.js';
import { NOT_IP, outcomeNumber } from '../packet.js';
import { type Cursor, GO_ON, type Step } from './cursor.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const HEADER_LENGTH_WRONG = outcomeNumber('link-header-length-wrong');

const baseHeaderBytes = 8;

export function openNsh(view: DataView, at: Cursor): Step {
  if (!at.hasCaptured(baseHeaderBytes)) return HEADER_CUT;
  const versionToLength = view.getUint16(at.offset);
  if (versionToLength >>> 14 !== 0) return NOT_IP;
  const headerBytes = (versionToLength & 0x3f) * 4;
  if (headerBytes < baseHeaderBytes) return HEADER_LENGTH_WRONG;
  if (!at.hasCaptured(headerBytes)) return HEADER_CUT;
  const etherType = etherTypeOfNsh(view.getUint8(at.offset + 3));
  if (etherType === 0) return NOT_IP;
  at.etherType = etherType;
  at.offset += headerBytes;
  return GO_ON;
}

/** 0 for protocols that cannot lead to IP. */
function etherTypeOfNsh(nextProtocol: number): number {
  switch (nextProtocol) {
    case 1:
      return ETHERTYPE_IPV4;
    case 2:
      return ETHERTYPE_IPV6;
    case 3:
      return ETHERTYPE_BRIDGING;
    case 4:
      return ETHERTYPE_NSH;
    case 5:
      return ETHERTYPE_MPLS;
    default:
      return 0;
  }
}
