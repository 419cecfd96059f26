/** What stands before a packet in captures that are not of a plain link, for frames under construction. */
import { concatenate, macAddress, uint8, uint16, uint32 } from './bytes.js';
import type { Layer } from './layer.js';

const little16 = (...words: readonly number[]) =>
  concatenate(...words.map((word) => uint16(word).toReversed()));
const little32 = (word: number) => uint32(word).toReversed();

/** PPP_PPPD: the direction in the place of PPP's address. */
export const pppd = (direction: 0 | 1): Layer => ({
  encode: (payload) => concatenate(uint8(direction, 3), payload),
});

export interface PflogOptions {
  /** As stated, without padding. */
  readonly headerBytes?: number;
  readonly family?: number;
}

export const pflog = ({ headerBytes = 61, family }: PflogOptions = {}): Layer => ({
  encode(payload, inner) {
    const header = new Uint8Array(Math.max(48, (headerBytes + 3) & ~3));
    header.set(uint8(headerBytes, family ?? (inner?.etherType === 0x86dd ? 24 : 2)));
    header.set(new TextEncoder().encode('em0'), 4);
    return concatenate(header, payload);
  },
});

export interface NetfilterOptions {
  readonly family?: number;
  readonly byteOrder?: 'little' | 'big';
  /** The length of the payload's attribute as stated; default: the truth. */
  readonly payloadLength?: number;
}

/** The netfilter header and attributes: one that needs padding, the payload's, and one more. */
function netfilterMessage(
  payload: Uint8Array,
  payloadType: number,
  family: number,
  options: NetfilterOptions,
) {
  const { byteOrder = 'little', payloadLength } = options;
  const numbers = byteOrder === 'little' ? little16 : uint16;
  const attribute = (type: number, value: Uint8Array, length = value.length + 4) =>
    concatenate(numbers(length, type), value, new Uint8Array(-value.length & 3));
  const packetHeader = concatenate(uint16(family === 10 ? 0x86dd : 0x0800), uint8(1, 0));
  return concatenate(
    uint8(family, 0),
    uint16(5),
    attribute(1, packetHeader),
    attribute(payloadType - 1, concatenate(uint16(6, 0), macAddress('02:00:00:00:00:01'), uint8(0))),
    attribute(payloadType, payload, payloadLength),
    attribute(payloadType + 2, uint32(0)),
  );
}

const linuxFamily = (inner: Layer | undefined): number => (inner?.etherType === 0x86dd ? 10 : 2);

export const nflog = (options: NetfilterOptions = {}): Layer => ({
  encode: (payload, inner) => netfilterMessage(payload, 9, options.family ?? linuxFamily(inner), options),
});

export interface NetlinkOptions extends NetfilterOptions {
  readonly netlinkFamily?: number;
  readonly type?: number;
}

export const netlinkQueue = (options: NetlinkOptions = {}): Layer => ({
  encode(payload, inner) {
    const { netlinkFamily = 12, type = 0x0300, byteOrder = 'little' } = options;
    const message = netfilterMessage(payload, 10, options.family ?? linuxFamily(inner), options);
    const [numbers16, numbers32] = byteOrder === 'little' ? [little16, little32] : [uint16, uint32];
    return concatenate(
      uint16(4, 824, 0),
      new Uint8Array(8),
      uint16(netlinkFamily),
      numbers32(16 + message.length),
      numbers16(type, 0),
      new Uint8Array(8),
      message,
    );
  },
});
