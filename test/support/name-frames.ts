/** Frames that may carry a name, frames that look much like them, and what chance makes of both. */
import { concatenate, uint8, uint16, uint32 } from './bytes.js';
import { type FrameBuilder, frame } from './frames.js';
import type { TcpOptions } from './internet-layers.js';
import { seededRandom } from './random.js';

/** Sent under this address, by which a filter tells them from what the kernel sends itself. */
export const senderAddress = '02:00:00:00:00:01';

const pushed = 0x18;
const options = (bytes: number) => new Uint8Array(bytes).fill(1);
const tls = (type: number, message: number, bytes: number) =>
  concatenate(uint8(type, 3, 1), uint16(bytes - 5), uint8(message), new Uint8Array(Math.max(0, bytes - 6)));
const quic = (first: number, version: number, bytes: number) =>
  concatenate(uint8(first), uint32(version), new Uint8Array(bytes - 5).fill(7));

type Segment = (ip: FrameBuilder) => FrameBuilder;

const tcp =
  (given: TcpOptions, payload: Uint8Array | number): Segment =>
  (ip) =>
    ip.tcp(given).payload(payload);
const udp =
  (sourcePort: number, payload: Uint8Array | number): Segment =>
  (ip) =>
    ip.udp({ sourcePort }).payload(payload);

const segments: readonly Segment[] = [
  // DNS: answers, questions, too short, by TCP with and without payload.
  ...[1, 11, 12, 13, 100, 512, 1_300].map((bytes) => udp(53, bytes)),
  udp(5353, 200),
  (ip) => ip.udp({ targetPort: 53 }).payload(40),
  ...[0, 1, 5, 6, 90, 1_300].map((bytes) => tcp({ sourcePort: 53, flags: pushed }, bytes)),
  // TLS: hellos of all lengths on any port, with TCP options, and the records that are none.
  ...[6, 7, 60, 517, 1_300].map((bytes) => tcp({ targetPort: 7_001 }, tls(0x16, 1, bytes))),
  ...[4, 12, 20, 40].map((bytes) => tcp({ options: options(bytes), flags: pushed }, tls(0x16, 1, 1_200))),
  ...[0x14, 0x15, 0x17, 0x18].map((type) => tcp({ flags: pushed }, tls(type, 1, 900))),
  tcp({ flags: pushed }, tls(0x16, 2, 900)),
  tcp({ flags: pushed }, uint8(0x16, 3, 1, 2, 0)),
  // The rest of a hello: by port, flags, length.
  ...[443, 853, 8_443, 444, 80].map((targetPort) => tcp({ targetPort, flags: pushed }, 700)),
  tcp({ flags: 0x10 }, 700),
  tcp({ sourcePort: 443, targetPort: 50_000, flags: pushed }, 700),
  ...[1, 5, 6, 7, 1_300].map((bytes) => tcp({ flags: pushed }, bytes)),
  // QUIC: Initials of both versions, and long headers that are none.
  ...[0xc0, 0xcf, 0xd0, 0xe0, 0xf0, 0x40, 0x80].map((first) => udp(50_000, quic(first, 1, 1_200))),
  ...[0xd3, 0xc3, 0x53].map((first) => udp(50_000, quic(first, 0x6b3343cf, 1_250))),
  udp(50_000, quic(0xc0, 2, 1_200)),
  ...[1_191, 1_192].map((bytes) => udp(50_000, quic(0xc0, 1, bytes))),
  // Acknowledgements and other small ones.
  ...[0, 4, 8, 12, 40].map((bytes) => tcp({ options: options(bytes) }, 0)),
  ...[0, 1, 2, 3, 4, 5].map((bytes) => udp(50_000, bytes)),
  (ip) => ip.icmp().payload(1_000),
  (ip) => ip.protocol(50).payload(900),
];

