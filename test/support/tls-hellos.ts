/** TLS ClientHellos by hand: see src/observe/tls-hello.ts for the layout. */
import { concatenate, hexadecimal, pattern, uint8, uint16, uint32 } from './bytes.js';
import { seededRandom } from './random.js';

/** With its length before it, in so many bytes. */
const vector = (lengthBytes: 1 | 2, ...parts: readonly Uint8Array[]): Uint8Array => {
  const data = concatenate(...parts);
  return concatenate(lengthBytes === 1 ? uint8(data.length) : uint16(data.length), data);
};

export const extension = (type: number, ...data: readonly Uint8Array[]): Uint8Array =>
  concatenate(uint16(type), vector(2, ...data));

/** RFC 6066: the extension server_name, with the names given, each by its type (0 is a host's). */
export const serverNames = (
  ...names: readonly (readonly [type: number, name: string | Uint8Array])[]
): Uint8Array =>
  extension(0, vector(2, ...names.map(([type, name]) => concatenate(uint8(type), vector(2, bytesOf(name))))));

const bytesOf = (name: string | Uint8Array): Uint8Array =>
  typeof name === 'string' ? Buffer.from(name, 'latin1') : name;

/** A key share as post-quantum clients send them (X25519MLKEM768): what makes hellos longer than a segment. */
export const largeKeyShare = extension(
  51,
  vector(2, uint16(0x11ec), vector(2, pattern(1_216)), uint16(29), vector(2, pattern(32))),
);

/** Supported versions, and what nobody knows (GREASE): what stands around a name. */
export const otherExtensions = [extension(0x1a1a), extension(43, hexadecimal('02 0304'))];

/** RFC 7685: so many zeros. */
export const padding = (bytes: number): Uint8Array => extension(21, new Uint8Array(bytes));

export interface HelloParts {
  /** Whatever bytes it has; absent for a hello that asks for none. */
  readonly serverName?: string | Uint8Array;
  /** Extensions before and behind the server's name. */
  readonly before?: readonly Uint8Array[];
  readonly behind?: readonly Uint8Array[];
  /** Not even their length is there, as from clients of TLS 1.0. */
  readonly withoutExtensions?: boolean;
  readonly session?: Uint8Array;
  readonly cipherSuites?: Uint8Array;
  readonly compressionMethods?: Uint8Array;
  /** Seed of its random bytes. */
  readonly seed?: number;
}

/** The handshake message, its header included. */
export function clientHello(parts: HelloParts): Uint8Array {
  const { serverName, before = [], behind = [], seed = 1, session = randomBytes(seed + 1, 32) } = parts;
  const named = serverName === undefined ? [] : [serverNames([0, serverName])];
  return handshakeMessage(
    1,
    hexadecimal('0303'),
    randomBytes(seed, 32),
    vector(1, session),
    vector(2, parts.cipherSuites ?? hexadecimal('1301 1302 1303')),
    vector(1, parts.compressionMethods ?? uint8(0)),
    ...(parts.withoutExtensions ? [] : [vector(2, ...before, ...named, ...behind)]),
  );
}

export function randomBytes(seed: number, count: number): Uint8Array {
  const random = seededRandom(seed);
  const words = Array.from({ length: Math.ceil(count / 4) }, random);
  return uint32(...words).subarray(0, count);
}

export function handshakeMessage(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concatenate(...parts);
  return concatenate(uint8(type, body.length >>> 16), uint16(body.length & 0xffff), body);
}

/** A hello that asks for `name`, between other extensions. */
export const helloFor = (name: string): Uint8Array =>
  clientHello({ serverName: name, before: otherExtensions, behind: [largeKeyShare] });

/** One whose name is behind a post-quantum key share, as Chromium shuffles them. */
export const lateHelloFor = (name: string): Uint8Array =>
  clientHello({ serverName: name, before: [...otherExtensions, largeKeyShare] });

/** Handshake bytes in TLS records (RFC 8446, 5.1) of no more than `mostBytes` of them each. */
export function tlsRecords(handshake: Uint8Array, mostBytes = 2 ** 14): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 0; at < handshake.length; at += mostBytes)
    records.push(concatenate(hexadecimal('16 0301'), vector(2, handshake.subarray(at, at + mostBytes))));
  return concatenate(...records);
}
