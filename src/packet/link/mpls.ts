/**
 * MPLS label stacks, RFC 3032: four bytes a label, the bottom one marked.
 *
 *     bits 31..12   label
 *     bits 11..9    traffic class
 *     bit 8         bottom of stack
 *     bits 7..0     time to live
 *
 * Under them IP, or of a pseudowire (RFC 4448) an Ethernet frame, which a control word may precede: 0 (2), sequence number (2).
 */
import { ETHERNET_HEADER_BYTES } from '../header-bytes.js';
import {
  ETHERTYPE_BRIDGING,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_SERVICE_VLAN,
  ETHERTYPE_VLAN,
} from '../numbers.js';
import { NOT_IP, outcomeNumber, type Packet } from '../packet.js';
import { type Cursor, GO_ON, type Step } from './cursor.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const NESTING_TOO_DEEP = outcomeNumber('link-nesting-too-deep');

const labelBytes = 4;
const labelShift = 12;
const bottomOfStack = 0x100;
/** Segment routing stacks ten or so. */
const mostLabels = 32;

const controlWordBytes = 4;

/**
 * No field says what lies under the label stack; routers and tcpdump go by the IP version in its first four bits, and so
 * do we (RFC 4928 keeps pseudowires from looking like IP). Notes the frame's first label in `packet`.
 */
export function openMpls(view: DataView, at: Cursor, packet: Packet): Step {
  for (let count = 0; count < mostLabels; count++) {
    // One byte more than the label: the first of what follows it.
    if (!at.hasCaptured(labelBytes + 1)) return HEADER_CUT;
    const label = view.getUint32(at.offset);
    if (packet.mplsLabel < 0) packet.mplsLabel = label >>> labelShift;
    at.offset += labelBytes;
    if ((label & bottomOfStack) === 0) continue;
    switch (view.getUint8(at.offset) >>> 4) {
      case 4:
        at.etherType = ETHERTYPE_IPV4;
        return GO_ON;
      case 6:
        at.etherType = ETHERTYPE_IPV6;
        return GO_ON;
      default:
        return openPseudowire(view, at);
    }
  }
  return NESTING_TOO_DEEP;
}

/**
 * Whether there is a control word was agreed on by the pseudowire's ends, and whether it carries Ethernet at all. So it is
 * opened only where exactly one of both ways to read it leads to IP.
 */
function openPseudowire(view: DataView, at: Cursor): Step {
  // Up to the IP version in the longer way to read it.
  const neededBytes = controlWordBytes + ETHERNET_HEADER_BYTES + 1;
  if (at.wireEnd - at.offset < neededBytes) return NOT_IP;
  if (!at.hasCaptured(neededBytes)) return HEADER_CUT;
  const controlled = view.getUint16(at.offset) === 0 && isEthernetWithIp(view, at.offset + controlWordBytes);
  if (controlled === isEthernetWithIp(view, at.offset)) return NOT_IP;
  at.etherType = ETHERTYPE_BRIDGING;
  if (controlled) at.offset += controlWordBytes;
  return GO_ON;
}

/** Whether an Ethernet header stands here whose EtherType is IP's, and a header of that version behind it; or one with a VLAN tag. */
function isEthernetWithIp(view: DataView, offset: number): boolean {
  const firstByte = view.getUint8(offset + ETHERNET_HEADER_BYTES);
  switch (view.getUint16(offset + 12)) {
    case ETHERTYPE_IPV4:
      return firstByte >= 0x45 && firstByte <= 0x4f;
    case ETHERTYPE_IPV6:
      return firstByte >>> 4 === 6;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_SERVICE_VLAN:
      return true;
    default:
      return false;
  }
}
