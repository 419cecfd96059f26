/**
 * GRE, RFC 2784 and 2890, and what it carries: NVGRE (RFC 7637), ERSPAN (draft-foschiano-erspan), PPTP (RFC 2637).
 *
 *     bytes 0 1   flags: checksum 8000, routing 4000, key 2000, sequence number 1000, PPTP's acknowledgement 0080; version 0007
 *     bytes 2 3   EtherType
 *     then, four bytes each where its flag is set: checksum, key, sequence number, acknowledgement
 *
 *     ERSPAN type I    Ethernet at once: GRE without a sequence number
 *     ERSPAN type II   version, VLAN (2), session in the last 10 bits (2), index (4)
 *     ERSPAN type III  version, VLAN (2), session in the last 10 bits (2), timestamp (4), group (2), frame type in bits 10 to 14 of
 *                      the last two, whose last bit says that eight bytes more follow
 */
import { decodeEthernet } from '../link/ethernet.js';
import { decodeRaw } from '../link/loopback.js';
import { decodePpp } from '../link/serial.js';
import {
  ETHERTYPE_BRIDGING,
  ETHERTYPE_ERSPAN,
  ETHERTYPE_ERSPAN_III,
  ETHERTYPE_PPP,
  TUNNEL_ERSPAN,
  TUNNEL_GRE,
  TUNNEL_NVGRE,
} from '../numbers.js';
import { NOT_IP, type Outcome, type Packet } from '../packet.js';
import { decodeBridged } from './bridged.js';

const headerBytes = 4;
const fieldBytes = 4;
const hasChecksum = 0x8000;
const hasRouting = 0x4000;
const hasKey = 0x2000;
const hasSequence = 0x1000;
const hasAcknowledgement = 0x0080;
const versionMask = 0x0007;
const pptpVersion = 1;

/** A LinkDecoder for what follows the IP header. */
export function decodeGre(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < headerBytes) return NOT_IP;
  const flags = view.getUint16(offset);
  const version = flags & versionMask;
  // RFC 2784 dropped source routing: nothing says where it ends.
  if (version > pptpVersion || (flags & hasRouting) !== 0) return NOT_IP;
  const etherType = view.getUint16(offset + 2);
  const key = offset + headerBytes + (flags & hasChecksum ? fieldBytes : 0);
  const inner =
    key +
    (flags & hasKey ? fieldBytes : 0) +
    (flags & hasSequence ? fieldBytes : 0) +
    (version === pptpVersion && flags & hasAcknowledgement ? fieldBytes : 0);
  if (inner > end) return NOT_IP;
  packet.tunnel = TUNNEL_GRE;
  packet.tunnelId = flags & hasKey ? view.getUint32(key) : 0;
  if (version === pptpVersion) {
    // The key's other half is a length.
    packet.tunnelId &= 0xffff;
    return etherType === ETHERTYPE_PPP ? decodePpp(view, inner, end, wireEnd, packet) : NOT_IP;
  }
  switch (etherType) {
    case ETHERTYPE_ERSPAN:
      return flags & hasSequence
        ? decodeErspan(8, view, inner, end, wireEnd, packet)
        : decodeErspanWithoutHeader(view, inner, end, wireEnd, packet);
    case ETHERTYPE_ERSPAN_III:
      return decodeErspan(12, view, inner, end, wireEnd, packet);
    case ETHERTYPE_BRIDGING:
      if (flags & hasKey) nameNvgre(packet);
      break;
  }
  return decodeBridged(etherType, view, inner, end, wireEnd, packet);
}

/** Its key is a virtual subnet's identifier and eight bits of a flow's. */
function nameNvgre(packet: Packet): void {
  packet.tunnel = TUNNEL_NVGRE;
  packet.tunnelId >>>= 8;
}

function decodeErspanWithoutHeader(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  packet.tunnel = TUNNEL_ERSPAN;
  return decodeEthernet(view, offset, end, wireEnd, packet);
}

const sessionMask = 0x3ff;
/** Of a type III header's last two bytes. */
const hasSubheader = 0x0001;
const subheaderBytes = 8;
const frameTypeIp = 2;

/** Types II and III, which have headers of 8 and of 12 bytes. */
function decodeErspan(
  erspanBytes: 8 | 12,
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < erspanBytes) return NOT_IP;
  packet.tunnel = TUNNEL_ERSPAN;
  packet.tunnelId = view.getUint16(offset + 2) & sessionMask;
  const inner = offset + erspanBytes;
  if (erspanBytes === 8) return decodeEthernet(view, inner, end, wireEnd, packet);
  const bits = view.getUint16(offset + 10);
  const frame = inner + (bits & hasSubheader ? subheaderBytes : 0);
  return ((bits >>> 10) & 0x1f) === frameTypeIp
    ? decodeRaw(view, frame, end, wireEnd, packet)
    : decodeEthernet(view, frame, end, wireEnd, packet);
}
