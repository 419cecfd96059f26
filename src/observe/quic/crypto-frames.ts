/**
 * What TLS sends in a client's Initials: the bytes of CRYPTO frames (RFC 9000, 19.6), each with its place in the whole. Clients
 * scatter them over packets, out of order, on purpose.
 */

import { longestHelloBytes } from '../tls-records.js';
import { varint, varintBytes } from './varint.js';

/** Pieces with gaps between them, at a time. */
const mostPieces = 64;
/** Most hellos need no more. */
const firstBytes = 2_048;

/** The start of what TLS sends, put together. What came first stands: a piece that overlaps others adds only what is new. */
export class CryptoBytes {
  #bytes = new Uint8Array(firstBytes);
  /** Where pieces that are there begin and end, in turn, in order, with a gap between any two. */
  readonly #edges: number[] = [];

  /** How many bytes there are from the start on without a gap. */
  get wholeBytes(): number {
    return this.#edges[0] === 0 ? this.#edges[1]! : 0;
  }

  /** A view of all; what is there of it is `wholeBytes` long. */
  get view(): DataView {
    return new DataView(this.#bytes.buffer);
  }

  /** Takes in `piece`, whose first byte has its place at `offset`, as far as there is room. False where there are too many gaps. */
  add(offset: number, piece: Uint8Array): boolean {
    const end = Math.min(offset + piece.length, longestHelloBytes);
    if (end <= offset) return true;
    const edges = this.#edges;
    // The pieces that it touches, from one edge to another.
    let from = 0;
    while (from < edges.length && edges[from + 1]! < offset) from += 2;
    let to = from;
    while (to < edges.length && edges[to]! <= end) to += 2;
    if (from === to && edges.length === 2 * mostPieces) return false;
    if (end > this.#bytes.length) this.#grow(end);
    let at = offset;
    for (let touched = from; touched < to; touched += 2) {
      if (edges[touched]! > at) this.#bytes.set(piece.subarray(at - offset, edges[touched]! - offset), at);
      at = Math.max(at, edges[touched + 1]!);
    }
    if (end > at) this.#bytes.set(piece.subarray(at - offset, end - offset), at);
    const start = from < to ? Math.min(offset, edges[from]!) : offset;
    edges.splice(from, to - from, start, Math.max(end, at));
    return true;
  }

  #grow(bytes: number): void {
    let size = this.#bytes.length;
    while (size < bytes) size *= 2;
    const larger = new Uint8Array(size);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_WITH_ECN = 0x03;
const CRYPTO = 0x06;
const CONNECTION_CLOSE = 0x1c;

/**
 * Adds what the frames of an Initial have of CRYPTO. Those five are all that may be in one (RFC 9000, 17.2.2). Undefined where
 * all are well, else why not.
 */
export function readCryptoFrames(
  frames: Uint8Array,
  into: CryptoBytes,
): 'malformed' | 'too-many' | undefined {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.length);
  const end = frames.length;
  for (let at = 0; at < end; ) {
    const type = frames[at++]!;
    if (type === PADDING || type === PING) continue;
    if (type === CRYPTO) {
      const offsetBytes = varintBytes(view, at, end);
      const lengthAt = at + offsetBytes;
      const lengthBytes = varintBytes(view, lengthAt, end);
      if (offsetBytes === 0 || lengthBytes === 0) return 'malformed';
      const start = lengthAt + lengthBytes;
      const length = varint(view, lengthAt, lengthBytes);
      if (start + length > end) return 'malformed';
      if (!into.add(varint(view, at, offsetBytes), frames.subarray(start, start + length))) return 'too-many';
      at = start + length;
    } else {
      at = afterOther(view, type, at, end);
      if (at < 0) return 'malformed';
    }
  }
  return undefined;
}

/** Where a frame ends that tells nothing of TLS, and whose type is before `at`; -1 where it does not by `end`, or is none of an Initial. */
function afterOther(view: DataView, type: number, at: number, end: number): number {
  if (type === ACK || type === ACK_WITH_ECN) {
    // The largest number, the delay, how many more ranges there are, and the first one.
    const countAt = afterVarints(view, 2, at, end);
    const countBytes = countAt < 0 ? 0 : varintBytes(view, countAt, end);
    if (countBytes === 0) return -1;
    const ranges = varint(view, countAt, countBytes);
    return afterVarints(view, 1 + 2 * ranges + (type === ACK_WITH_ECN ? 3 : 0), countAt + countBytes, end);
  }
  if (type !== CONNECTION_CLOSE) return -1;
  // The error, the frame that was wrong, and words about it with their length.
  const wordsAt = afterVarints(view, 2, at, end);
  const lengthBytes = wordsAt < 0 ? 0 : varintBytes(view, wordsAt, end);
  if (lengthBytes === 0) return -1;
  const after = wordsAt + lengthBytes + varint(view, wordsAt, lengthBytes);
  return after <= end ? after : -1;
}

/** Where `count` varints from `at` on end; -1 where they do not by `end`. */
function afterVarints(view: DataView, count: number, at: number, end: number): number {
  let after = at;
  for (let left = count; left > 0; left--) {
    const bytes = varintBytes(view, after, end);
    if (bytes === 0) return -1;
    after += bytes;
  }
  return after;
}
