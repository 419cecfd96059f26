/**
 * What was counted of one flow, or of several that are told as one: packets, payload bytes, and the figures that somebody
 * asked for. A figure that nobody asked for, or that the input does not tell, is absent: NaN for sums and times, -1 for
 * everything else.
 */

import { FlowHealth } from './health/flow-health.js';

/**
 * The figures by what they cost: those of one name lie in the same columns of the flow table, and are asked for together.
 *
 *     ipBytes        bytes of the IP packets, headers included
 *     wireBytes      bytes of the frames on the wire, link headers included
 *     times          first and last packet
 *     tcpFlags       union of the flags of all segments, and whether a SYN opened or answered
 *     trafficClass   DSCP and ECN of the first packet
 *     ttl            lowest and highest time to live, or hop limit
 *     vlan           VLAN ids, outer and inner, of the first packet
 *     tunnel         what carried the first packet, with `--tunnels inner`
 *     mplsLabel      the top label of the first packet
 *     interface      where the first packet was captured
 *     packetType     what a cooked link header says of the first packet's way
 *     macs           link addresses of the first packet
 *     icmp           type and code of the first packet
 *     health         how well it goes: see health/flow-health.ts
 */
export const figureNames = [
  'ipBytes',
  'wireBytes',
  'times',
  'tcpFlags',
  'trafficClass',
  'ttl',
  'vlan',
  'tunnel',
  'mplsLabel',
  'interface',
  'packetType',
  'macs',
  'icmp',
  'health',
] as const;
export type FigureName = (typeof figureNames)[number];

/** Above the eight flags of RFC 9293: a SYN without an ACK was seen, and a SYN with one. */
export const SYN_SEEN = 0x100;
export const SYN_ACK_SEEN = 0x200;

export class Tally {
  packets = 0;
  payloadBytes = 0;
  ipBytes = Number.NaN;
  wireBytes = Number.NaN;
  /** Microseconds since the epoch. */
  firstUs = Number.NaN;
  lastUs = Number.NaN;
  /** The flag byte of TCP, with SYN_SEEN and SYN_ACK_SEEN. */
  tcpFlags = -1;
  /** The byte of IPv4's type of service and IPv6's traffic class: DSCP in the upper six bits, ECN in the lower two. */
  trafficClass = -1;
  lowestTtl = -1;
  highestTtl = -1;
  outerVlan = -1;
  innerVlan = -1;
  /** Packets differed in their VLAN ids. */
  vlanMixed = false;
  /** A TUNNEL_ number of packet/numbers.ts, 0 where nothing carried the packet. */
  tunnel = -1;
  /** 0 where the tunnel has none. */
  tunnelId = -1;
  mplsLabel = -1;
  /** A number that the table of interfaces has a name for. */
  interface = -1;
  /** Packets were captured on several interfaces. */
  interfaceMixed = false;
  /** Of LINKTYPE_LINUX_SLL: 0 to this host, 1 broadcast, 2 multicast, 3 to somebody else, 4 from this host. */
  packetType = -1;
  /** 48 bits, the first byte the most significant. */
  sourceMac = -1;
  targetMac = -1;
  icmpType = -1;
  icmpCode = -1;
  readonly health = new FlowHealth();

  /** Makes this the tally of nothing: no packets, all figures absent. */
  clear(): void {
    this.become(nothing);
  }

  /** Makes this a copy of `other`. */
  become(other: Readonly<Tally>): void {
    this.packets = other.packets;
    this.payloadBytes = other.payloadBytes;
    this.ipBytes = other.ipBytes;
    this.wireBytes = other.wireBytes;
    this.firstUs = other.firstUs;
    this.lastUs = other.lastUs;
    this.tcpFlags = other.tcpFlags;
    this.trafficClass = other.trafficClass;
    this.lowestTtl = other.lowestTtl;
    this.highestTtl = other.highestTtl;
    this.outerVlan = other.outerVlan;
    this.innerVlan = other.innerVlan;
    this.vlanMixed = other.vlanMixed;
    this.tunnel = other.tunnel;
    this.tunnelId = other.tunnelId;
    this.mplsLabel = other.mplsLabel;
    this.interface = other.interface;
    this.interfaceMixed = other.interfaceMixed;
    this.packetType = other.packetType;
    this.sourceMac = other.sourceMac;
    this.targetMac = other.targetMac;
    this.icmpType = other.icmpType;
    this.icmpCode = other.icmpCode;
    // Where there is none, there is none to be copied.
    if (other.health.marks !== 0) this.health.become(other.health);
    else this.health.clear();
  }

  /**
   * Adds what `other` counted. Sums are exact, and absent where a part of them is; of what the first packet had, the
   * earlier one's stays: this one's, where this one has packets.
   */
  add(other: Tally): void {
    if (other.packets === 0) return;
    if (this.packets === 0) {
      this.become(other);
      return;
    }
    this.packets += other.packets;
    this.payloadBytes += other.payloadBytes;
    this.ipBytes += other.ipBytes;
    this.wireBytes += other.wireBytes;
    this.firstUs = Math.min(this.firstUs, other.firstUs);
    this.lastUs = Math.max(this.lastUs, other.lastUs);
    this.tcpFlags = unionOf(this.tcpFlags, other.tcpFlags);
    if (other.lowestTtl >= 0 && (this.lowestTtl < 0 || other.lowestTtl < this.lowestTtl))
      this.lowestTtl = other.lowestTtl;
    this.highestTtl = Math.max(this.highestTtl, other.highestTtl);
    this.vlanMixed ||=
      other.vlanMixed || this.outerVlan !== other.outerVlan || this.innerVlan !== other.innerVlan;
    this.interfaceMixed ||= other.interfaceMixed || this.interface !== other.interface;
    this.health.add(other.health);
  }
}

const nothing: Readonly<Tally> = new Tally();

function unionOf(flags: number, others: number): number {
  if (flags < 0) return others;
  return others < 0 ? flags : flags | others;
}
