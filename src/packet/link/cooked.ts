/**
 * Linux cooked capture, as https://www.tcpdump.org/linktypes.html describes it.
 *
 *     LINUX_SLL     packet type (2), ARPHRD type (2), address length (2), address (8), protocol (2)
 *     LINUX_SLL2    protocol (2), reserved (2), interface (4), ARPHRD type (2), packet type (1), address length (1), address (8)
 *
 * The address is that of the sender, and the interface's number the one it had on the host that captured.
 */

import { MAC_ADDRESS_BYTES, macAddress } from '../mac-address.js';
import { ETHERTYPE_LLC, MOST_INTERFACE_INDEX } from '../numbers.js';
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { decodeEtherType } from './ethernet.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

const sllHeaderBytes = 16;
const sll2HeaderBytes = 20;

/** A LinkDecoder for Linux cooked capture. */
export function decodeSll(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < sllHeaderBytes) return HEADER_CUT;
  if (!hasEtherType(view.getUint16(offset + 2))) return NOT_IP;
  return decodeCooked(view.getUint16(offset + 14), view, offset + sllHeaderBytes, end, wireEnd, packet);
}

/** A LinkDecoder for Linux cooked capture, version 2. */
export function decodeSll2(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < sll2HeaderBytes) return HEADER_CUT;
  if (!hasEtherType(view.getUint16(offset + 8))) return NOT_IP;
  return decodeCooked(view.getUint16(offset), view, offset + sll2HeaderBytes, end, wireEnd, packet);
}

const leastEtherType = 0x0600;
/** Linux's ETH_P_802_2: an LLC header follows. */
const protocolLlc = 4;

/** Linux gives frames that have no EtherType small numbers of its own; of those only LLC can lead to IP. */
function decodeCooked(
  protocol: number,
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  const etherType = protocol === protocolLlc ? ETHERTYPE_LLC : protocol;
  if (etherType < leastEtherType) return NOT_IP;
  return decodeEtherType(etherType, view, offset, end, wireEnd, packet);
}

/** Whether the protocol field is an EtherType for this ARPHRD type: not for frame relay, radiotap and netlink. */
const hasEtherType = (hardwareType: number): boolean =>
  hardwareType !== 770 && hardwareType !== 803 && hardwareType !== 824;

/** Fills in what a header of LINUX_SLL that was decoded tells of the frame. */
export function readSll(view: DataView, offset: number, packet: Packet): void {
  packet.packetType = view.getUint16(offset);
  packet.sourceMac = senderOf(view.getUint16(offset + 4), view, offset + 6);
}

/** The same for LINUX_SLL2, which also names the interface. */
export function readSll2(view: DataView, offset: number, packet: Packet): void {
  packet.packetType = view.getUint8(offset + 10);
  packet.sourceMac = senderOf(view.getUint8(offset + 11), view, offset + 12);
  const index = view.getUint32(offset + 4);
  if (index > 0 && index <= MOST_INTERFACE_INDEX) packet.interface = index;
}

/** -1 for interfaces whose addresses are no MAC addresses. */
const senderOf = (addressBytes: number, view: DataView, offset: number): number =>
  addressBytes === MAC_ADDRESS_BYTES ? macAddress(view, offset) : -1;
