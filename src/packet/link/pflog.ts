/**
 * Log of OpenBSD's packet filter: a header whose length depends on the system, and an IP packet.
 *
 *     byte 0    length of the header without its padding to a multiple of four
 *     byte 1    address family, as the system numbers it
 *     bytes 2   action, reason, interface, rule, …
 */
import { type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { decodeFamily } from './loopback.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const HEADER_LENGTH_WRONG = outcomeNumber('link-header-length-wrong');

/** OpenBSD 3.4, the first with this kind of header. */
const leastHeaderBytes = 45;

/** A LinkDecoder for PFLOG. */
export function decodePflog(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < 2) return HEADER_CUT;
  const headerBytes = view.getUint8(offset);
  if (headerBytes < leastHeaderBytes) return HEADER_LENGTH_WRONG;
  const payload = offset + ((headerBytes + 3) & ~3);
  if (end < payload) return HEADER_CUT;
  return decodeFamily(view.getUint8(offset + 1), view, payload, end, wireEnd, packet);
}
