/**
 * Radiotap, https://www.radiotap.org: what a receiver knows of an IEEE 802.11 frame, which follows.
 *
 *     byte 0        version, 0
 *     bytes 2 3     length of the whole header; all numbers are little-endian
 *     bytes 4..7    which fields follow, a bit each; with bit 31 there are four more bytes of this kind
 *     fields        in the order of their bits, aligned to their size: bit 0 time (8), bit 1 flags (1), …
 */
import { NOT_IP, type Outcome, outcomeNumber, type Packet } from '../packet.js';
import { decodeWlanFrame, readWlanAddresses } from './wlan.js';

const HEADER_CUT = outcomeNumber('link-header-cut');
const HEADER_LENGTH_WRONG = outcomeNumber('link-header-length-wrong');
const CHECKSUM_WRONG = outcomeNumber('link-checksum-wrong');

const leastHeaderBytes = 8;
/** A dozen are in use; each antenna has one. */
const mostFieldWords = 64;
const timeBit = 0x1;
const flagsBit = 0x2;
const timeBytes = 8;

const endsWithChecksum = 0x10;
const isPadded = 0x20;
const hasBadChecksum = 0x40;
const checksumBytes = 4;

/** A LinkDecoder for IEEE802_11_RADIOTAP. */
export function decodeRadiotap(
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (end - offset < leastHeaderBytes) return HEADER_CUT;
  if (view.getUint8(offset) !== 0) return NOT_IP;
  const headerBytes = view.getUint16(offset + 2, true);
  if (headerBytes < leastHeaderBytes) return HEADER_LENGTH_WRONG;
  const frame = offset + headerBytes;
  if (end < frame) return HEADER_CUT;
  const flags = flagsOf(view, offset, frame);
  if (flags < 0) return HEADER_LENGTH_WRONG;
  if ((flags & hasBadChecksum) !== 0) return CHECKSUM_WRONG;
  const wireFrameEnd = (flags & endsWithChecksum) !== 0 ? wireEnd - checksumBytes : wireEnd;
  const frameEnd = Math.min(end, wireFrameEnd);
  const alignment = (flags & isPadded) !== 0 ? 4 : 1;
  return decodeWlanFrame(view, frame, frameEnd, wireFrameEnd, packet, alignment);
}

/** The byte of flags in the header from `start` to `end`, 0 where it has none, -1 where it does not fit. */
function flagsOf(view: DataView, start: number, end: number): number {
  const present = view.getUint32(start + 4, true);
  let field = start + 4;
  for (let words = 0; ; words++) {
    if (words === mostFieldWords || end - field < 4) return -1;
    const hasMore = view.getInt32(field, true) < 0;
    field += 4;
    if (!hasMore) break;
  }
  if ((present & flagsBit) === 0) return 0;
  if ((present & timeBit) !== 0) field = start + ((field - start + 7) & -8) + timeBytes;
  return field < end ? view.getUint8(field) : -1;
}

/** Fills in the addresses of the frame behind a header that was decoded. */
export function readRadiotapAddresses(view: DataView, offset: number, packet: Packet): void {
  readWlanAddresses(view, offset + view.getUint16(offset + 2, true), packet);
}
