/**
 * Teredo, RFC 4380, behind the UDP header: an IPv6 packet, and before it perhaps one of each of these.
 *
 *     authentication   0001, length of the client's identifier (1), length of the authentication (1), both, a nonce (8), a byte
 *     origin           0000, port (2), IPv4 address (4)
 */

import { IPV6_HEADER_BYTES } from '../header-bytes.js';
import { decodeIpv6 } from '../ipv6.js';
import { TUNNEL_TEREDO } from '../numbers.js';
import { NOT_IP, type Outcome, type Packet } from '../packet.js';

const authentication = 0x0001;
const authenticationBytes = 13;
const origin = 0x0000;
const originBytes = 8;

/** A LinkDecoder for what follows the UDP header: no other protocol of that port is IPv6 to the last byte. */
export function decodeTeredo(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  let inner = offset;
  if (end - inner < authenticationBytes) return NOT_IP;
  if (view.getUint16(inner) === authentication)
    inner += authenticationBytes + view.getUint8(inner + 2) + view.getUint8(inner + 3);
  if (end - inner >= originBytes && view.getUint16(inner) === origin) inner += originBytes;
  if (end - inner < IPV6_HEADER_BYTES) return NOT_IP;
  // RFC 4380, 5.2.3: datagrams of other lengths are no Teredo.
  if (wireEnd - inner !== IPV6_HEADER_BYTES + view.getUint16(inner + 4)) return NOT_IP;
  packet.tunnel = TUNNEL_TEREDO;
  return decodeIpv6(view, inner, end, wireEnd, packet);
}
