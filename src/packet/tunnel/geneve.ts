/**
 * Geneve, RFC 8926, behind the UDP header.
 *
 *     byte 0      version (2 bits), length of the options in units of four bytes (6 bits)
 *     byte 1      flags
 *     bytes 2 3   EtherType of what follows the options; 6558 for an Ethernet frame
 *     bytes 4 6   virtual network identifier
 *     bytes 8     options
 */

import { TUNNEL_GENEVE } from '../numbers.js';
import { NOT_IP, type Outcome, type Packet } from '../packet.js';
import { decodeBridged } from './bridged.js';

const headerBytes = 8;

/** A LinkDecoder for what follows the UDP header. */
export function decodeGeneve(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < headerBytes) return NOT_IP;
  const versionAndLength = view.getUint8(offset);
  if (versionAndLength >>> 6 !== 0) return NOT_IP;
  packet.tunnel = TUNNEL_GENEVE;
  packet.tunnelId = view.getUint32(offset + 4) >>> 8;
  const inner = offset + headerBytes + (versionAndLength & 0x3f) * 4;
  return decodeBridged(view.getUint16(offset + 2), view, inner, end, wireEnd, packet);
}
