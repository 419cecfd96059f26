/**
 * Frames, header by header, outermost first:
 *
 *     frame().ethernet().vlan(5).ipv4({ source: '10.0.0.1' }).tcp({ sourcePort: 80 }).payload(10).bytes()
 *
 * Each header fills in what the ones inside it decide (type fields, lengths, the IPv4 checksum); any such field can be
 * stated instead, and then stands as stated, however wrong. Builders are values: a prefix can be used many times.
 * Transport checksums are left 0.
 */
import { concatenate, pattern } from './bytes.js';
import type { CapturedFrame } from './captures.js';
import * as internet from './internet-layers.js';
import type { Layer } from './layer.js';
import * as link from './link-layers.js';

/** A frame without any header yet. */
export const frame = (): FrameBuilder => new FrameBuilder([]);

export class FrameBuilder {
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  /** Adds any layer at all. */
  with(layer: Layer): FrameBuilder {
    return new FrameBuilder([...this.#layers, layer]);
  }

  ethernet = (options: link.EthernetOptions = {}) => this.with(link.ethernet(options));
  /** IEEE 802.3: a length and an LLC header with SNAP in place of the EtherType. */
  ethernetSnap = () => this.with(link.ethernetSnap());
  vlan = (id: number, tagType = 0x8100) => this.with(link.vlan(id, tagType));
  /** A label stack, bottom of stack set on the last one. */
  mpls = (...labels: number[]) => this.with(link.mpls(labels));
  pppoe = (options: link.PppoeOptions = {}) => this.with(link.pppoe(options));
  ppp = (options: link.PppOptions = {}) => this.with(link.ppp(options));
  sll = (options: link.CookedOptions = {}) => this.with(link.sll(options));
  sll2 = (options: link.CookedOptions = {}) => this.with(link.sll2(options));
  /** LINKTYPE_NULL: the address family as the capturing host's number, in its byte order. */
  nullLoopback = (family: number, byteOrder: 'little' | 'big') =>
    this.with(link.nullLoopback(family, byteOrder));
  /** LINKTYPE_LOOP: the same in network byte order. */
  loop = (family: number) => this.with(link.nullLoopback(family, 'big'));
  ciscoHdlc = () => this.with(link.ciscoHdlc());

  ipv4 = (options: internet.Ipv4Options = {}) => this.with(internet.ipv4(options));
  ipv6 = (options: internet.Ipv6Options = {}) => this.with(internet.ipv6(options));
  /** Any IPv6 extension header in the common form; `protocol` is its own number. */
  extension = (protocol: number, options: internet.ExtensionOptions = {}) =>
    this.with(internet.extension(protocol, options));
  /** RFC 2675: a hop-by-hop header with the jumbo payload option. */
  jumboPayload = (payloadBytes: number) => this.with(internet.jumboPayload(payloadBytes));
  ipv6Fragment = (options: internet.FragmentOptions = {}) => this.with(internet.ipv6Fragment(options));
  authentication = (icvBytes = 12) => this.with(internet.authentication(icvBytes));

  tcp = (options: internet.TcpOptions = {}) => this.with(internet.tcp(options));
  udp = (options: internet.UdpOptions = {}) => this.with(internet.udp(options));
  udpLite = (options: internet.UdpOptions = {}) => this.with(internet.udpLite(options));
  sctp = (options: internet.PortOptions = {}) => this.with(internet.sctp(options));
  dccp = (options: internet.DccpOptions = {}) => this.with(internet.dccp(options));
  /** An echo request of ICMP, or of ICMPv6. */
  icmp = (options: internet.IcmpOptions = {}) => this.with(internet.icmp(options));
  icmpv6 = (options: internet.IcmpOptions = {}) => this.with(internet.icmpv6(options));
  /** No header, just the number by which IP announces what `payload` then states. */
  protocol = (number: number) => this.with({ ipProtocol: number, encode: (payload) => payload });

  /** Raw bytes, or that many bytes of a pattern. */
  payload(bytes: Uint8Array | number): FrameBuilder {
    const own = typeof bytes === 'number' ? pattern(bytes) : bytes;
    return this.with({ encode: (payload) => concatenate(own, payload) });
  }

  bytes(): Uint8Array {
    return this.#layers.reduceRight<Uint8Array>(
      (payload, layer, index) => layer.encode(payload, this.#layers[index + 1]),
      new Uint8Array(),
    );
  }

  /** The bytes with zeros behind them up to `totalBytes`, as Ethernet pads to 60. */
  padded(totalBytes = 60): Uint8Array {
    const bytes = this.bytes();
    return concatenate(bytes, new Uint8Array(Math.max(0, totalBytes - bytes.length)));
  }

  /** The frame of which only the first `capturedBytes` were captured. */
  cut(capturedBytes: number): CapturedFrame {
    const bytes = this.bytes();
    return { bytes: bytes.subarray(0, capturedBytes), wireBytes: bytes.length };
  }
}
