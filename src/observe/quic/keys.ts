/**
 * The keys of QUIC's Initials, which everybody on the way can work out (RFC 9001, 5.2; RFC 9369, 3.3): from the connection id
 * that the client made up for its first packet. Opening one proves that it is what it looks like, for its tag fits.
 */
import type { Cipher } from 'node:crypto';
import type { LongHeader } from './header.js';
import type { QuicVersion } from './versions.js';

const keyBytes = 16;
const vectorBytes = 12;
const secretBytes = 32;
const tagBytes = 16;
/** A packet number is at most so long, and what is protected of a header is known by the bytes behind it. */
const longestNumberBytes = 4;
const sampleBytes = 16;
/** RFC 9001, 5.4: of a long header's first byte, what is protected; the bits that are 0, and the packet number's length less one. */
const protectedBits = 0x0f;
const reservedBits = 0x0c;
const lengthBits = 0x03;

/** Loaded when the first Initial comes: most runs that start see none for a while, and it takes milliseconds. */
let loaded: typeof import('node:crypto') | undefined;
function crypto(): typeof import('node:crypto') {
  loaded ??= process.getBuiltinModule('node:crypto');
  return loaded;
}

/** The keys by which a client protects its Initials. They are derived when a packet is to be opened, and not before. */
export class ClientKeys {
  readonly #version: QuicVersion;
  readonly #id: Uint8Array;
  #secret: Buffer | undefined;
  /** What protects headers. */
  #mask: Cipher | undefined;
  /** Derived when a header looks right: three of four that are made up do not. */
  #key: Buffer | undefined;
  #vector: Buffer | undefined;

  /** `id` is the target's connection id in the client's first packet, and is kept. */
  constructor(version: QuicVersion, id: Uint8Array) {
    this.#version = version;
    this.#id = id;
  }

  /**
   * The frames of the packet of that header, which begins at `start` and is there as a whole; undefined where it was not
   * protected by these keys, or where OpenSSL has been told not to do its part. Changes nothing in `view`.
   */
  open(view: DataView, start: number, { number, end }: LongHeader): Uint8Array | undefined {
    if (number + longestNumberBytes + sampleBytes > end) return undefined;
    try {
      const mask = this.#maskOf(bytesOf(view, number + longestNumberBytes, sampleBytes));
      const first = view.getUint8(start) ^ (mask[0]! & protectedBits);
      if ((first & reservedBits) !== 0) return undefined;
      const numberBytes = (first & lengthBits) + 1;
      const header = Buffer.from(bytesOf(view, start, number + numberBytes - start));
      header[0] = first;
      const numberAt = number - start;
      for (let i = 0; i < numberBytes; i++) header[numberAt + i]! ^= mask[i + 1]!;
      return this.#decrypt(
        header,
        numberBytes,
        bytesOf(view, number + numberBytes, end - number - numberBytes),
      );
    } catch {
      return undefined;
    }
  }

  #maskOf(sample: Uint8Array): Uint8Array {
    this.#secret ??= expand(hmac(saltOf(this.#version), this.#id), 'client in', secretBytes);
    this.#mask ??= crypto().createCipheriv('aes-128-ecb', this.#derive('hp', keyBytes), null);
    return this.#mask.update(sample);
  }

  /** Throws where the tag does not fit. */
  #decrypt(header: Uint8Array, numberBytes: number, sealed: Uint8Array): Uint8Array {
    this.#key ??= this.#derive('key', keyBytes);
    this.#vector ??= this.#derive('iv', vectorBytes);
    // A client's first packets have numbers so small that what is left out of them is 0.
    const nonce = Buffer.from(this.#vector);
    for (let i = 1; i <= numberBytes; i++) nonce[vectorBytes - i]! ^= header[header.length - i]!;
    const decipher = crypto().createDecipheriv('aes-128-gcm', this.#key, nonce);
    decipher.setAAD(header);
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const frames = decipher.update(sealed.subarray(0, -tagBytes));
    decipher.final();
    return frames;
  }

  #derive(label: string, bytes: number): Buffer {
    return expand(this.#secret!, this.#version.labelStart + label, bytes);
  }
}

/** Not copied. */
export const bytesOf = (view: DataView, start: number, bytes: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + start, bytes);

const salts = new Map<QuicVersion, Buffer>();

function saltOf(version: QuicVersion): Buffer {
  let salt = salts.get(version);
  if (salt === undefined) {
    salt = Buffer.from(version.initialSalt, 'hex');
    salts.set(version, salt);
  }
  return salt;
}

/** RFC 2104: a key in a block of its own, twice, each time before what is hashed. */
const hashBlockBytes = 64;
const digestBytes = 32;
const longestMessageBytes = 64;
const innerBlock = new Uint8Array(hashBlockBytes + longestMessageBytes);
const outerBlock = new Uint8Array(hashBlockBytes + digestBytes);

/**
 * HMAC-SHA-256 of a key and a message of no more than 64 bytes each. Made of hashes: an Hmac object costs as much as three of
 * them, and has to be collected.
 */
function hmac(key: Uint8Array, message: Uint8Array): Buffer {
  for (let at = 0; at < hashBlockBytes; at++) {
    const byte = key[at] ?? 0;
    innerBlock[at] = byte ^ 0x36;
    outerBlock[at] = byte ^ 0x5c;
  }
  innerBlock.set(message, hashBlockBytes);
  outerBlock.set(sha256(innerBlock.subarray(0, hashBlockBytes + message.length)), hashBlockBytes);
  return sha256(outerBlock);
}

/** By way of a string: OpenSSL's bytes would come in memory of their own, which takes longer to give back than to fill. */
const sha256 = (bytes: Uint8Array): Buffer => Buffer.from(crypto().hash('sha256', bytes, 'binary'), 'latin1');

/** HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1) without a context, which is one round of HKDF-Expand up to 32 bytes. */
function expand(secret: Buffer, label: string, bytes: number): Buffer {
  return hmac(secret, labelled(label, bytes)).subarray(0, bytes);
}

const labels = new Map<string, Buffer>();

function labelled(label: string, bytes: number): Buffer {
  let info = labels.get(label);
  if (info === undefined) {
    const text = `tls13 ${label}`;
    // The length that is wanted; the label with its length; the context, of no bytes; the number of the round.
    info = Buffer.from([0, bytes, text.length, ...Buffer.from(text), 0, 1]);
    labels.set(label, info);
  }
  return info;
}
