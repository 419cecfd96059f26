/**
 * MPLS label stacks, RFC 3032: four bytes a label, the bottom one marked.
 *
 *     bits 31..12   label
 *     bits 11..9    traffic class
 *     bit 8         bottom of stack
 *     bits 7..0     time to live
 */
import { decodeIpv4 } from '../ipv4.js';
import { decodeIpv6 } from '../ipv6.js';
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const NESTING_TOO_DEEP = outcomeNumber('link-nesting-too-deep');

const labelBytes = 4;
const bottomOfStack = 0x100;
/** Segment routing stacks ten or so. */
const mostLabels = 32;

/**
 * Decodes the packet under the label stack at `offset`. No field says what that packet is; routers and tcpdump go by
 * the IP version in its first four bits, and so do we (RFC 4928 keeps pseudowires from looking like IP).
 */
export function decodeMpls(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  for (let count = 0; count < mostLabels; count++) {
    const label = offset + count * labelBytes;
    // One byte more than the label: the first of what follows it.
    if (end - label <= labelBytes) return HEADER_CUT;
    if ((view.getUint32(label) & bottomOfStack) === 0) continue;
    const payload = label + labelBytes;
    switch (view.getUint8(payload) >>> 4) {
      case 4:
        return decodeIpv4(view, payload, end, wireEnd, packet);
      case 6:
        return decodeIpv6(view, payload, end, wireEnd, packet);
      default:
        return NOT_IP;
    }
  }
  return NESTING_TOO_DEEP;
}
