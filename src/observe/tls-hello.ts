/**
 * The server's name in a TLS ClientHello (RFC 8446, 4.1.2; RFC 6066, 3), which has been at the same place since TLS 1.0:
 *
 *     1 | length (3) | version (2) | random (32)            the handshake message's header, and the hello's start
 *     length (1) | session identifier …                     32 bytes at most
 *     length (2) | cipher suites …
 *     length (1) | compression methods …
 *     length (2) | extensions …                             left out by clients that have none
 *     type (2) | length (2) | data …                        an extension; server_name is type 0:
 *     length (2) | 0 | length (2) | name …                  a list, in which host_name is the only type there is
 *
 * With Encrypted Client Hello (RFC 9849) this is the outer hello, whose name is the public one of whoever runs the server.
 */
import type { Refusal } from './findings.js';
import { nameText } from './name-text.js';

/** What a ClientHello says, as far as it is there. */
export type Hello =
  | { readonly kind: 'name'; readonly name: string }
  /** It asks for no name. */
  | { readonly kind: 'none' }
  /** The name lies further on; the whole message has `bytes` bytes, 0 where even its length is not there. */
  | { readonly kind: 'more'; readonly bytes: number }
  | { readonly kind: 'refused'; readonly why: Refusal };

const clientHello = 1;
const messageHeaderBytes = 4;
/** Version and random. */
const fixedBytes = 2 + 32;
const longestSessionBytes = 32;
const extensionHeaderBytes = 4;
const serverNameExtension = 0;
const hostNameType = 0;
/** The list's length, the name's type and its length. */
const nameHeaderBytes = 5;

const none: Hello = { kind: 'none' };
const malformed: Hello = { kind: 'refused', why: 'malformed' };
const unfit: Hello = { kind: 'refused', why: 'unfit-name' };

/**
 * Reads the handshake message whose first byte is at `start` in `view`, and of which there are bytes up to `end`. The name
 * may be known before all of the message is there. Never throws.
 */
export function readClientHello(view: DataView, start: number, end: number): Hello {
  const available = end - start;
  if (available > 0 && view.getUint8(start) !== clientHello) return malformed;
  if (available < messageHeaderBytes) return { kind: 'more', bytes: 0 };
  const messageBytes = messageHeaderBytes + (view.getUint32(start) & 0xff_ffff);
  const messageEnd = start + messageBytes;
  const from = start + messageHeaderBytes + fixedBytes;
  const result = readVectors(view, from, Math.min(end, messageEnd), messageEnd);
  return result ?? { kind: 'more', bytes: messageBytes };
}

/**
 * Reads on from the session identifier at `start`. The message ends at `messageEnd`, what is there of it at `end`. Undefined
 * where that is not enough.
 */
function readVectors(view: DataView, start: number, end: number, messageEnd: number): Hello | undefined {
  if (start >= messageEnd) return malformed;
  if (start >= end) return undefined;
  const sessionBytes = view.getUint8(start);
  if (sessionBytes > longestSessionBytes) return malformed;

  const suitesAt = start + 1 + sessionBytes;
  if (suitesAt + 2 > messageEnd) return malformed;
  if (suitesAt + 2 > end) return undefined;
  const suitesBytes = view.getUint16(suitesAt);
  if (suitesBytes === 0 || suitesBytes % 2 !== 0) return malformed;

  const methodsAt = suitesAt + 2 + suitesBytes;
  if (methodsAt + 1 > messageEnd) return malformed;
  if (methodsAt + 1 > end) return undefined;
  const methodsBytes = view.getUint8(methodsAt);
  if (methodsBytes === 0) return malformed;

  const extensionsAt = methodsAt + 1 + methodsBytes;
  if (extensionsAt === messageEnd) return none;
  if (extensionsAt + 2 > messageEnd) return malformed;
  if (extensionsAt + 2 > end) return undefined;
  if (extensionsAt + 2 + view.getUint16(extensionsAt) !== messageEnd) return malformed;
  return findServerName(view, extensionsAt + 2, end, messageEnd);
}

/** Goes through the extensions from `start` on: each takes four bytes at least, and all together 65,535 at most. */
function findServerName(view: DataView, start: number, end: number, messageEnd: number): Hello | undefined {
  let at = start;
  while (at < messageEnd) {
    if (at + extensionHeaderBytes > messageEnd) return malformed;
    if (at + extensionHeaderBytes > end) return undefined;
    const dataAt = at + extensionHeaderBytes;
    const dataEnd = dataAt + view.getUint16(at + 2);
    if (dataEnd > messageEnd) return malformed;
    if (view.getUint16(at) === serverNameExtension) return readServerName(view, dataAt, dataEnd, end);
    at = dataEnd;
  }
  return none;
}

/** Reads the extension's data from `start` to `dataEnd`. RFC 6066 lets a list have no more than one name of a type. */
function readServerName(view: DataView, start: number, dataEnd: number, end: number): Hello | undefined {
  const nameAt = start + nameHeaderBytes;
  if (nameAt >= dataEnd) return malformed;
  if (nameAt > end) return undefined;
  const nameEnd = nameAt + view.getUint16(start + 3);
  const isList = start + 2 + view.getUint16(start) === dataEnd;
  if (!isList || view.getUint8(start + 2) !== hostNameType || nameEnd > dataEnd) return malformed;
  if (nameEnd > end) return undefined;
  const name = nameText(view, nameAt, nameEnd);
  return name === undefined ? unfit : { kind: 'name', name };
}
