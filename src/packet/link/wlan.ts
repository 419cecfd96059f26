/**
 * Wireless LAN, IEEE 802.11: the data frames.
 *
 *     byte 0        version (2 bits), type (2), subtype (4)
 *     byte 1        to the distribution system (1 bit), from it (1), more fragments, retry, power, more data, protected (1), order (1)
 *     bytes 2       duration (2), three addresses (18), fragment number (4 bits) and sequence number (2)
 *     bytes 24      a fourth address (6), of frames to and from the distribution system
 *                   QoS control (2), of QoS frames; HT control (4), of QoS frames with the order bit
 *                   LLC; or subframes of target (6), source (6), length (2), LLC
 */
import { ETHERTYPE_LLC } from '../numbers.js';
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { decodeEtherType } from './ethernet.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

const versionAndType = 0x0f;
const dataType = 0x08;
const noDataBit = 0x40;
const qosBit = 0x80;
const bothDirections = 0x03;
const protectedBit = 0x40;
const orderBit = 0x80;
const fragmentNumber = 0x0f;
/** In the QoS control field: the frame consists of subframes. */
const subframesBit = 0x80;

const leastHeaderBytes = 24;
const addressBytes = 6;
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
  const qos = leastHeaderBytes + ((flags & bothDirections) === bothDirections ? addressBytes : 0);
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
