/**
 * IPv4, RFC 791.
 *
 *     byte 0      version (4 bits), header length in 32-bit words (4 bits)
 *     bytes 2 3   total length, header included
 *     bytes 6 7   flags (3 bits), fragment offset in units of eight bytes (13 bits)
 *     byte 9      protocol
 *     bytes 12    source address
 *     bytes 16    target address
 *     bytes 20    options, up to the header length
 */
import { IPV4_HEADER_BYTES } from './header-bytes.js';
import { IPV4_FRAGMENT, IPV4_MORE_FRAGMENTS } from './numbers.js';
import { type Outcome, outcomeNumber, type Packet } from './packet.js';
import { decodeTransport, withoutPorts } from './transport.js';

const HEADER_CUT = outcomeNumber('ip-header-cut');
const VERSION_WRONG = outcomeNumber('ip-version-wrong');
const HEADER_LENGTH_WRONG = outcomeNumber('ip-header-length-wrong');
const TOTAL_LENGTH_WRONG = outcomeNumber('ip-total-length-wrong');

/** A LinkDecoder for frames that are an IPv4 packet from their first byte on. */
export function decodeIpv4(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < IPV4_HEADER_BYTES) return HEADER_CUT;
  const bytes0to3 = view.getUint32(offset);
  if (bytes0to3 >>> 28 !== 4) return VERSION_WRONG;
  const headerBytes = (bytes0to3 >>> 22) & 0x3c;
  if (headerBytes < IPV4_HEADER_BYTES) return HEADER_LENGTH_WRONG;
  let totalBytes = bytes0to3 & 0xffff;
  // Segmentation offload: the packet is longer than the field can say, or its length was left to the hardware.
  if (totalBytes === 0) totalBytes = wireEnd - offset;
  if (totalBytes < headerBytes) return TOTAL_LENGTH_WRONG;

  packet.family = 4;
  packet.ipOffset = offset;
  packet.ipBytes = totalBytes;
  packet.source0 = view.getInt32(offset + 12, true);
  packet.target0 = view.getInt32(offset + 16, true);
  const bytes6to9 = view.getUint32(offset + 6);
  const protocol = bytes6to9 & 0xff;
  const payloadBytes = totalBytes - headerBytes;
  const transport = offset + headerBytes;
  const fragment = (bytes6to9 >>> 16) & IPV4_FRAGMENT;
  if (fragment !== 0) return decodeFragment(fragment, view, transport, end, payloadBytes, protocol, packet);
  return decodeTransport(view, transport, end, payloadBytes, protocol, packet);
}

/** `fragment` is the flag of more fragments and the offset: only at offset 0 there is a transport header. */
function decodeFragment(
  fragment: number,
  view: DataView,
  offset: number,
  end: number,
  ipPayloadBytes: number,
  protocol: number,
  packet: Packet,
): Outcome {
  if (fragment !== IPV4_MORE_FRAGMENTS) return withoutPorts(protocol, -1, ipPayloadBytes, packet);
  const outcome = decodeTransport(view, offset, end, ipPayloadBytes, protocol, packet);
  packet.payloadOffset = -1;
  return outcome;
}
