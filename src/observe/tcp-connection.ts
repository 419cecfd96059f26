/** Which connection a TCP segment is of, one way, and where in its stream it stands. */
import { TCP_HEADER_BYTES } from '../packet/header-bytes.js';
import { TCP_SYN } from '../packet/numbers.js';
import type { Packet } from '../packet/packet.js';

const longestHeaderBytes = 60;

/** A number of 30 bits for addresses and ports: two connections rarely have the same. */
export function connectionHash(packet: Packet): number {
  let hash = Math.imul(packet.source0, 0x9e3779b1) ^ packet.target0;
  if (packet.family === 6) {
    hash = Math.imul(hash ^ packet.source1 ^ packet.target3, 0x85ebca6b);
    hash = Math.imul(hash ^ packet.source2 ^ packet.target2, 0xc2b2ae35);
    hash ^= packet.source3 ^ packet.target1;
  }
  hash = Math.imul(hash ^ (hash >>> 15) ^ packet.ports, 0x27d4eb2f);
  return (hash ^ (hash >>> 13)) & 0x3fff_ffff;
}

/**
 * The sequence number of a segment's first byte of payload (RFC 9293, 3.1). Where its header begins, a Packet does not say: it
 * is looked for before the payload, at the place where ports and header length are right.
 */
export function sequenceNumber(view: DataView, packet: Packet): number {
  const { payloadOffset, ports } = packet;
  let headerBytes = TCP_HEADER_BYTES;
  for (; headerBytes < longestHeaderBytes; headerBytes += 4) {
    const at = payloadOffset - headerBytes;
    if (view.getUint8(at + 12) >>> 4 === headerBytes / 4 && view.getInt32(at, true) === ports) break;
  }
  const sequence = view.getInt32(payloadOffset - headerBytes + 4);
  // RFC 7413: of data in a SYN, the SYN comes first.
  return packet.tcpFlags & TCP_SYN ? (sequence + 1) | 0 : sequence;
}
