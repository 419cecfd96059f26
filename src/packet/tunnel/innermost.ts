/**
 * Tunnels: the innermost IP packet in place of the outermost.
 *
 * A fragment stays what it is, for its tunnel's header is in another one or its inner packet is cut. So does a packet whose
 * tunnel carries no IP, or an inner packet that cannot be decoded: the outer one is counted, which is true.
 */
import { decodeIpv4 } from '../ipv4.js';
import { decodeIpv6 } from '../ipv6.js';
import {
  PORT_GENEVE,
  PORT_GTP_U,
  PORT_TEREDO,
  PORT_VXLAN,
  PORT_VXLAN_LINUX,
  PROTOCOL_GRE,
  PROTOCOL_IPV4,
  PROTOCOL_IPV6,
  PROTOCOL_UDP,
  TUNNEL_IP_IN_IP,
} from '../numbers.js';
import { type LinkDecoder, NOT_IP, type Outcome, PACKET, Packet } from '../packet.js';
import { decodeGeneve } from './geneve.js';
import { decodeGre } from './gre.js';
import { decodeGtpU } from './gtp-u.js';
import { decodeTeredo } from './teredo.js';
import { decodeVxlan } from './vxlan.js';

/** Overlays over overlays have three or four; what lies deeper stays unopened. */
const mostTunnels = 8;

/**
 * A LinkDecoder that finds what `decode` finds, and then the IP packet inside its tunnels. `packet.tunnel` and
 * `packet.tunnelId` say what carried it.
 */
export function innermost(decode: LinkDecoder): LinkDecoder {
  const inner = new Packet();
  return (view, offset, end, wireEnd, packet) => {
    const outcome = decode(view, offset, end, wireEnd, packet);
    if (outcome !== PACKET) return outcome;
    packet.tunnel = 0;
    packet.tunnelId = 0;
    for (let depth = 0; depth < mostTunnels; depth++) {
      if (decodeInside(packet, view, end, wireEnd, inner) !== PACKET) break;
      packet.become(inner);
    }
    return PACKET;
  };
}

/** Decodes the packet that `packet` carries into `inner`; NOT_IP where it carries none. */
function decodeInside(packet: Packet, view: DataView, end: number, wireEnd: number, inner: Packet): Outcome {
  const { payloadOffset } = packet;
  if (payloadOffset < 0 || payloadOffset >= end) return NOT_IP;
  const decode = tunnelDecoder(packet);
  if (decode === undefined) return NOT_IP;
  inner.tunnel = TUNNEL_IP_IN_IP;
  inner.tunnelId = 0;
  const payloadEnd = payloadOffset + packet.payloadBytes;
  return decode(view, payloadOffset, Math.min(end, payloadEnd), Math.min(wireEnd, payloadEnd), inner);
}

function tunnelDecoder({ protocol, ports }: Packet): LinkDecoder | undefined {
  switch (protocol) {
    case PROTOCOL_IPV4:
      return decodeIpv4;
    case PROTOCOL_IPV6:
      return decodeIpv6;
    case PROTOCOL_GRE:
      return decodeGre;
    case PROTOCOL_UDP:
      return udpTunnelDecoder(bigEndian(ports >>> 16)) ?? udpTunnelDecoder(bigEndian(ports & 0xffff));
    default:
      return undefined;
  }
}

function udpTunnelDecoder(port: number): LinkDecoder | undefined {
  switch (port) {
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX:
      return decodeVxlan;
    case PORT_GENEVE:
      return decodeGeneve;
    case PORT_GTP_U:
      return decodeGtpU;
    case PORT_TEREDO:
      return decodeTeredo;
    default:
      return undefined;
  }
}

/** A port's two bytes as they lie in `Packet.ports`, put in order. */
const bigEndian = (port: number): number => (port >>> 8) | ((port & 0xff) << 8);
