/** IEEE 802.11 and radiotap, for frames under construction. */
import { concatenate, macAddress, uint8, uint16, uint32 } from './bytes.js';
import type { Layer } from './layer.js';

const little16 = (word: number) => uint16(word).toReversed();
const little32 = (word: number) => uint32(word).toReversed();

export interface WlanOptions {
  /** The first two bytes: 08 is data, 88 data with QoS; 01 to, 02 from the distribution system. */
  readonly control?: readonly [number, number];
  readonly fragment?: number;
  /** Of the QoS control field. */
  readonly qos?: number;
  /** The header's padding. */
  readonly paddedTo?: 1 | 4;
}

/** An IEEE 802.11 header with the fields that its control bytes call for. */
export const wlan = ({
  control = [0x08, 0x01],
  fragment = 0,
  qos = 0,
  paddedTo = 1,
}: WlanOptions = {}): Layer => ({
  encode(payload) {
    const [kind, flags] = control;
    const hasQos = (kind & 0x80) !== 0;
    const header = concatenate(
      uint8(kind, flags, 0, 0),
      ...[1, 2, 3].map((last) => macAddress(`02:00:00:00:00:0${last}`)),
      little16(fragment | (77 << 4)),
      (flags & 3) === 3 ? macAddress('02:00:00:00:00:04') : uint8(),
      hasQos ? uint8(qos, 0) : uint8(),
      hasQos && (flags & 0x80) !== 0 ? uint32(0) : uint8(),
    );
    return concatenate(header, new Uint8Array(-header.length & (paddedTo - 1)), payload);
  },
});

/** LLC with SNAP. */
export const snap = (): Layer => ({
  encode: (payload, inner) =>
    concatenate(uint8(0xaa, 0xaa, 3, 0, 0, 0), uint16(inner?.etherType ?? 0), payload),
});

/** The header of a subframe, whose length is of all that follows. */
export const subframe = (length?: number): Layer => ({
  encode: (payload) =>
    concatenate(
      macAddress('02:00:00:00:00:06'),
      macAddress('02:00:00:00:00:05'),
      uint16(length ?? payload.length),
      payload,
    ),
});

export interface RadiotapOptions {
  /** 10 frame check sequence at the end, 20 padded header, 40 bad frame check sequence; default: no such field. */
  readonly flags?: number;
  readonly time?: boolean;
  /** How many more words of fields there are. */
  readonly moreWords?: number;
  /** As stated; default: the truth. */
  readonly headerBytes?: number;
}

export const radiotap = ({
  flags,
  time = false,
  moreWords = 0,
  headerBytes,
}: RadiotapOptions = {}): Layer => ({
  encode(payload) {
    const fields = (time ? 1 : 0) | (flags === undefined ? 0 : 2);
    const words = Array.from({ length: moreWords + 1 }, (_, index) =>
      little32((index === 0 ? fields : 0) + (index < moreWords ? 0x8000_0000 : 0)),
    );
    const fieldsStart = 4 + 4 * words.length;
    const header = concatenate(
      ...words,
      time ? new Uint8Array((-fieldsStart & 7) + 8).fill(0xff) : uint8(),
      flags === undefined ? uint8() : uint8(flags),
    );
    const length = headerBytes ?? 4 + header.length;
    const checkSequence =
      flags !== undefined && (flags & 0x10) !== 0 ? new Uint8Array(4).fill(0x45) : uint8();
    return concatenate(uint8(0, 0), little16(length), header, payload, checkSequence);
  },
});
