/**
 * VXLAN, RFC 7348: an Ethernet frame behind the UDP header and these eight bytes.
 *
 *     byte 0      flags; 08 says that the identifier is valid
 *     bytes 1 3   reserved (a group policy's identifier stands in bytes 2 and 3)
 *     bytes 4 6   VXLAN network identifier
 *     byte 7      reserved
 */
import { decodeEthernet } from '../link/ethernet.js';
import { TUNNEL_VXLAN } from '../numbers.js';
import { NOT_IP, type Outcome, type Packet } from '../packet.js';

const headerBytes = 8;
const identifierIsValid = 0x08;
/** The G and A bits of group policies may be set as well (draft-smith-vxlan-group-policy); no other may. */
const knownFlags = identifierIsValid | 0x80;

/** A LinkDecoder for what follows the UDP header. */
export function decodeVxlan(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < headerBytes) return NOT_IP;
  const flags = view.getUint8(offset);
  if ((flags & identifierIsValid) === 0 || (flags & ~knownFlags) !== 0) return NOT_IP;
  packet.tunnel = TUNNEL_VXLAN;
  packet.tunnelId = view.getUint32(offset + 4) >>> 8;
  return decodeEthernet(view, offset + headerBytes, end, wireEnd, packet);
}
