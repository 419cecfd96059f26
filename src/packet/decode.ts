/** Which decoder a capture's link type calls for: the way into this stage. */
import { decodeIpv4 } from './ipv4.js';
import { decodeIpv6 } from './ipv6.js';
import { decodeSll, decodeSll2 } from './link/cooked.js';
import { decodeEthernet } from './link/ethernet.js';
import { decodeLoopback, decodeRaw } from './link/loopback.js';
import { decodeCiscoHdlc, decodePpp, decodePppHdlc, decodePppoe } from './link/serial.js';
import type { LinkDecoder } from './packet.js';

interface LinkType {
  readonly name: string;
  /** Absent for the link types that are known by name only. */
  readonly decode?: LinkDecoder;
}

/**
 * LINKTYPE_ values (https://www.tcpdump.org/linktypes.html), which files state, and the DLT_ values that libpcap gives
 * for live captures where they differ. DLT_RAW is 12, on OpenBSD 14; OpenBSD's DLT_LOOP, also 12, is not told apart
 * from Linux's DLT_RAW by its number and is not supported, its LINKTYPE_LOOP files are.
 */
const linkTypes: ReadonlyMap<number, LinkType> = new Map<number, LinkType>([
  [0, { name: 'NULL', decode: decodeLoopback }],
  [1, { name: 'ETHERNET', decode: decodeEthernet }],
  [8, { name: 'SLIP' }],
  [9, { name: 'PPP', decode: decodePpp }],
  [10, { name: 'FDDI' }],
  [12, { name: 'RAW', decode: decodeRaw }],
  [14, { name: 'RAW', decode: decodeRaw }],
  [50, { name: 'PPP_HDLC', decode: decodePppHdlc }],
  [51, { name: 'PPP_ETHER', decode: decodePppoe }],
  [101, { name: 'RAW', decode: decodeRaw }],
  [104, { name: 'C_HDLC', decode: decodeCiscoHdlc }],
  [105, { name: 'IEEE802_11' }],
  [107, { name: 'FRELAY' }],
  [108, { name: 'LOOP', decode: decodeLoopback }],
  [113, { name: 'LINUX_SLL', decode: decodeSll }],
  [127, { name: 'IEEE802_11_RADIOTAP' }],
  [189, { name: 'USB_LINUX' }],
  [192, { name: 'PPI' }],
  [201, { name: 'BLUETOOTH_HCI_H4_WITH_PHDR' }],
  [220, { name: 'USB_LINUX_MMAPPED' }],
  [228, { name: 'IPV4', decode: decodeIpv4 }],
  [229, { name: 'IPV6', decode: decodeIpv6 }],
  [239, { name: 'NFLOG' }],
  [253, { name: 'NETLINK' }],
  [276, { name: 'LINUX_SLL2', decode: decodeSll2 }],
]);

/** The decoder for frames of this link type, or undefined where there is none. */
export const linkDecoder = (linkType: number): LinkDecoder | undefined => linkTypes.get(linkType)?.decode;

/** "ETHERNET" for 1: the name without its LINKTYPE_, or the number as text. */
export const linkTypeName = (linkType: number): string => linkTypes.get(linkType)?.name ?? String(linkType);
