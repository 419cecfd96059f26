/**
 * Transport headers: ports, TCP's flags, and how many bytes of payload the length fields leave.
 *
 *     bytes   TCP, RFC 9293        UDP, RFC 768    UDP-Lite, RFC 3828   SCTP, RFC 9260     DCCP, RFC 4340
 *     0 1     source port          source port     source port          source port        source port
 *     2 3     target port          target port     target port          target port        target port
 *     4 5                          length          checksum coverage                       data offset (byte 4)
 *     12      data offset (4 bits)
 *     13      flags
 *     header  data offset x 4      8               8                    12                 data offset x 4
 *
 * Every function is given the transport header's place, and in `ipPayloadBytes` how many bytes the IP packet holds from
 * there on by its own length field. Only the bytes that are read must have been captured. Nothing here reads more than
 * fourteen bytes: native/src/near-bytes.h has no more of most frames packed.
 */
import { DCCP_HEADER_BYTES, SCTP_HEADER_BYTES, TCP_HEADER_BYTES, UDP_HEADER_BYTES } from './header-bytes.js';
import { PROTOCOL_DCCP, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_UDP_LITE } from './numbers.js';
import { type Outcome, outcomeNumber, PACKET, type Packet } from './packet.js';

const HEADER_CUT = outcomeNumber('transport-header-cut');
const LENGTH_WRONG = outcomeNumber('transport-length-wrong');

/**
 * Fills in everything but the addresses, for a packet whose transport header is at `offset`. Where that is cut or its length
 * wrong, `protocol` and `transportOffset` are filled in all the same: quoted.ts goes on from there.
 */
export function decodeTransport(
  view: DataView,
  offset: number,
  end: number,
  ipPayloadBytes: number,
  protocol: number,
  packet: Packet,
): Outcome {
  packet.protocol = protocol;
  packet.transportOffset = offset;
  switch (protocol) {
    case PROTOCOL_TCP:
      return decodeTcp(view, offset, end, ipPayloadBytes, packet);
    case PROTOCOL_UDP:
      return decodeUdp(view, offset, end, ipPayloadBytes, packet);
    case PROTOCOL_SCTP:
      return decodePorts(view, offset, end, ipPayloadBytes, SCTP_HEADER_BYTES, packet);
    case PROTOCOL_UDP_LITE:
      return decodePorts(view, offset, end, ipPayloadBytes, UDP_HEADER_BYTES, packet);
    case PROTOCOL_DCCP:
      return decodeDccp(view, offset, end, ipPayloadBytes, packet);
    default:
      return withoutPorts(protocol, offset, ipPayloadBytes, packet);
  }
}

/**
 * The same for a packet that states no ports: all that the IP packet holds is payload. `payloadOffset` is -1 for a fragment
 * that is not the first.
 */
export function withoutPorts(
  protocol: number,
  payloadOffset: number,
  ipPayloadBytes: number,
  packet: Packet,
): Outcome {
  packet.protocol = protocol;
  packet.ports = 0;
  packet.hasPorts = 0;
  packet.payloadBytes = ipPayloadBytes;
  packet.payloadOffset = payloadOffset;
  packet.transportOffset = payloadOffset;
  packet.tcpFlags = 0;
  return PACKET;
}

function decodeTcp(
  view: DataView,
  offset: number,
  end: number,
  ipPayloadBytes: number,
  packet: Packet,
): Outcome {
  if (ipPayloadBytes < TCP_HEADER_BYTES) return LENGTH_WRONG;
  if (end - offset < 14) return HEADER_CUT;
  const dataOffsetAndFlags = view.getUint16(offset + 12);
  const headerBytes = (dataOffsetAndFlags >>> 12) * 4;
  if (headerBytes < TCP_HEADER_BYTES || headerBytes > ipPayloadBytes) return LENGTH_WRONG;
  packet.ports = view.getInt32(offset, true);
  packet.hasPorts = 1;
  packet.payloadBytes = ipPayloadBytes - headerBytes;
  packet.payloadOffset = offset + headerBytes;
  packet.tcpFlags = dataOffsetAndFlags & 0xff;
  return PACKET;
}

/** The payload is what both lengths allow: a first fragment holds less than UDP's says, padding behind it more. */
function decodeUdp(
  view: DataView,
  offset: number,
  end: number,
  ipPayloadBytes: number,
  packet: Packet,
): Outcome {
  if (ipPayloadBytes < UDP_HEADER_BYTES) return LENGTH_WRONG;
  if (end - offset < 6) return HEADER_CUT;
  let length = view.getUint16(offset + 4);
  // RFC 2675, section 4: a datagram too long for the field has 0 in it.
  if (length === 0 && ipPayloadBytes > 0xffff) length = ipPayloadBytes;
  if (length < UDP_HEADER_BYTES) return LENGTH_WRONG;
  packet.ports = view.getInt32(offset, true);
  packet.hasPorts = 1;
  packet.payloadBytes = Math.min(length, ipPayloadBytes) - UDP_HEADER_BYTES;
  packet.payloadOffset = offset + UDP_HEADER_BYTES;
  packet.tcpFlags = 0;
  return PACKET;
}

function decodeDccp(
  view: DataView,
  offset: number,
  end: number,
  ipPayloadBytes: number,
  packet: Packet,
): Outcome {
  if (ipPayloadBytes < DCCP_HEADER_BYTES) return LENGTH_WRONG;
  if (end - offset < 5) return HEADER_CUT;
  const headerBytes = view.getUint8(offset + 4) * 4;
  if (headerBytes < DCCP_HEADER_BYTES) return LENGTH_WRONG;
  return decodePorts(view, offset, end, ipPayloadBytes, headerBytes, packet);
}

/** A protocol whose header is known to have `headerBytes` and starts with the ports. */
function decodePorts(
  view: DataView,
  offset: number,
  end: number,
  ipPayloadBytes: number,
  headerBytes: number,
  packet: Packet,
): Outcome {
  if (ipPayloadBytes < headerBytes) return LENGTH_WRONG;
  if (end - offset < 4) return HEADER_CUT;
  packet.ports = view.getInt32(offset, true);
  packet.hasPorts = 1;
  packet.payloadBytes = ipPayloadBytes - headerBytes;
  packet.payloadOffset = offset + headerBytes;
  packet.tcpFlags = 0;
  return PACKET;
}
