/** Internet and transport headers for frames under construction. */
import { concatenate, internetChecksum, ipv4Address, ipv6Address, uint8, uint16, uint32 } from './bytes.js';
import type { Layer } from './layer.js';

export interface Ipv4Options {
  readonly source?: string;
  readonly target?: string;
  readonly protocol?: number;
  readonly version?: number;
  /** Header length in 32-bit words as stated; default: the truth. */
  readonly headerWords?: number;
  /** As stated; default: the truth. */
  readonly totalBytes?: number;
  /** Option bytes, a multiple of four of them. */
  readonly options?: Uint8Array;
  readonly fragmentOffsetBytes?: number;
  readonly moreFragments?: boolean;
  readonly typeOfService?: number;
  readonly ttl?: number;
  /** Default 1. */
  readonly identification?: number;
}

export interface Ipv6Options {
  readonly source?: string;
  readonly target?: string;
  readonly nextHeader?: number;
  readonly version?: number;
  /** As stated; default: the truth. */
  readonly payloadBytes?: number;
  readonly trafficClass?: number;
  readonly hopLimit?: number;
}

export interface ExtensionOptions {
  readonly nextHeader?: number;
  /** What stands behind the first two bytes; default: six bytes, a PadN option. */
  readonly body?: Uint8Array;
  /** Length in units of eight bytes beyond the first eight, as stated; default: the truth. */
  readonly length?: number;
}

export interface FragmentOptions {
  readonly nextHeader?: number;
  readonly offsetBytes?: number;
  readonly moreFragments?: boolean;
}

export interface PortOptions {
  readonly sourcePort?: number;
  readonly targetPort?: number;
}

export interface TcpOptions extends PortOptions {
  /** The flag byte: FIN 1, SYN 2, RST 4, PSH 8, ACK 16. Default ACK. */
  readonly flags?: number;
  /** Default 1. */
  readonly sequence?: number;
  /** Default 65,535. */
  readonly window?: number;
  /** Default 1. */
  readonly acknowledgement?: number;
  readonly options?: Uint8Array;
  /** Data offset as stated; default: the truth. */
  readonly headerWords?: number;
}

export interface UdpOptions extends PortOptions {
  /** Length field as stated; default: the truth. */
  readonly length?: number;
}

export interface DccpOptions extends PortOptions {
  readonly headerWords?: number;
}

/** Default: an echo request. */
export interface IcmpOptions {
  readonly type?: number;
  readonly code?: number;
}

const noNextHeader = 59;

export const ipv4 = (given: Ipv4Options): Layer => ({
  etherType: 0x0800,
  ipProtocol: 4,
  encode(payload, inner) {
    const { version = 4, fragmentOffsetBytes = 0, moreFragments = false, options = uint8() } = given;
    const headerBytes = 20 + options.length;
    const header = concatenate(
      uint8((version << 4) | (given.headerWords ?? headerBytes / 4), given.typeOfService ?? 0),
      uint16(given.totalBytes ?? (headerBytes + payload.length) & 0xffff, given.identification ?? 1),
      uint16((moreFragments ? 0x2000 : 0) | (fragmentOffsetBytes >>> 3)),
      uint8(given.ttl ?? 64, given.protocol ?? inner?.ipProtocol ?? 0),
      uint16(0),
      ipv4Address(given.source ?? '10.0.0.1'),
      ipv4Address(given.target ?? '10.0.0.2'),
      options,
    );
    header.set(uint16(internetChecksum(header)), 10);
    return concatenate(header, payload);
  },
});

export const ipv6 = (given: Ipv6Options): Layer => ({
  etherType: 0x86dd,
  ipProtocol: 41,
  encode: (payload, inner) =>
    concatenate(
      uint32((given.version ?? 6) * 0x1000_0000 + (given.trafficClass ?? 0) * 0x10_0000),
      uint16(given.payloadBytes ?? payload.length & 0xffff),
      uint8(given.nextHeader ?? inner?.ipProtocol ?? noNextHeader, given.hopLimit ?? 64),
      ipv6Address(given.source ?? '2001:db8::1'),
      ipv6Address(given.target ?? '2001:db8::2'),
      payload,
    ),
});

export const extension = (protocol: number, given: ExtensionOptions): Layer => ({
  ipProtocol: protocol,
  encode(payload, inner) {
    const body = given.body ?? uint8(1, 4, 0, 0, 0, 0);
    const nextHeader = given.nextHeader ?? inner?.ipProtocol ?? noNextHeader;
    const length = given.length ?? (body.length + 2) / 8 - 1;
    return concatenate(uint8(nextHeader, length), body, payload);
  },
});

export const jumboPayload = (payloadBytes: number): Layer =>
  extension(0, { body: concatenate(uint8(0xc2, 4), uint32(payloadBytes)) });

export const ipv6Fragment = (given: FragmentOptions): Layer => ({
  ipProtocol: 44,
  encode(payload, inner) {
    const { offsetBytes = 0, moreFragments = false } = given;
    const nextHeader = given.nextHeader ?? inner?.ipProtocol ?? noNextHeader;
    return concatenate(
      uint8(nextHeader, 0),
      uint16(offsetBytes | (moreFragments ? 1 : 0)),
      uint32(7),
      payload,
    );
  },
});

export const authentication = (icvBytes: number): Layer => ({
  ipProtocol: 51,
  encode(payload, inner) {
    const head = uint8(inner?.ipProtocol ?? noNextHeader, (12 + icvBytes) / 4 - 2, 0, 0);
    return concatenate(head, uint32(0x100, 1), new Uint8Array(icvBytes), payload);
  },
});

const ports = ({ sourcePort = 40_000, targetPort = 443 }: PortOptions) => uint16(sourcePort, targetPort);

export const tcp = (given: TcpOptions): Layer => ({
  ipProtocol: 6,
  encode(payload) {
    const { flags = 16, sequence = 1, acknowledgement = 1, options = uint8() } = given;
    const headerWords = given.headerWords ?? 5 + options.length / 4;
    return concatenate(
      ports(given),
      uint32(sequence, acknowledgement),
      uint8(headerWords << 4, flags),
      uint16(given.window ?? 65_535, 0, 0),
      options,
      payload,
    );
  },
});

const datagram =
  (ipProtocol: number) =>
  (given: UdpOptions): Layer => ({
    ipProtocol,
    encode: (payload) =>
      concatenate(ports(given), uint16(given.length ?? (8 + payload.length) & 0xffff, 0), payload),
  });
export const udp = datagram(17);
/** RFC 3828: the length field is the checksum's coverage. */
export const udpLite = datagram(136);

export const sctp = (given: PortOptions): Layer => ({
  ipProtocol: 132,
  encode: (payload) => concatenate(ports(given), uint32(1, 0), payload),
});

/** RFC 4340: a DCCP-Data packet with 24-bit sequence numbers. */
export const dccp = (given: DccpOptions): Layer => ({
  ipProtocol: 33,
  encode: (payload) =>
    concatenate(ports(given), uint8(given.headerWords ?? 3, 0), uint16(0), uint8(2 << 1, 0, 0, 1), payload),
});

export const icmp = ({ type = 8, code = 0 }: IcmpOptions): Layer => ({
  ipProtocol: 1,
  encode: (payload) => concatenate(uint8(type, code), uint16(0, 1, 1), payload),
});

export const icmpv6 = ({ type = 128, code = 0 }: IcmpOptions): Layer => ({
  ipProtocol: 58,
  encode: (payload) => concatenate(uint8(type, code), uint16(0, 1, 1), payload),
});
