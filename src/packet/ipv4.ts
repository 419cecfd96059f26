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
import { type Outcome, outcomeNumber, type Packet } from './packet.js';
import { decodeTransport, withoutPorts } from './transport.js';

const HEADER_CUT = outcomeNumber('ip-header-cut');
const VERSION_WRONG = outcomeNumber('ip-version-wrong');
const HEADER_LENGTH_WRONG = outcomeNumber('ip-header-length-wrong');
const TOTAL_LENGTH_WRONG = outcomeNumber('ip-total-length-wrong');

const leastHeaderBytes = 20;
const fragmentOffsetMask = 0x1fff;

/** A LinkDecoder for frames that are an IPv4 packet from their first byte on. */
export function decodeIpv4(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < leastHeaderBytes) return HEADER_CUT;
  const versionAndLength = view.getUint8(offset);
  if (versionAndLength >>> 4 !== 4) return VERSION_WRONG;
  const headerBytes = (versionAndLength & 0xf) * 4;
  if (headerBytes < leastHeaderBytes) return HEADER_LENGTH_WRONG;
  let totalBytes = view.getUint16(offset + 2);
  // Segmentation offload: the packet is longer than the field can say, or its length was left to the hardware.
  if (totalBytes === 0) totalBytes = wireEnd - offset;
  if (totalBytes < headerBytes) return TOTAL_LENGTH_WRONG;

  packet.family = 4;
  packet.source0 = view.getInt32(offset + 12, true);
  packet.target0 = view.getInt32(offset + 16, true);
  const protocol = view.getUint8(offset + 9);
  const payloadBytes = totalBytes - headerBytes;
  if ((view.getUint16(offset + 6) & fragmentOffsetMask) !== 0) {
    return withoutPorts(protocol, payloadBytes, packet);
  }
  return decodeTransport(view, offset + headerBytes, end, payloadBytes, protocol, packet);
}
