/**
 * ClientHello of TLS (RFC 8446, 4.1.2) with its server_name (RFC 6066, 3), and the records that it travels in:
 *
 *     record     type 22 · version (2) · length (2) · handshake message, or a part of it
 *     message    type 1 · length (3) · version (2) · random (32) · session id · cipher suites · compression · extensions
 */
import { concatenate, uint8, uint16, uint32 } from './bytes.js';
import { seededRandom } from './random.js';

export interface HelloOptions {
  /** Whatever bytes it has; absent for a hello without. */
  readonly serverName?: string | Uint8Array;
  /** Extensions before and behind the server's name: type and body. */
  readonly before?: readonly HelloExtension[];
  readonly behind?: readonly HelloExtension[];
  /** Seed of its random bytes. */
  readonly seed?: number;
}

export type HelloExtension = readonly [type: number, body: Uint8Array];

/** RFC 7685: so many zeros. */
export const padding = (bytes: number): HelloExtension => [21, new Uint8Array(bytes)];

const longestRecordBytes = 16_384;

/** The handshake message, without a record around it. */
export function clientHello({ serverName, before = [], behind = [], seed = 1 }: HelloOptions): Uint8Array {
  const named: HelloExtension[] = serverName === undefined ? [] : [[0, nameList(serverName)]];
  const extensions = concatenate(...[...before, ...named, ...behind].map(encodeExtension));
  const body = concatenate(
    uint16(0x0303),
    randomBytes(seed, 32),
    uint8(32),
    randomBytes(seed + 1, 32),
    uint16(6, 0x1301, 0x1302, 0x1303),
    uint8(1, 0),
    uint16(extensions.length & 0xffff),
    extensions,
  );
  return concatenate(uint8(1, body.length >>> 16, body.length >>> 8, body.length), body);
}

const encodeExtension = ([type, body]: HelloExtension): Uint8Array =>
  concatenate(uint16(type, body.length), body);

function nameList(name: string | Uint8Array): Uint8Array {
  const bytes = typeof name === 'string' ? Buffer.from(name, 'latin1') : name;
  return concatenate(uint16(bytes.length + 3), uint8(0), uint16(bytes.length), bytes);
}

export function randomBytes(seed: number, count: number): Uint8Array {
  const random = seededRandom(seed);
  const words = Array.from({ length: Math.ceil(count / 4) }, random);
  return uint32(...words).subarray(0, count);
}

/** A handshake message in records of at most `recordBytes` each. */
export function tlsRecords(message: Uint8Array, recordBytes = longestRecordBytes): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < message.length; at += recordBytes) {
    const part = message.subarray(at, at + recordBytes);
    parts.push(uint8(22), uint16(0x0301, part.length), part);
  }
  return concatenate(...parts);
}
