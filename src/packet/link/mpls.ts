/**
 * MPLS label stacks, RFC 3032: four bytes a label, the bottom one marked.
 *
 *     bits 31..12   label
 *     bits 11..9    traffic class
 *     bit 8         bottom of stack
 *     bits 7..0     time to live
 */
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../numbers.js';
import { NOT_IP, outcomeNumber } from '../packet.js';
import { type Cursor, GO_ON, type Step } from './cursor.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const NESTING_TOO_DEEP = outcomeNumber('link-nesting-too-deep');

const labelBytes = 4;
const bottomOfStack = 0x100;
/** Segment routing stacks ten or so. */
const mostLabels = 32;

/**
 * No field says what lies under the label stack; routers and tcpdump go by the IP version in its first four bits, and so
 * do we (RFC 4928 keeps pseudowires from looking like IP).
 */
export function openMpls(view: DataView, at: Cursor): Step {
  for (let count = 0; count < mostLabels; count++) {
    // One byte more than the label: the first of what follows it.
    if (!at.hasCaptured(labelBytes + 1)) return HEADER_CUT;
    const label = view.getUint32(at.offset);
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
        return NOT_IP;
    }
  }
  return NESTING_TOO_DEEP;
}
