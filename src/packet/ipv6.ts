/**
 * IPv6, RFC 8200, and the extension headers before the transport header.
 *
 *     byte 0      version (4 bits), start of the traffic class
 *     bytes 4 5   payload length, extension headers included
 *     byte 6      next header
 *     bytes 8     source address
 *     bytes 24    target address
 *
 * An extension header starts with its next header (byte 0) and its length (byte 1): in units of eight bytes beyond the
 * first eight; for AH (RFC 4302) in units of four beyond the first eight. A fragment header has eight bytes, its
 * offset in the upper 13 bits of bytes 2 and 3.
 */
import { IPV6_HEADER_BYTES } from './header-bytes.js';
import {
  PROTOCOL_AH,
  PROTOCOL_HIP,
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_IPV6_FRAGMENT,
  PROTOCOL_IPV6_NO_NEXT,
  PROTOCOL_IPV6_OPTIONS,
  PROTOCOL_IPV6_ROUTING,
  PROTOCOL_MOBILITY,
  PROTOCOL_SHIM6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from './numbers.js';
import { type Outcome, outcomeNumber, type Packet } from './packet.js';
import { decodeTransport, withoutPorts } from './transport.js';

const HEADER_CUT = outcomeNumber('ip-header-cut');
const VERSION_WRONG = outcomeNumber('ip-version-wrong');
const EXTENSION_CUT = outcomeNumber('ipv6-extension-cut');
const EXTENSION_LENGTH_WRONG = outcomeNumber('ipv6-extension-length-wrong');
const EXTENSION_TOO_MANY = outcomeNumber('ipv6-extension-too-many');

/** Of a fragment header's bytes 2 and 3. */
const fragmentOffsetMask = 0xfff8;
const moreFragments = 1;

/** RFC 8200 lets each kind stand once, destination options twice; a longer chain than this is an attack. */
const mostExtensions = 16;

const padOneOption = 0;
const jumboPayloadOption = 0xc2;
/** No link carries a packet of a gibibyte; a larger claim is a lie that would only spoil the sums. */
const mostJumboBytes = 0x3fff_ffff;

/** A LinkDecoder for frames that are an IPv6 packet from their first byte on. */
export function decodeIpv6(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < IPV6_HEADER_BYTES) return HEADER_CUT;
  if (view.getUint8(offset) >>> 4 !== 6) return VERSION_WRONG;
  packet.family = 6;
  packet.ipOffset = offset;
  packet.source0 = view.getInt32(offset + 8, true);
  packet.source1 = view.getInt32(offset + 12, true);
  packet.source2 = view.getInt32(offset + 16, true);
  packet.source3 = view.getInt32(offset + 20, true);
  packet.target0 = view.getInt32(offset + 24, true);
  packet.target1 = view.getInt32(offset + 28, true);
  packet.target2 = view.getInt32(offset + 32, true);
  packet.target3 = view.getInt32(offset + 36, true);

  const payloadBytes = view.getUint16(offset + 4);
  const nextHeader = view.getUint8(offset + 6);
  const payload = offset + IPV6_HEADER_BYTES;
  if (isExtension(nextHeader)) {
    return walkExtensions(view, payload, end, wireEnd, payloadBytes, nextHeader, packet);
  }
  const lengthUnknown = payloadBytes === 0 && isOffloaded(nextHeader);
  const heldBytes = lengthUnknown ? wireEnd - payload : payloadBytes;
  packet.ipBytes = IPV6_HEADER_BYTES + heldBytes;
  return decodeTransport(view, payload, end, heldBytes, nextHeader, packet);
}

/** The protocols whose packets segmentation offload leaves with a payload length of 0, meaning: to the end of the wire. */
const isOffloaded = (protocol: number): boolean => protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP;

/** 1 at the number of each extension header; a look-up, because a switch over them costs every IPv6 packet 4 ns. */
const extensionHeaders = new Uint8Array(256);
for (const protocol of [
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_IPV6_ROUTING,
  PROTOCOL_IPV6_FRAGMENT,
  PROTOCOL_AH,
  PROTOCOL_IPV6_OPTIONS,
  PROTOCOL_MOBILITY,
  PROTOCOL_HIP,
  PROTOCOL_SHIM6,
]) {
  extensionHeaders[protocol] = 1;
}
const isExtension = (protocol: number): boolean => extensionHeaders[protocol] === 1;

