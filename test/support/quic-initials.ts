/**
 * A client's Initial packets of QUIC, sealed as RFC 9001 (version 1) and RFC 9369 (version 2) say:
 *
 *     first byte · version (4) · length and destination id · length and source id · token length · length (2) ·
 *     packet number (4), encrypted frames, tag (16)
 */
import { createCipheriv, createHmac } from 'node:crypto';
import { concatenate, hexadecimal, uint8, uint16, uint32 } from './bytes.js';

export type QuicVersion = 1 | 2;

export interface InitialOptions {
  readonly version?: QuicVersion;
  /** Destination connection id. */
  readonly id: Uint8Array;
  /** Source connection id; default: of no bytes. */
  readonly sourceId?: Uint8Array;
  /** The id that the keys are of; default: `id`, as in a client's first packet. */
  readonly keysOf?: Uint8Array;
  /** Whose keys they are; default: the client's. */
  readonly sender?: 'client' | 'server';
  /** No more than 63 bytes; default: none. */
  readonly token?: Uint8Array;
  readonly packetNumber?: number;
  /** Its frames: see `cryptoFrame`. */
  readonly frames: Uint8Array;
  /** The datagram is filled up with PADDING frames to so many bytes; default 1,200. */
  readonly datagramBytes?: number;
}

const versions = {
  1: {
    number: 1,
    firstByte: 0xc3,
    salt: hexadecimal('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'),
    label: 'quic',
  },
  2: {
    number: 0x6b3343cf,
    firstByte: 0xd3,
    salt: hexadecimal('0dede3def700a6db819381be6e269dcbf9bd2ed9'),
    label: 'quicv2',
  },
} as const;

const tagBytes = 16;
const packetNumberBytes = 4;

/** RFC 9000, 19.6: some of the handshake's bytes, which begin at `offset` in it. */
export const cryptoFrame = (offset: number, bytes: Uint8Array): Uint8Array =>
  concatenate(uint8(6), variableInteger(offset), variableInteger(bytes.length), bytes);

/** RFC 9000, section 16, in four bytes or eight. */
function variableInteger(value: number): Uint8Array {
  if (value < 0x4000_0000) return uint32(0x8000_0000 + value);
  return uint32(0xc000_0000 + Math.floor(value / 2 ** 32), value % 2 ** 32);
}

export function quicInitial({ version = 1, id, frames, packetNumber = 0, ...rest }: InitialOptions): Buffer {
  const { number, firstByte, salt, label } = versions[version];
  const { keysOf = id, sender = 'client', sourceId = uint8(), token = uint8(), datagramBytes = 1_200 } = rest;
  const ids = concatenate(uint8(id.length), id, uint8(sourceId.length), sourceId);
  const start = concatenate(uint8(firstByte), uint32(number), ids, uint8(token.length), token);
  const headerBytes = start.length + 2 + packetNumberBytes;
  const plain = concatenate(
    frames,
    new Uint8Array(Math.max(0, datagramBytes - headerBytes - frames.length - tagBytes)),
  );
  const length = packetNumberBytes + plain.length + tagBytes;
  const header = concatenate(start, uint16(0x4000 | length), uint32(packetNumber));
  const secret = expand(createHmac('sha256', salt).update(keysOf).digest(), `${sender} in`, 32);
  const nonce = expand(secret, `${label} iv`, 12);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ packetNumber) >>> 0, 8);
  const cipher = createCipheriv('aes-128-gcm', expand(secret, `${label} key`, 16), nonce);
  cipher.setAAD(header);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return protectHeader(Buffer.concat([header, sealed]), headerBytes, expand(secret, `${label} hp`, 16));
}

/** RFC 9001, 5.4. */
function protectHeader(packet: Buffer, headerBytes: number, key: Uint8Array): Buffer {
  const mask = createCipheriv('aes-128-ecb', key, null).update(
    packet.subarray(headerBytes, headerBytes + 16),
  );
  packet[0]! ^= mask[0]! & 0x0f;
  for (let at = 0; at < packetNumberBytes; at++)
    packet[headerBytes - packetNumberBytes + at]! ^= mask[at + 1]!;
  return packet;
}

/** HKDF-Expand-Label of RFC 8446, 7.1, of which one round of HMAC is enough. */
function expand(secret: Uint8Array, label: string, bytes: number): Buffer {
  const info = concatenate(
    uint16(bytes),
    uint8(label.length + 6),
    Buffer.from(`tls13 ${label}`),
    uint8(0),
    uint8(1),
  );
  return createHmac('sha256', secret).update(info).digest().subarray(0, bytes);
}