const name: Segment = (ip) => ip.udp({ sourcePort: 53 }).payload(1_200);
/** What stands before an IP header; and IP headers. */
const packets = (link: FrameBuilder): FrameBuilder[] => [
  ...segments.map((segment) => segment(link.ipv4())),
  ...segments.map((segment) => segment(link.ipv6())),
  ...segments.slice(0, 30).map((segment) => segment(link.ipv4({ options: options(40) }))),
  name(link.ipv4({ moreFragments: true })),
  name(link.ipv4({ fragmentOffsetBytes: 8 })),
  name(link.ipv4({ headerWords: 3 })),
  name(link.ipv4({ version: 5 })),
  name(link.ipv6().extension(0)),
  name(link.ipv6().ipv6Fragment()),
];

/** Packets that begin with IP, each once. */
export const rawPackets = (): Uint8Array[] => packets(frame()).map((builder) => builder.bytes());

/** Ethernet frames: plain, with one tag to three, and of other types. */
export function ethernetFrames(): Uint8Array[] {
  const ethernet = frame().ethernet({ source: senderAddress });
  const service = 0x88a8;
  const links = [ethernet, ethernet.vlan(5), ethernet.vlan(6, service), ethernet.vlan(6, service).vlan(5)];
  const others = [
    name(ethernet.vlan(1).vlan(2).vlan(3).ipv4()),
    name(ethernet.mpls(16).ipv4()),
    ethernet.with({ etherType: 0x0806, encode: (payload) => payload }).payload(46),
    ...[14, 15, 20, 33, 34, 53, 54, 55].map((bytes) => ethernet.ipv4().tcp().payload(bytes)),
  ];
  const padded = [ethernet.ipv4().tcp(), ethernet.ipv4().tcp({ sourcePort: 53 }), ethernet.ipv4().udp()];
  return [
    ...links.flatMap(packets).map((builder) => builder.bytes()),
    ...others.map((builder) => builder.bytes()),
    ...padded.map((builder) => builder.padded()),
    ...[14, 15, 18, 33, 34, 41, 53].map((bytes) => ethernet.ipv4().tcp().bytes().subarray(0, bytes)),
  ];
}

/** Of these frames, with bits turned over or bytes replaced in the first ninety from `from` on, some of them cut. */
export function changedByChance(
  whole: readonly Uint8Array[],
  count: number,
  from: number,
  seed: number,
): Uint8Array[] {
  const random = seededRandom(seed);
  const interesting = [0, 1, 3, 5, 6, 16, 17, 20, 53, 0x08, 0x16, 0x45, 0x4f, 0x60, 0x81, 0xc0, 0xd0, 0xff];
  return Array.from({ length: count }, () => {
    const bytes = whole[random() % whole.length]!.slice();
    for (let changes = random() % 4; changes > 0; changes--) {
      const at = from + (random() % Math.min(90, Math.max(1, bytes.length - from)));
      if (at >= bytes.length) continue;
      if (random() % 2 === 0) bytes[at]! ^= 1 << (random() % 8);
      else bytes[at] = interesting[random() % interesting.length]!;
    }
    return random() % 4 === 0
      ? bytes.subarray(0, from + 2 + (random() % Math.max(1, bytes.length - from - 1)))
      : bytes;
  });
}

/** Longer than is captured of any. */
export const longFrames = (): Uint8Array[] =>
  [frame().ethernet({ source: senderAddress }), frame().ethernet({ source: senderAddress }).vlan(7)].flatMap(
    (link) =>
      [4_000, 4_040, 4_054, 4_055, 5_000, 8_800].flatMap((bytes) => [
        link.ipv4().udp({ sourcePort: 53 }).payload(bytes).bytes(),
        link
          .ipv6()
          .tcp({ targetPort: 7_001 })
          .payload(tls(0x16, 1, bytes))
          .bytes(),
        link.ipv4().tcp({ flags: pushed }).payload(bytes).bytes(),
      ]),
  );
