/**
 * LLC, IEEE 802.2, in front of IP.
 *
 *     SNAP, RFC 1042    aa aa 03, organisation (3), EtherType of what follows (2)
 *     IP, RFC 948       06 06 03, then IPv4
 */
import { ETHERTYPE_IPV4 } from '../numbers.js';
import { NOT_IP, outcomeNumber } from '../packet.js';
import { type Cursor, GO_ON, type Step } from './cursor.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

const llcHeaderBytes = 3;
const snapHeaderBytes = 8;
const leastEtherType = 0x0600;

export function openLlc(view: DataView, at: Cursor): Step {
  if (at.wireEnd - at.offset < llcHeaderBytes) return NOT_IP;
  if (!at.hasCaptured(llcHeaderBytes)) return HEADER_CUT;
  if (view.getUint8(at.offset + 2) !== 0x03) return NOT_IP;
  // The source's last bit tells a response from a command.
  switch (view.getUint16(at.offset) & 0xfffe) {
    case 0x0606:
      at.etherType = ETHERTYPE_IPV4;
      at.offset += llcHeaderBytes;
      return GO_ON;
    case 0xaaaa:
      return openSnap(view, at);
    default:
      return NOT_IP;
  }
}

function openSnap(view: DataView, at: Cursor): Step {
  if (at.wireEnd - at.offset < snapHeaderBytes) return NOT_IP;
  if (!at.hasCaptured(snapHeaderBytes)) return HEADER_CUT;
  const etherType = view.getUint16(at.offset + 6);
  if (!hasEtherTypes(view, at.offset + llcHeaderBytes) || etherType < leastEtherType) return NOT_IP;
  at.etherType = etherType;
  at.offset += snapHeaderBytes;
  return GO_ON;
}

/** Whether this organisation's numbers are EtherTypes: 00 00 00, or 00 00 f8 for bridges. */
function hasEtherTypes(view: DataView, organisation: number): boolean {
  if (view.getUint16(organisation) !== 0) return false;
  const lastByte = view.getUint8(organisation + 2);
  return lastByte === 0x00 || lastByte === 0xf8;
}