/**
 * A header of these kinds with nothing behind it is the message itself (RFC 6275, RFC 7401, RFC 5533): it names the
 * packet's type, which would be "IPv6-NoNxt" for each of them otherwise.
 */
const isMessage = (protocol: number, nextHeader: number): boolean =>
  nextHeader === PROTOCOL_IPV6_NO_NEXT &&
  (protocol === PROTOCOL_MOBILITY || protocol === PROTOCOL_HIP || protocol === PROTOCOL_SHIM6);

/**
 * Goes through the extension headers, the first of them at `start` and of kind `firstProtocol`, to the transport header.
 * `statedBytes` is what IPv6's payload length field says.
 */
function walkExtensions(
  view: DataView,
  start: number,
  end: number,
  wireEnd: number,
  statedBytes: number,
  firstProtocol: number,
  packet: Packet,
): Outcome {
  let remainingBytes = statedBytes || jumboPayloadBytes(view, start, end, firstProtocol);
  if (remainingBytes < 0) return EXTENSION_CUT;
  const lengthUnknown = remainingBytes === 0;
  if (lengthUnknown) remainingBytes = wireEnd - start;
  packet.ipBytes = IPV6_HEADER_BYTES + remainingBytes;

  let offset = start;
  let protocol = firstProtocol;
  let isFirstFragment = false;
  for (let count = 0; isExtension(protocol); count++) {
    if (count === mostExtensions) return EXTENSION_TOO_MANY;
    if (end - offset < 2) return EXTENSION_CUT;
    const nextHeader = view.getUint8(offset);
    if (isMessage(protocol, nextHeader)) break;
    const extensionBytes = bytesOfExtension(protocol, view.getUint8(offset + 1));
    if (extensionBytes > remainingBytes) return EXTENSION_LENGTH_WRONG;
    remainingBytes -= extensionBytes;
    if (protocol === PROTOCOL_IPV6_FRAGMENT) {
      if (end - offset < 4) return EXTENSION_CUT;
      const fragment = view.getUint16(offset + 2);
      if ((fragment & fragmentOffsetMask) !== 0) {
        return lengthUnknown ? EXTENSION_LENGTH_WRONG : withoutPorts(nextHeader, -1, remainingBytes, packet);
      }
      isFirstFragment ||= (fragment & moreFragments) !== 0;
    }
    offset += extensionBytes;
    protocol = nextHeader;
  }
  if (lengthUnknown && !isOffloaded(protocol)) return EXTENSION_LENGTH_WRONG;
  const outcome = decodeTransport(view, offset, end, remainingBytes, protocol, packet);
  if (isFirstFragment) packet.payloadOffset = -1;
  return outcome;
}

/** `length` is the header's own length byte, which a fragment header has not. */
function bytesOfExtension(protocol: number, length: number): number {
  if (protocol === PROTOCOL_IPV6_FRAGMENT) return 8;
  return protocol === PROTOCOL_AH ? (length + 2) * 4 : (length + 1) * 8;
}

/**
 * RFC 2675: what a jumbo payload option (type 0xc2, four bytes) in the hop-by-hop header at `offset` states, 0 where
 * there is no such header or option, -1 where that was not captured. Options are type, length and data, but for Pad1,
 * which is a single 0.
 */
function jumboPayloadBytes(view: DataView, offset: number, end: number, protocol: number): number {
  if (protocol !== PROTOCOL_HOP_BY_HOP) return 0;
  if (end - offset < 2) return -1;
  const optionsEnd = offset + bytesOfExtension(protocol, view.getUint8(offset + 1));
  let option = offset + 2;
  while (optionsEnd - option >= 6) {
    if (end - option < 6) return -1;
    const type = view.getUint8(option);
    const length = view.getUint8(option + 1);
    if (type === jumboPayloadOption && length === 4) {
      const bytes = view.getUint32(option + 2);
      return bytes <= mostJumboBytes ? bytes : 0;
    }
    option += type === padOneOption ? 1 : 2 + length;
  }
  return 0;
}
