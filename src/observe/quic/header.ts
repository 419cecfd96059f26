/**
 * The long header of QUIC's first packets (RFC 9000, 17.2; RFC 9369 numbers the types otherwise):
 *
 *     0     1 (form), 1 (fixed), 2 bits of type, 4 bits that are protected
 *     1     version, 4 bytes
 *     5     length of the target's connection id, 0 to 20, and the id
 *           length of the source's connection id, 0 to 20, and the id
 *           Initial only: length of the token, a varint, and the token
 *           length of all that follows, a varint
 *           packet number, 1 to 4 bytes, protected
 *           payload, protected, and 16 bytes by which it is known to be right
 *
 * Several such packets may stand in one datagram, one after the other.
 */
import { varint, varintBytes } from './varint.js';
import { type QuicVersion, quicVersion } from './versions.js';

const longestIdBytes = 20;
/** Up to the length of the first connection id. */
const fixedBytes = 6;

/** Where things are in one packet, as offsets in its view. Filled again and again. */
export class LongHeader {
  version: QuicVersion | undefined;
  type = 0;
  targetId = 0;
  targetIdBytes = 0;
  sourceId = 0;
  sourceIdBytes = 0;
  /** Where the token's length stands, or where there is none the packet's. */
  rest = 0;
  /** Where the packet number begins. */
  number = 0;
  /** Where the packet ends, and the next one begins. */
  end = 0;

  get isInitial(): boolean {
    return this.type === this.version?.initialType;
  }
}

/** The header as far as its connection ids. False where it is none of a version that is known, or does not end by `end`. */
export function readIds(view: DataView, start: number, end: number, header: LongHeader): boolean {
  if (start + fixedBytes > end) return false;
  const first = view.getUint8(start);
  if (first < 0xc0) return false;
  header.version = quicVersion(view.getUint32(start + 1));
  if (header.version === undefined) return false;
  header.type = (first >>> 4) & 3;
  header.targetIdBytes = view.getUint8(start + fixedBytes - 1);
  header.targetId = start + fixedBytes;
  const sourceLength = header.targetId + header.targetIdBytes;
  if (header.targetIdBytes > longestIdBytes || sourceLength >= end) return false;
  header.sourceIdBytes = view.getUint8(sourceLength);
  header.sourceId = sourceLength + 1;
  header.rest = header.sourceId + header.sourceIdBytes;
  return header.sourceIdBytes <= longestIdBytes && header.rest <= end;
}

/**
 * The rest of a header that `readIds` has begun: where the packet number is, and where the packet ends, which may be beyond
 * `end`. False where that is not told by `end`.
 */
export function readBounds(view: DataView, end: number, header: LongHeader): boolean {
  if (header.type === header.version?.retryType) return false;
  let at = header.rest;
  if (header.isInitial) {
    const tokenLengthBytes = varintBytes(view, at, end);
    if (tokenLengthBytes === 0) return false;
    at += tokenLengthBytes + varint(view, at, tokenLengthBytes);
  }
  const lengthBytes = varintBytes(view, at, end);
  if (lengthBytes === 0) return false;
  header.number = at + lengthBytes;
  header.end = header.number + varint(view, at, lengthBytes);
  return true;
}
