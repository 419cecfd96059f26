/** Tags and encapsulations between Ethernet and IP, for frames under construction: `frame().ethernet().with(eTag())`. */
import { concatenate, uint8, uint16, uint32 } from './bytes.js';
import type { Layer } from './layer.js';

/** A tag of these bytes and the EtherType of what follows. */
const tag = (etherType: number, ...bytes: readonly number[]): Layer => ({
  etherType,
  encode: (payload, inner) => concatenate(uint8(...bytes), uint16(inner?.etherType ?? 0), payload),
});

export const eTag = (): Layer => tag(0x893f, 0x40, 0x00, 0x10, 0x05, 0, 0);
export const vnTag = (): Layer => tag(0x8926, 0x80, 0x05, 0x00, 0x00);
export const ciscoMetadata = (): Layer => tag(0x8909, 1, 1, 0, 1, 0, 16);

/** Between backbone and customer addresses; an Ethernet header has to follow. */
export const backboneService = (service: number): Layer => ({
  etherType: 0x88e7,
  encode: (payload) => concatenate(uint32(service), payload),
});

/** No header, just the EtherType by which an Ethernet header is announced. */
export const bridged = (): Layer => ({ etherType: 0x6558, encode: (payload) => payload });

/** A pseudowire's control word; an Ethernet header has to follow. */
export const controlWord = (sequence = 0): Layer => ({
  encode: (payload) => concatenate(uint16(0, sequence), payload),
});

export interface NshOptions {
  readonly version?: number;
  /** As stated, in 32-bit words; default: the truth. */
  readonly headerWords?: number;
  /** Default: by what follows, 3 (Ethernet) where that has no EtherType. */
  readonly nextProtocol?: number;
  /** A multiple of four bytes. */
  readonly metadataBytes?: number;
}

const nshProtocols = new Map([
  [0x0800, 1],
  [0x86dd, 2],
  [0x894f, 4],
  [0x8847, 5],
]);

export const nsh = (options: NshOptions = {}): Layer => ({
  etherType: 0x894f,
  encode(payload, inner) {
    const { version = 0, metadataBytes = 16, nextProtocol } = options;
    const headerWords = options.headerWords ?? 2 + metadataBytes / 4;
    return concatenate(
      uint16((version << 14) | (63 << 6) | headerWords),
      uint8(metadataBytes === 16 ? 1 : 2, nextProtocol ?? nshProtocols.get(inner?.etherType ?? 0) ?? 3),
      uint32((5 << 8) | 255),
      new Uint8Array(metadataBytes),
      payload,
    );
  },
});

export interface MacsecOptions {
  /** Of the first byte: 8 encrypted, 4 changed, 128 another version. */
  readonly bits?: number;
  readonly channelIdentifier?: boolean;
  /** As stated; default: the truth, which is 0 from 48 on. */
  readonly shortLength?: number;
}

export const macsec = ({ bits = 0, channelIdentifier = false, shortLength }: MacsecOptions = {}): Layer => ({
  etherType: 0x88e5,
  encode(payload, inner) {
    const secured = concatenate(uint16(inner?.etherType ?? 0), payload);
    const truth = secured.length < 48 ? secured.length : 0;
    return concatenate(
      uint8(bits | (channelIdentifier ? 0x20 : 0), shortLength ?? truth),
      uint32(1),
      channelIdentifier ? concatenate(uint8(2, 0, 0, 0, 0, 1), uint16(1)) : uint8(),
      secured,
      new Uint8Array(16).fill(0x45),
    );
  },
});

/** A switch chip's tag between an Ethernet header's addresses and its EtherType. */
export const switchTagged = (...bytes: readonly number[]): Layer => ({
  encode: (payload, inner) =>
    concatenate(
      uint8(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1),
      uint8(...bytes),
      uint16(inner?.etherType ?? 0),
      payload,
    ),
});
