/**
 * Where a flow's figures lie. Only those that are asked for take room, in two rows, side by side with the flow's own:
 *
 *     running    what each packet may change: sums and times as float64, then words
 *     first      what the first packet had, written once: link addresses as float64, then words
 *
 * A running row is a power of two long, 64 bytes with all figures, so that none of them lies in two cache lines. How TCP flags,
 * VLAN ids and the interface become a word each, the functions below say.
 */
import { PROTOCOL_TCP, TCP_ACK, TCP_SYN } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import { type FigureName, SYN_ACK_SEEN, SYN_SEEN } from '../tally.js';

/** Each column's position in its row, or -1 where nobody asks for it. */
export class FigureColumns {
  /** Float64s of the running row. Sums come first: they begin at 0, all else as the first packet has it. */
  readonly ipBytes: number;
  readonly wireBytes: number;
  readonly sums: number;
  /** The first time, and behind it the last. */
  readonly times: number;

  /** Words of the running row. */
  readonly tcpFlags: number;
  /** The lowest, and behind it the highest; as unsigned numbers an absent one is higher than all others. */
  readonly ttl: number;
  readonly vlan: number;
  readonly interface: number;
  readonly runningWords: number;

  /** Float64s of the first row: source, and behind it target. */
  readonly macs: number;

  /** Words of the first row. */
  readonly trafficClass: number;
  /** Kind and identifier. */
  readonly tunnel: number;
  readonly mplsLabel: number;
  readonly packetType: number;
  /** Type and code. */
  readonly icmp: number;
  readonly firstWords: number;

  constructor(asked: ReadonlySet<FigureName>) {
    let taken = 0;
    const next = (figure: FigureName, columns = 1): number => {
      if (!asked.has(figure)) return -1;
      taken += columns;
      return taken - columns;
    };
    this.ipBytes = next('ipBytes');
    this.wireBytes = next('wireBytes');
    this.sums = taken;
    this.times = next('times', 2);
    taken *= 2; // In words from here on.
    this.tcpFlags = next('tcpFlags');
    this.ttl = next('ttl', 2);
    this.vlan = next('vlan');
    this.interface = next('interface');
    this.runningWords = taken === 0 ? 0 : 2 ** Math.max(1, Math.ceil(Math.log2(taken)));
    taken = 0;
    this.macs = next('macs', 2);
    taken *= 2;
    this.trafficClass = next('trafficClass');
    this.tunnel = next('tunnel', 2);
    this.mplsLabel = next('mplsLabel');
    this.packetType = next('packetType');
    this.icmp = next('icmp', 2);
    this.firstWords = taken + (taken & 1); // Whole float64s.
  }
}

const FLAGS_TOLD = 0x400;

/** A packet's TCP flags as a Tally has them, and FLAGS_TOLD; or 0 where it has none. */
export function flagsWord({ protocol, hasPorts, tcpFlags }: Packet): number {
  if (protocol !== PROTOCOL_TCP || hasPorts === 0 || tcpFlags < 0) return 0;
  const told = FLAGS_TOLD | tcpFlags;
  if ((tcpFlags & TCP_SYN) === 0) return told;
  return told | ((tcpFlags & TCP_ACK) === 0 ? SYN_SEEN : SYN_ACK_SEEN);
}

export const flagsOf = (word: number): number => (word === 0 ? -1 : word & ~FLAGS_TOLD);

/** In the words of VLAN and interface: packets differed. */
export const MIXED = 1 << 31;
const vlanBits = 13;
const vlanMask = (1 << vlanBits) - 1;

/** Each identifier plus one, so that 0 stands for an absent one: the outer in the lower 13 bits, the inner in the next. */
export const vlanWord = ({ outerVlan, innerVlan }: Packet): number =>
  (outerVlan + 1) | ((innerVlan + 1) << vlanBits);
export const outerVlanOf = (word: number): number => (word & vlanMask) - 1;
export const innerVlanOf = (word: number): number => ((word >>> vlanBits) & vlanMask) - 1;

/** Its number plus one. */
export const interfaceWord = (packet: Packet): number => packet.interface + 1;
export const interfaceOf = (word: number): number => (word & ~MIXED) - 1;
