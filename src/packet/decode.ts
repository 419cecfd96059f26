/** Which decoder a capture's link type calls for: the way into this stage. */
import { decodeSll, decodeSll2 } from './link/cooked.js';
import { decodeEthernet } from './link/ethernet.js';
import { decodeLoopback, decodeRaw } from './link/loopback.js';
import { decodeNetlink, decodeNflog } from './link/netfilter.js';
import { decodePflog } from './link/pflog.js';
import { decodeRadiotap } from './link/radiotap.js';
import { decodeCiscoHdlc, decodePpp, decodePppd, decodePppHdlc, decodePppoe } from './link/serial.js';
import { decodeLongSwitchTag, decodePrependedSwitchTag, decodeShortSwitchTag } from './link/switch-tags.js';
import { decodeWlan } from './link/wlan.js';
import type { LinkDecoder } from './packet.js';

/**
 * By LINKTYPE_ values (https://www.tcpdump.org/linktypes.html), which files state, and the DLT_ values that libpcap gives
 * for live captures where they differ. DLT_RAW is 12, on OpenBSD 14; OpenBSD's DLT_LOOP, also 12, is not told apart
 * from Linux's DLT_RAW by its number and is not supported, its LINKTYPE_LOOP files are. libpcap calls the packets of
 * netfilter's queues IPV4, whatever their version, so that type and IPV6 are decoded as RAW is.
 */
const linkDecoders: ReadonlyMap<number, LinkDecoder> = new Map([
  [0, decodeLoopback], // NULL
  [1, decodeEthernet],
  [9, decodePpp],
  [12, decodeRaw],
  [14, decodeRaw],
  [50, decodePppHdlc],
  [51, decodePppoe], // PPP_ETHER
  [101, decodeRaw],
  [104, decodeCiscoHdlc], // C_HDLC
  [105, decodeWlan], // IEEE802_11
  [108, decodeLoopback], // LOOP
  [113, decodeSll], // LINUX_SLL
  [117, decodePflog],
  [127, decodeRadiotap], // IEEE802_11_RADIOTAP
  [166, decodePppd], // PPP_PPPD
  [228, decodeRaw], // IPV4
  [229, decodeRaw], // IPV6
  [239, decodeNflog],
  [253, decodeNetlink],
  [276, decodeSll2], // LINUX_SLL2
  [281, decodeShortSwitchTag], // DSA_TAG_BRCM
  [282, decodePrependedSwitchTag], // DSA_TAG_BRCM_PREPEND
  [284, decodeShortSwitchTag], // DSA_TAG_DSA
  [285, decodeLongSwitchTag], // DSA_TAG_EDSA
]);

/** The decoder for frames of this link type, or undefined where there is none. */
export const linkDecoder = (linkType: number): LinkDecoder | undefined => linkDecoders.get(linkType);
