/** Link headers for frames under construction. */
import { concatenate, macAddress, uint8, uint16, uint32 } from './bytes.js';
import type { Layer } from './layer.js';

export interface EthernetOptions {
  readonly source?: string;
  readonly target?: string;
  /** EtherType; default: what the next header says. */
  readonly type?: number;
}

export interface PppoeOptions {
  /** 0 is a session's data. */
  readonly code?: number;
  readonly session?: number;
  /** Default: the payload's. */
  readonly payloadBytes?: number;
}

export interface PppOptions {
  /** Whether ff 03 stands before the protocol, as in HDLC-like framing. */
  readonly addressAndControl?: boolean;
  /** RFC 1661, protocol field compression: one byte where one is enough. */
  readonly compressedProtocol?: boolean;
  readonly protocol?: number;
}

export interface CookedOptions {
  /** Default: the EtherType of the next header. */
  readonly protocol?: number;
  /** ARPHRD_ value; default 1, Ethernet. */
  readonly hardwareType?: number;
  /** 0 to this host, 1 broadcast, 2 multicast, 3 to somebody else, 4 from this host. */
  readonly packetType?: number;
  /** Length of the address as stated; default 6. */
  readonly addressBytes?: number;
  /** Index of the interface, in the second version's header; default 2. */
  readonly interface?: number;
}

const addresses = (source = '02:00:00:00:00:01', target = '02:00:00:00:00:02') =>
  concatenate(macAddress(target), macAddress(source));

export const ethernet = ({ source, target, type }: EthernetOptions): Layer => ({
  encode: (payload, inner) =>
    concatenate(addresses(source, target), uint16(type ?? inner?.etherType ?? 0), payload),
});

export const ethernetSnap = (): Layer => ({
  encode(payload, inner) {
    const snap = concatenate(uint8(0xaa, 0xaa, 3, 0, 0, 0), uint16(inner?.etherType ?? 0), payload);
    return concatenate(addresses(), uint16(snap.length), snap);
  },
});

export const vlan = (id: number, tagType: number): Layer => ({
  etherType: tagType,
  encode: (payload, inner) => concatenate(uint16(id, inner?.etherType ?? 0), payload),
});

export const mpls = (labels: readonly number[]): Layer => ({
  etherType: 0x8847,
  encode(payload) {
    const entries = labels.map((label, index) => {
      const bottomOfStack = index === labels.length - 1 ? 0x100 : 0;
      return uint32(label * 0x1000 + bottomOfStack + 64);
    });
    return concatenate(...entries, payload);
  },
});

export const pppoe = ({ code = 0, session = 1, payloadBytes }: PppoeOptions): Layer => ({
  etherType: 0x8864,
  encode: (payload) =>
    concatenate(uint8(0x11, code), uint16(session, payloadBytes ?? payload.length), payload),
});

/** PPP protocol numbers of what the builder's layers announce by EtherType. */
const pppProtocols = new Map([
  [0x0800, 0x0021],
  [0x86dd, 0x0057],
  [0x8847, 0x0281],
]);

export const ppp = ({ addressAndControl, compressedProtocol, protocol }: PppOptions): Layer => ({
  encode(payload, inner) {
    const number = protocol ?? pppProtocols.get(inner?.etherType ?? 0) ?? 0xc021;
    return concatenate(
      addressAndControl ? uint8(0xff, 3) : uint8(),
      compressedProtocol && number < 0x100 ? uint8(number) : uint16(number),
      payload,
    );
  },
});

export const sll = ({
  protocol,
  hardwareType = 1,
  packetType = 0,
  addressBytes = 6,
}: CookedOptions): Layer => ({
  encode: (payload, inner) =>
    concatenate(
      uint16(packetType, hardwareType, addressBytes),
      macAddress('02:00:00:00:00:01'),
      uint16(0, protocol ?? inner?.etherType ?? 0),
      payload,
    ),
});

export const sll2 = ({
  protocol,
  hardwareType = 1,
  packetType = 0,
  addressBytes = 6,
  interface: index = 2,
}: CookedOptions): Layer => ({
  encode: (payload, inner) =>
    concatenate(
      uint16(protocol ?? inner?.etherType ?? 0, 0),
      uint32(index),
      uint16(hardwareType),
      uint8(packetType, addressBytes),
      macAddress('02:00:00:00:00:01'),
      uint16(0),
      payload,
    ),
});

export const nullLoopback = (family: number, byteOrder: 'little' | 'big'): Layer => ({
  encode(payload) {
    const word = uint32(family);
    return concatenate(byteOrder === 'little' ? word.toReversed() : word, payload);
  },
});

export const ciscoHdlc = (): Layer => ({
  encode: (payload, inner) => concatenate(uint8(0x0f, 0), uint16(inner?.etherType ?? 0), payload),
});
