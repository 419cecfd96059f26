/**
 * Ethernet between a host and the switch chip in it: the chip's tag stands between the addresses and the EtherType, or
 * before the frame. https://www.tcpdump.org/linktypes.html
 *
 *     DSA_TAG_BRCM            addresses (12), tag (4), EtherType (2)     Broadcom
 *     DSA_TAG_BRCM_PREPEND    tag (4), Ethernet
 *     DSA_TAG_DSA             addresses (12), tag (4), EtherType (2)     Marvell
 *     DSA_TAG_EDSA            addresses (12), EtherType of the tag (2), 0 (2), tag (4), EtherType (2)
 */
import { ETHERNET_HEADER_BYTES } from '../header-bytes.js';
import { type LinkDecoder, outcomeNumber } from '../packet.js';
import { decodeEthernet, decodeEtherType } from './ethernet.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

const shortTagBytes = 4;
const longTagBytes = 8;

/** A LinkDecoder for a tag of `tagBytes` behind the addresses. */
const behindAddresses =
  (tagBytes: number): LinkDecoder =>
  (view, offset, end, wireEnd, packet) => {
    const payload = offset + ETHERNET_HEADER_BYTES + tagBytes;
    if (end < payload) return HEADER_CUT;
    return decodeEtherType(view.getUint16(payload - 2), view, payload, end, wireEnd, packet);
  };

export const decodeShortSwitchTag: LinkDecoder = behindAddresses(shortTagBytes);
export const decodeLongSwitchTag: LinkDecoder = behindAddresses(longTagBytes);

/** What of a prepended tag stands before the Ethernet header. */
export const prependedTagBytes = shortTagBytes;

export const decodePrependedSwitchTag: LinkDecoder = (view, offset, end, wireEnd, packet) =>
  decodeEthernet(view, offset + prependedTagBytes, end, wireEnd, packet);
