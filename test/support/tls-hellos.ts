/** TLS ClientHellos by hand: see src/observe/tls-hello.ts for the layout. */
import { concatenate, hexadecimal, pattern, uint8, uint16 } from './bytes.js';

/** With its length before it, in so many bytes. */
const vector = (lengthBytes: 1 | 2, ...parts: readonly Uint8Array[]): Uint8Array => {
  const data = concatenate(...parts);
  return concatenate(lengthBytes === 1 ? uint8(data.length) : uint16(data.length), data);
};

export const extension = (type: number, ...data: readonly Uint8Array[]): Uint8Array =>
  concatenate(uint16(type), vector(2, ...data));

/** RFC 6066: the extension server_name, with the names given, each by its type (0 is a host's). */
export const serverNames = (...names: readonly (readonly [type: number, name: string])[]): Uint8Array =>
  extension(
    0,
    vector(
      2,
      ...names.map(([type, name]) => concatenate(uint8(type), vector(2, Buffer.from(name, 'latin1')))),
    ),
  );

/** A key share as post-quantum clients send them (X25519MLKEM768): what makes hellos longer than a segment. */
export const largeKeyShare = extension(
  51,
  vector(2, uint16(0x11ec), vector(2, pattern(1_216)), uint16(29), vector(2, pattern(32))),
);

/** Supported versions, and what nobody knows (GREASE): what stands around a name. */
export const otherExtensions = [extension(0x1a1a), extension(43, hexadecimal('02 0304'))];

export interface HelloParts {
  readonly session?: Uint8Array;
  readonly cipherSuites?: Uint8Array;
  readonly compressionMethods?: Uint8Array;
  /** Undefined where even their length is left out, as by clients of TLS 1.0. */
  readonly extensions?: readonly Uint8Array[] | undefined;
}

/** The handshake message, its header included. */
export function clientHello(parts: HelloParts): Uint8Array {
  const {
    session = pattern(32),
    cipherSuites = hexadecimal('1301 1302'),
    compressionMethods = uint8(0),
  } = parts;
  return handshakeMessage(
    1,
    hexadecimal('0303'),
    pattern(32),
    vector(1, session),
    vector(2, cipherSuites),
    vector(1, compressionMethods),
    ...(parts.extensions === undefined ? [] : [vector(2, ...parts.extensions)]),
  );
}

export function handshakeMessage(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concatenate(...parts);
  return concatenate(uint8(type, body.length >>> 16), uint16(body.length & 0xffff), body);
}

/** A hello that asks for `name`, between other extensions. */
export const helloFor = (name: string): Uint8Array =>
  clientHello({ extensions: [...otherExtensions, serverNames([0, name]), largeKeyShare] });

/** One whose name is behind a post-quantum key share, as Chromium shuffles them. */
export const lateHelloFor = (name: string): Uint8Array =>
  clientHello({ extensions: [...otherExtensions, largeKeyShare, serverNames([0, name])] });

/** Handshake bytes in TLS records (RFC 8446, 5.1) of no more than `mostBytes` of them each. */
export function tlsRecords(handshake: Uint8Array, mostBytes = 2 ** 14): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 0; at < handshake.length; at += mostBytes)
    records.push(concatenate(hexadecimal('16 0301'), vector(2, handshake.subarray(at, at + mostBytes))));
  return concatenate(...records);
}
