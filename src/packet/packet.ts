/** The first two of `outcomes`. Numbers, and in front of all else, as in header-bytes.ts. */
export const PACKET = 0;
export const NOT_IP = 1;

/**
 * What decoding finds in a frame: the outermost IP header's addresses, protocol, ports and lengths.
 *
 * One object is filled again and again; nothing keeps a reference to it. Addresses and ports are the four bytes
 * as they stand on the wire, loaded little-endian as one signed 32-bit word: equal flows compare as integers, and
 * the bytes are only put in order when a record is written. IPv4 uses word 0 of each address; its others are
 * not touched and hold whatever an earlier packet left.
 */
export class Packet {
  /** 4 or 6. */
  family: 4 | 6 = 4;
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  target0 = 0;
  target1 = 0;
  target2 = 0;
  target3 = 0;
  /** The source port's two bytes, then the target port's, as one little-endian word; 0 where hasPorts is 0. */
  ports = 0;
  /** 1 where the packet states ports, else 0 (a protocol without ports, a fragment that is not the first). */
  hasPorts: 0 | 1 = 0;
  /** IANA protocol number of what follows the IP header (and IPv6's extension headers): 0 to 255. */
  protocol = 0;
  /** Payload length in bytes as DESIGN's words define it, from the headers' length fields. Never negative. */
  payloadBytes = 0;
  /**
   * Where the payload begins, as an offset in the view that was decoded; -1 in a fragment, the first one included, whose payload
   * is a part of something. What was captured may end before it.
   */
  payloadOffset = -1;
  /** The TCP header's flag byte (RFC 9293: FIN = 1, SYN = 2, …), 0 for every other protocol; -1 where a line of text has none. */
  tcpFlags = 0;
  /** With inner packets (tunnel/innermost.ts), what carried this one: a TUNNEL_ number, or 0. */
  tunnel = 0;
  /** Its identifier: VXLAN's and Geneve's network, NVGRE's subnet, GRE's key, ERSPAN's session, GTP-U's endpoint; 0 without. */
  tunnelId = 0;

  /** Where its IP header begins, as an offset in the view that was decoded; -1 for a line of text. */
  ipOffset = -1;
  /** Length of the IP packet, headers included, from its length fields; -1 where a line of text does not state it. */
  ipBytes = -1;
  /** Where what follows the IP headers begins, as an offset in that view; -1 in a fragment that is not the first. */
  transportOffset = -1;

  /**
   * What only figures ask for, filled in by details.ts where somebody does; -1 where the frame, or the line of text, does not
   * tell it. Until then it is whatever an earlier packet left.
   */
  wireBytes = -1;
  /** Microseconds since the epoch. */
  timestampUs = Number.NaN;
  /** Whether that is when it was captured, and not when it was delivered. The same for all that comes from one source. */
  isStamped = true;
  /** The byte of IPv4's type of service, or IPv6's traffic class. */
  trafficClass = -1;
  /** Time to live, or hop limit. */
  ttl = -1;
  /** Identifiers of the first and the second VLAN tag, in the order in which they stand; 0 in a tag that only states a priority. */
  outerVlan = -1;
  innerVlan = -1;
  /** The top one. */
  mplsLabel = -1;
  /** Of a cooked link header: see Tally. */
  packetType = -1;
  /** 48 bits, the first byte the most significant. */
  sourceMac = -1;
  targetMac = -1;
  icmpType = -1;
  icmpCode = -1;
  /** Number of the interface that captured it: see MOST_INTERFACE_INDEX. */
  interface = -1;

  /** Filled in by segment.ts where somebody asks how well flows go: a SEGMENT_ number; NO_SEGMENT where nothing of it is told. */
  segment = 0;
  /** Of a TCP segment, its sequence number as a signed word, the window field, and IPv4's identification; that is 0 in IPv6. */
  sequence = 0;
  tcpWindow = 0;
  identification = 0;
  /**
   * Of any other packet, plus one, two bytes that an answer repeats: the first two of UDP's payload, where DNS has its identifier, and an
   * echo's sequence number. 0 where there are fewer bytes, and of other protocols.
   */
  payloadMark = 0;

  /** Takes over what `other` holds of IP and what is in it. What tells of the frame around both stays. */
  become(other: Packet): void {
    this.family = other.family;
    this.source0 = other.source0;
    this.source1 = other.source1;
    this.source2 = other.source2;
    this.source3 = other.source3;
    this.target0 = other.target0;
    this.target1 = other.target1;
    this.target2 = other.target2;
    this.target3 = other.target3;
    this.ports = other.ports;
    this.hasPorts = other.hasPorts;
    this.protocol = other.protocol;
    this.payloadBytes = other.payloadBytes;
    this.payloadOffset = other.payloadOffset;
    this.tcpFlags = other.tcpFlags;
    this.tunnel = other.tunnel;
    this.tunnelId = other.tunnelId;
    this.ipOffset = other.ipOffset;
    this.ipBytes = other.ipBytes;
    this.transportOffset = other.transportOffset;
  }
}

/** A port of `Packet.ports` as a number. */
export function sourcePortOf(ports: number): number {
  return ((ports & 0xff) << 8) | ((ports >>> 8) & 0xff);
}

export function targetPortOf(ports: number): number {
  return ((ports >>> 8) & 0xff00) | (ports >>> 24);
}

/**
 * What became of a frame. PACKET is success; NOT_IP counts apart, and so do those of `leftOutReasons`; each other member
 * is a reason why the frame is malformed. The numbers are positions in this table, so a counter per outcome is one array.
 */
export const outcomes = [
  'packet',
  'not-ip',
  'link-header-cut',
  'link-header-length-wrong',
  'link-checksum-wrong',
  'link-nesting-too-deep',
  'ip-header-cut',
  'ip-version-wrong',
  'ip-header-length-wrong',
  'ip-total-length-wrong',
  'ipv6-extension-cut',
  'ipv6-extension-length-wrong',
  'ipv6-extension-too-many',
  'transport-header-cut',
  'transport-length-wrong',
  'text-line-not-understood',
  'own-datagram',
  'own-connection',
  'other-interface',
] as const;
export type OutcomeName = (typeof outcomes)[number];

/** Why a frame counts in no flow whatever is in it. No protocol's decoder says so: sources and the meter do. */
export const leftOutReasons: readonly OutcomeName[] = ['own-datagram', 'own-connection', 'other-interface'];

/** A position in `outcomes`. */
export type Outcome = number;

export const outcomeNumber = (name: OutcomeName): Outcome => outcomes.indexOf(name);

/**
 * Decodes one frame of one link type into `packet`.
 *
 * The frame is `view`'s bytes from `offset` to `end` (exclusive), as captured; `wireEnd` is where it would end had
 * all of it been captured (`offset` + wire length, so `wireEnd >= end` in honest captures). Reads nothing outside
 * [offset, end). Never throws, never allocates. After any outcome but PACKET, `packet` holds no promise.
 */
export type LinkDecoder = (
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
) => Outcome;
