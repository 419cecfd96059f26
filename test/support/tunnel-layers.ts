/** Tunnel headers for frames under construction: each stands behind IP or UDP, and before a frame or a packet. */
import { concatenate, uint8, uint16, uint32 } from './bytes.js';
import type { Layer } from './layer.js';

const bridging = 0x6558;

export const vxlan = (identifier: number, flags = 0x08): Layer => ({
  encode: (payload) => concatenate(uint8(flags, 0, 0, 0), uint32(identifier * 256), payload),
});

export interface GeneveOptions {
  readonly version?: number;
  /** A multiple of four bytes. */
  readonly options?: Uint8Array;
  /** Default: what the next header says, else an Ethernet frame. */
  readonly type?: number;
}

export const geneve = (
  identifier: number,
  { version = 0, options = uint8(), type }: GeneveOptions = {},
): Layer => ({
  encode: (payload, inner) =>
    concatenate(
      uint8((version << 6) | (options.length / 4), 0),
      uint16(type ?? inner?.etherType ?? bridging),
      uint32(identifier * 256),
      options,
      payload,
    ),
});

export interface GreOptions {
  readonly checksum?: boolean;
  readonly key?: number;
  readonly sequence?: number;
  /** PPTP's, with version 1. */
  readonly acknowledgement?: number;
  /** Bits that are set beside those of the fields above. */
  readonly flags?: number;
  /** EtherType; default: what the next header says, else an Ethernet frame. */
  readonly type?: number;
}

export const gre = (given: GreOptions = {}): Layer => ({
  ipProtocol: 47,
  encode(payload, inner) {
    const { checksum, key, sequence, acknowledgement, flags = 0 } = given;
    const field = (value: number | undefined) => (value === undefined ? uint8() : uint32(value));
    return concatenate(
      uint16(
        flags |
          (checksum ? 0x8000 : 0) |
          (key === undefined ? 0 : 0x2000) |
          (sequence === undefined ? 0 : 0x1000) |
          (acknowledgement === undefined ? 0 : 0x80),
        given.type ?? inner?.etherType ?? bridging,
      ),
      field(checksum ? 0 : undefined),
      field(key),
      field(sequence),
      field(acknowledgement),
      payload,
    );
  },
});

/** ERSPAN type II, to stand behind GRE of type 88be with a sequence number. */
export const erspan2 = (session: number): Layer => ({
  encode: (payload) => concatenate(uint16(0x1000, session), uint32(0), payload),
});

export interface Erspan3Options {
  /** 0 is Ethernet, 2 is IP. */
  readonly frameType?: number;
  readonly subheader?: boolean;
}

/** ERSPAN type III, to stand behind GRE of type 22eb with a sequence number. */
export const erspan3 = (session: number, { frameType = 0, subheader }: Erspan3Options = {}): Layer => ({
  encode: (payload) =>
    concatenate(
      uint16(0x2000, session),
      uint32(0),
      uint16(0, (frameType << 10) | (subheader ? 1 : 0)),
      subheader ? new Uint8Array(8) : uint8(),
      payload,
    ),
});

export interface GtpUOptions {
  /** Bits of the first byte beside the version's. */
  readonly flags?: number;
  readonly message?: number;
  /** What stands behind the first eight bytes, where a flag says so. */
  readonly optional?: Uint8Array;
}

export const gtpU = (
  endpoint: number,
  { flags = 0, message = 255, optional = uint8() }: GtpUOptions = {},
): Layer => ({
  encode: (payload) =>
    concatenate(
      uint8(0x30 | flags, message),
      uint16(optional.length + payload.length),
      uint32(endpoint),
      optional,
      payload,
    ),
});

/** Teredo's indications of authentication, with an identifier and a value of the given lengths, and of origin. */
export const teredoAuthentication = (identifierBytes: number, valueBytes: number): Layer => ({
  encode: (payload) =>
    concatenate(
      uint16(1),
      uint8(identifierBytes, valueBytes),
      new Uint8Array(identifierBytes + valueBytes + 9),
      payload,
    ),
});
export const teredoOrigin = (): Layer => ({
  encode: (payload) => concatenate(uint16(0, 0xffff), uint32(0xffff_ffff), payload),
});
