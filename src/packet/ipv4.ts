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
  packet.source0 = view.getInt32(offset + 12, true);
  packet.target0 = view.getInt32(offset + 16, true);
  const bytes6to9 = view.getUint32(offset + 6);
  const protocol = bytes6to9 & 0xff;
  const payloadBytes = totalBytes - headerBytes;
  const fragmentOffset = (bytes6to9 >>> 16) & 0x1fff;
  if (fragmentOffset !== 0) {
    return withoutPorts(protocol, payloadBytes, packet);
  }
  return decodeTransport(view, offset + headerBytes, end, payloadBytes, protocol, packet);
}
