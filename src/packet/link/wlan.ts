/**
 * Wireless LAN, IEEE 802.11: the data frames.
 *
 *     byte 0        version (2 bits), type (2), subtype (4)
 *     byte 1        to the distribution system (1 bit), from it (1), more fragments, retry, power, more data, protected (1), order (1)
 *     bytes 2       duration (2), three addresses (18), fragment number (4 bits) and sequence number (2)
 *     bytes 24      a fourth address (6), of frames to and from the distribution system
 *                   QoS control (2), of QoS frames; HT control (4), of QoS frames with the order bit
 *                   LLC; or subframes of target (6), source (6), length (2), LLC
 *
 * The first two addresses are those of the stations that the frame goes to and comes from over the air. Where one of them
 * is an access point on the frame's way, the true target is the third address, the true source the third or the fourth.
 */

import { MAC_ADDRESS_BYTES, macAddress } from '../mac-address.js';
import { ETHERTYPE_LLC } from '../numbers.js';
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { decodeEtherType } from './ethernet.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

const versionAndType = 0x0f;
const dataType = 0x08;
const noDataBit = 0x40;
const qosBit = 0x80;
const toDistribution = 0x01;
const fromDistribution = 0x02;
const bothDirections = toDistribution | fromDistribution;
const protectedBit = 0x40;
const orderBit = 0x80;
const fragmentNumber = 0x0f;
/** In the QoS control field: the frame consists of subframes. */
const subframesBit = 0x80;

const firstAddress = 4;
const secondAddress = 10;
const thirdAddress = 16;
const leastHeaderBytes = 24;
const qosBytes = 2;
const htControlBytes = 4;
const subframeHeaderBytes = 14;

/** A LinkDecoder for IEEE802_11. */
export function decodeWlan(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  return decodeWlanFrame(view, offset, end, wireEnd, packet, 1);
}

/**
 * The same where the header is padded to a multiple of `alignment` bytes. Frames without data, encrypted ones and
 * fragments that are not the first are not IP.
 */
export function decodeWlanFrame(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
  alignment: 1 | 4,
): Outcome {
  if (end - offset < 2) return HEADER_CUT;
  const kind = view.getUint8(offset);
  const flags = view.getUint8(offset + 1);
  if ((kind & versionAndType) !== dataType || (kind & noDataBit) !== 0) return NOT_IP;
  if ((flags & protectedBit) !== 0) return NOT_IP;

  const hasQos = (kind & qosBit) !== 0;
  const qos = leastHeaderBytes + ((flags & bothDirections) === bothDirections ? MAC_ADDRESS_BYTES : 0);
  const headerBytes = hasQos ? qos + qosBytes + ((flags & orderBit) !== 0 ? htControlBytes : 0) : qos;
  const payload = offset + ((headerBytes + alignment - 1) & -alignment);
  if (end < payload) return HEADER_CUT;
  if ((view.getUint8(offset + leastHeaderBytes - 2) & fragmentNumber) !== 0) return NOT_IP;
  const hasSubframes = hasQos && (view.getUint8(offset + qos) & subframesBit) !== 0;
  return hasSubframes
    ? decodeSubframe(view, payload, end, wireEnd, packet)
    : decodeEtherType(ETHERTYPE_LLC, view, payload, end, wireEnd, packet);
}

/** A frame counts as one packet: the first subframe's. */
function decodeSubframe(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < subframeHeaderBytes) return HEADER_CUT;
  const llc = offset + subframeHeaderBytes;
  const llcEnd = Math.min(wireEnd, llc + view.getUint16(llc - 2));
  return decodeEtherType(ETHERTYPE_LLC, view, llc, Math.min(end, llcEnd), llcEnd, packet);
}

/** Fills in the addresses of the frame at `offset`, which was decoded; not those of subframes, which have their own. */
export function readWlanAddresses(view: DataView, offset: number, packet: Packet): void {
  const way = view.getUint8(offset + 1) & bothDirections;
  const fourthBytes = way === bothDirections ? MAC_ADDRESS_BYTES : 0;
  const hasQos = (view.getUint8(offset) & qosBit) !== 0;
  if (hasQos && (view.getUint8(offset + leastHeaderBytes + fourthBytes) & subframesBit) !== 0) return;
  packet.targetMac = macAddress(view, offset + (way & toDistribution ? thirdAddress : firstAddress));
  packet.sourceMac = macAddress(view, offset + sourceAddress[way]!);
}

/** Where the source's address stands, by the bits of `bothDirections`. */
const sourceAddress = [secondAddress, secondAddress, thirdAddress, leastHeaderBytes] as const;
