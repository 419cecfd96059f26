/**
 * A ClientHello in TLS records (RFC 8446, 5.1), as a connection begins with them:
 *
 *     22 | 3 | minor version | length (2) | a part of handshake messages …
 *
 * A message may be spread over records, which clients do to get past those who read only the first.
 */
import { type Hello, readClientHello } from './tls-hello.js';

/** As far as a hello is kept for its name; those of browsers have some 2 KiB. */
export const longestHelloBytes = 8_192;

/** A record's first byte, where it holds handshake messages. */
export const handshakeRecord = 22;
const recordHeaderBytes = 5;
const majorVersion = 3;
const clientHello = 1;

/** A hello's parts from several records. */
const joined = new Uint8Array(longestHelloBytes);
const joinedView = new DataView(joined.buffer);

/**
 * Whether the bytes from `start` to `end`, of which there is at least one, may be the beginning of a hello. What they hold of its
 * first record tells: the record's type and version, the message's type, a length below 64 KiB, and its version. By
 * these, one in 2^24 of other streams' segments would look like it, were they random.
 */
export function mayBeginHello(view: DataView, start: number, end: number): boolean {
  const bytes = end - start;
  if (view.getUint8(start) !== handshakeRecord) return false;
  if (bytes >= 2 && view.getUint8(start + 1) !== majorVersion) return false;
  if (bytes <= recordHeaderBytes) return true;
  const messageAt = start + recordHeaderBytes;
  const messageBytes = Math.min(bytes - recordHeaderBytes, view.getUint16(start + 3));
  if (messageBytes < 1 || view.getUint8(messageAt) !== clientHello) return false;
  if (messageBytes >= 2 && view.getUint8(messageAt + 1) !== 0) return false;
  return messageBytes < 5 || view.getUint8(messageAt + 4) === majorVersion;
}

/**
 * Reads the hello whose first record begins at `start`, and of which there are bytes up to `end`. Where it wants more
 * than `longestHelloBytes`, it gets no more.
 */
export function readHelloRecords(view: DataView, start: number, end: number): Hello {
  const messageAt = start + recordHeaderBytes;
  if (messageAt >= end) return { kind: 'more', bytes: 0 };
  const recordEnd = messageAt + view.getUint16(start + 3);
  const hello = readClientHello(view, messageAt, Math.min(recordEnd, end));
  if (hello.kind !== 'more' || recordEnd >= end) return hello;
  const length = join(view, start, end);
  return length < 0 ? { kind: 'refused', why: 'malformed' } : readClientHello(joinedView, 0, length);
}

/** Puts together what the records from `start` to `end` hold, as far as there is room; -1 where something else is among them. */
function join(view: DataView, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end && length < joined.length; ) {
    if (view.getUint8(at) !== handshakeRecord) return -1;
    const partAt = at + recordHeaderBytes;
    if (partAt >= end) break;
    const partEnd = partAt + view.getUint16(at + 3);
    // None is empty, so that there are no more records than bytes.
    if (partEnd === partAt || view.getUint8(at + 1) !== majorVersion) return -1;
    const available = Math.min(partEnd, end, partAt + joined.length - length) - partAt;
    joined.set(new Uint8Array(view.buffer, view.byteOffset + partAt, available), length);
    length += available;
    at = partEnd;
  }
  return length;
}
