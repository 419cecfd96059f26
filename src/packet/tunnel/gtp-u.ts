/**
 * GTP-U, 3GPP TS 29.281, behind the UDP header: what phones send, between base station and core.
 *
 *     byte 0      version (3 bits, 1), protocol type (1 bit, 1 for GTP), reserved, extension (04), sequence (02), N-PDU (01)
 *     byte 1      message type; 255 carries a packet
 *     bytes 2 3   length of what follows the first eight bytes
 *     bytes 4 7   tunnel endpoint identifier
 *     bytes 8 11  where one of the three flags is set: sequence number (2), N-PDU number (1), type of the next extension (1)
 *
 * An extension header has its length in units of four bytes first, and the type of the next one last; 0 is none.
 */
import { decodeRaw } from '../link/loopback.js';
import { TUNNEL_GTP_U } from '../numbers.js';
import { NOT_IP, type Outcome, type Packet } from '../packet.js';

const headerBytes = 8;
const optionalBytes = 4;
const versionAndType = 0x30;
const versionAndTypeMask = 0xf0;
const optionalFlags = 0x07;
const hasExtension = 0x04;
const messageWithPacket = 255;
/** The specification knows some ten, and no packet needs more than two. */
const mostExtensions = 8;

/** A LinkDecoder for what follows the UDP header. */
export function decodeGtpU(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < headerBytes) return NOT_IP;
  const flags = view.getUint8(offset);
  if ((flags & versionAndTypeMask) !== versionAndType) return NOT_IP;
  if (view.getUint8(offset + 1) !== messageWithPacket) return NOT_IP;
  const inner = flags & optionalFlags ? behindExtensions(view, offset, end, flags) : offset + headerBytes;
  if (inner < 0) return NOT_IP;
  packet.tunnel = TUNNEL_GTP_U;
  packet.tunnelId = view.getUint32(offset + 4);
  return decodeRaw(view, inner, end, wireEnd, packet);
}

/** Where the packet begins; -1 where that was not captured or cannot be. */
function behindExtensions(view: DataView, offset: number, end: number, flags: number): number {
  let at = offset + headerBytes + optionalBytes;
  if (at > end) return -1;
  let type = flags & hasExtension ? view.getUint8(at - 1) : 0;
  for (let count = 0; type !== 0; count++) {
    if (count === mostExtensions || at >= end) return -1;
    const bytes = view.getUint8(at) * 4;
    if (bytes === 0 || at + bytes > end) return -1;
    at += bytes;
    type = view.getUint8(at - 1);
  }
  return at;
}
