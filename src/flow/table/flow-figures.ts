/**
 * The figures of a FlowRows' flows, at the positions of their rows, and of the packets that it has staged. A staged packet is
 * held as if it were a flow of one packet, so that to add it is to add one row to another.
 */
import type { Packet } from '../../packet/packet.js';
import type { FigureName, Tally } from '../tally.js';
import {
  FigureColumns,
  flagsOf,
  flagsWord,
  innerVlanOf,
  interfaceOf,
  interfaceWord,
  MIXED,
  outerVlanOf,
  vlanWord,
} from './figure-columns.js';
import { HealthRows } from './health-rows.js';
import type { RowLayout } from './row-layout.js';

export class FlowFigures {
  /** Undefined where nobody asks. */
  #health: HealthRows | undefined;
  readonly asksHealth: boolean;
  readonly #maxStaged: number;
  readonly #columns: FigureColumns;
  /** Flows' rows, and behind them those of staged packets. */
  readonly #floats: Float64Array;
  readonly #words: Int32Array;
  readonly #firstFloats: Float64Array;
  readonly #firstWords: Int32Array;
  readonly #firstStaged: number;

  /** Reserves rows for the `asked` figures of so many flows and staged packets. */
  constructor(asked: ReadonlySet<FigureName>, maxFlows: number, maxStaged: number) {
    this.#columns = new FigureColumns(asked);
    const { runningWords, firstWords } = this.#columns;
    const rows = maxFlows + maxStaged;
    // Shared with nobody: see FlowRows.
    const running = new SharedArrayBuffer(rows * runningWords * 4);
    this.#floats = new Float64Array(running);
    this.#words = new Int32Array(running);
    const first = new SharedArrayBuffer(rows * firstWords * 4);
    this.#firstFloats = new Float64Array(first);
    this.#firstWords = new Int32Array(first);
    this.#firstStaged = maxFlows;
    this.asksHealth = asked.has('health');
    this.#maxStaged = maxStaged;
  }

  /** To be called once, with the flows' own rows: health has its words there. */
  lieBehind(rows: SharedArrayBuffer, layout: RowLayout): void {
    if (this.asksHealth) this.#health = new HealthRows(rows, layout, this.#maxStaged);
  }

  /** Bytes of memory that a flow takes beside its own row. */
  get flowBytes(): number {
    const { runningWords, firstWords } = this.#columns;
    return (runningWords + firstWords) * 4;
  }

  /** Notes the figures of the packet that is staged at `staged`. */
  stage(staged: number, packet: Packet): void {
    const row = this.#firstStaged + staged;
    this.#writeRunning(row, packet);
    this.#writeFirst(row, packet);
    if (this.#health !== undefined) this.#health.stage(staged, packet);
  }

  /** Loads what `addStaged` will need; any number. */
  touch(position: number): number {
    return this.#words[position * this.#columns.runningWords]!;
  }

  /** Makes the figures of a new flow, whose first packet is the one staged at `staged`, and is still to be added. */
  begin(position: number, staged: number): void {
    const { runningWords, firstWords, sums } = this.#columns;
    const from = this.#firstStaged + staged;
    const words = this.#words;
    for (let i = 0; i < runningWords; i++) {
      words[position * runningWords + i] = words[from * runningWords + i]!;
    }
    for (let i = 0; i < sums; i++) this.#floats[((position * runningWords) >> 1) + i] = 0;
    const firsts = this.#firstWords;
    for (let i = 0; i < firstWords; i++) firsts[position * firstWords + i] = firsts[from * firstWords + i]!;
    if (this.#health !== undefined) this.#health.begin(position);
  }

  /** Adds the packet staged at `staged` to a flow. */
  addStaged(position: number, staged: number): void {
    this.#addRow(position, this.#firstStaged + staged);
    if (this.#health !== undefined) this.#health.addStaged(position, staged);
  }

  /** Adds a packet that is not staged to a flow: what `addStaged` does, without a row in between. */
  add(position: number, packet: Packet): void {
    const { runningWords, ipBytes, wireBytes, times, tcpFlags, ttl, vlan, interface: captor } = this.#columns;
    const floats = this.#floats;
    const words = this.#words;
    const word = position * runningWords;
    const float = word >> 1;
    if (ipBytes >= 0) floats[float + ipBytes]! += packet.ipBytes < 0 ? Number.NaN : packet.ipBytes;
    if (wireBytes >= 0) floats[float + wireBytes]! += packet.wireBytes < 0 ? Number.NaN : packet.wireBytes;
    if (times >= 0) {
      const { timestampUs } = packet;
      if (timestampUs < floats[float + times]!) floats[float + times] = timestampUs;
      if (timestampUs > floats[float + times + 1]!) floats[float + times + 1] = timestampUs;
    }
    if (tcpFlags >= 0) words[word + tcpFlags]! |= flagsWord(packet);
    if (ttl >= 0) {
      const hops = packet.ttl;
      if (hops >>> 0 < words[word + ttl]! >>> 0) words[word + ttl] = hops;
      if (hops > words[word + ttl + 1]!) words[word + ttl + 1] = hops;
    }
    if (vlan >= 0 && ((words[word + vlan]! ^ vlanWord(packet)) & ~MIXED) !== 0) words[word + vlan]! |= MIXED;
    if (captor >= 0 && ((words[word + captor]! ^ interfaceWord(packet)) & ~MIXED) !== 0)
      words[word + captor]! |= MIXED;
    if (this.#health !== undefined) this.#health.add(position, packet);
  }

  /** Fills in what a flow's figures are. What nobody asks for stays as it is. */
  read(position: number, isTcp: boolean, tally: Tally): void {
    this.#readRunning(position, tally);
    this.#readFirst(position, tally);
    if (this.#health !== undefined) this.#health.read(position, isTcp, tally.health);
  }

  /** See HealthRows. */
  noteError(position: number, error: number): void {
    this.#health?.noteError(position, error);
  }

  /** Some of them, each by itself; -1 where nobody asks for it. */
  interfaceOf(position: number): number {
    const { interface: captor, runningWords } = this.#columns;
    return captor < 0 ? -1 : interfaceOf(this.#words[position * runningWords + captor]!);
  }

  tcpFlagsOf(position: number): number {
    const { tcpFlags, runningWords } = this.#columns;
    return tcpFlags < 0 ? -1 : flagsOf(this.#words[position * runningWords + tcpFlags]!);
  }

  /** 0 where they differ. */
  ttlOf(position: number): number {
    const { ttl, runningWords } = this.#columns;
    if (ttl < 0) return -1;
    const lowest = this.#words[position * runningWords + ttl]!;
    return lowest === this.#words[position * runningWords + ttl + 1]! ? lowest : 0;
  }

  /** What `read` fills in, but for its health, of the packet staged at `staged`. */
  readStaged(staged: number, tally: Tally): void {
    const row = this.#firstStaged + staged;
    this.#readRunning(row, tally);
    this.#readFirst(row, tally);
  }

  #addRow(to: number, from: number): void {
    const { runningWords, ipBytes, wireBytes, times, tcpFlags, ttl, vlan, interface: captor } = this.#columns;
    const floats = this.#floats;
    const words = this.#words;
    const toWord = to * runningWords;
    const fromWord = from * runningWords;
    const toFloat = toWord >> 1;
    const fromFloat = fromWord >> 1;
    if (ipBytes >= 0) floats[toFloat + ipBytes]! += floats[fromFloat + ipBytes]!;
    if (wireBytes >= 0) floats[toFloat + wireBytes]! += floats[fromFloat + wireBytes]!;
    if (times >= 0) {
      const timestampUs = floats[fromFloat + times]!;
      if (timestampUs < floats[toFloat + times]!) floats[toFloat + times] = timestampUs;
      if (timestampUs > floats[toFloat + times + 1]!) floats[toFloat + times + 1] = timestampUs;
    }
    if (tcpFlags >= 0) words[toWord + tcpFlags]! |= words[fromWord + tcpFlags]!;
    if (ttl >= 0) {
      const hops = words[fromWord + ttl]!;
      if (hops >>> 0 < words[toWord + ttl]! >>> 0) words[toWord + ttl] = hops;
      if (hops > words[toWord + ttl + 1]!) words[toWord + ttl + 1] = hops;
    }
    if (vlan >= 0 && ((words[toWord + vlan]! ^ words[fromWord + vlan]!) & ~MIXED) !== 0)
      words[toWord + vlan]! |= MIXED;
    if (captor >= 0 && ((words[toWord + captor]! ^ words[fromWord + captor]!) & ~MIXED) !== 0)
      words[toWord + captor]! |= MIXED;
  }

  #writeRunning(row: number, packet: Packet): void {
    const { runningWords, ipBytes, wireBytes, times, tcpFlags, ttl, vlan, interface: captor } = this.#columns;
    const floats = this.#floats;
    const words = this.#words;
    const word = row * runningWords;
    const float = word >> 1;
    if (ipBytes >= 0) floats[float + ipBytes] = packet.ipBytes < 0 ? Number.NaN : packet.ipBytes;
    if (wireBytes >= 0) floats[float + wireBytes] = packet.wireBytes < 0 ? Number.NaN : packet.wireBytes;
    if (times >= 0) {
      floats[float + times] = packet.timestampUs;
      floats[float + times + 1] = packet.timestampUs;
    }
    if (tcpFlags >= 0) words[word + tcpFlags] = flagsWord(packet);
    if (ttl >= 0) {
      words[word + ttl] = packet.ttl;
      words[word + ttl + 1] = packet.ttl;
    }
    if (vlan >= 0) words[word + vlan] = vlanWord(packet);
    if (captor >= 0) words[word + captor] = interfaceWord(packet);
  }

  #writeFirst(row: number, packet: Packet): void {
    const { firstWords, trafficClass, tunnel, mplsLabel, packetType, macs, icmp } = this.#columns;
    const firsts = this.#firstWords;
    const word = row * firstWords;
    if (trafficClass >= 0) firsts[word + trafficClass] = packet.trafficClass;
    if (tunnel >= 0) {
      firsts[word + tunnel] = packet.tunnel;
      firsts[word + tunnel + 1] = packet.tunnelId;
    }
    if (mplsLabel >= 0) firsts[word + mplsLabel] = packet.mplsLabel;
    if (packetType >= 0) firsts[word + packetType] = packet.packetType;
    if (macs >= 0) {
      this.#firstFloats[(word >> 1) + macs] = packet.sourceMac;
      this.#firstFloats[(word >> 1) + macs + 1] = packet.targetMac;
    }
    if (icmp >= 0) {
      firsts[word + icmp] = packet.icmpType;
      firsts[word + icmp + 1] = packet.icmpCode;
    }
  }

  #readRunning(row: number, tally: Tally): void {
    const { runningWords, ipBytes, wireBytes, times, tcpFlags, ttl, vlan, interface: captor } = this.#columns;
    const floats = this.#floats;
    const words = this.#words;
    const word = row * runningWords;
    const float = word >> 1;
    if (ipBytes >= 0) tally.ipBytes = floats[float + ipBytes]!;
    if (wireBytes >= 0) tally.wireBytes = floats[float + wireBytes]!;
    if (times >= 0) {
      tally.firstUs = floats[float + times]!;
      tally.lastUs = floats[float + times + 1]!;
    }
    if (tcpFlags >= 0) tally.tcpFlags = flagsOf(words[word + tcpFlags]!);
    if (ttl >= 0) {
      tally.lowestTtl = words[word + ttl]!;
      tally.highestTtl = words[word + ttl + 1]!;
    }
    if (vlan >= 0) {
      tally.outerVlan = outerVlanOf(words[word + vlan]!);
      tally.innerVlan = innerVlanOf(words[word + vlan]!);
      tally.vlanMixed = words[word + vlan]! < 0;
    }
    if (captor >= 0) {
      tally.interface = interfaceOf(words[word + captor]!);
      tally.interfaceMixed = words[word + captor]! < 0;
    }
  }

  #readFirst(row: number, tally: Tally): void {
    const { firstWords, trafficClass, tunnel, mplsLabel, packetType, macs, icmp } = this.#columns;
    const firsts = this.#firstWords;
    const word = row * firstWords;
    if (trafficClass >= 0) tally.trafficClass = firsts[word + trafficClass]!;
    if (tunnel >= 0) {
      tally.tunnel = firsts[word + tunnel]!;
      tally.tunnelId = tally.tunnel < 0 ? -1 : firsts[word + tunnel + 1]! >>> 0;
    }
    if (mplsLabel >= 0) tally.mplsLabel = firsts[word + mplsLabel]!;
    if (packetType >= 0) tally.packetType = firsts[word + packetType]!;
    if (macs >= 0) {
      tally.sourceMac = this.#firstFloats[(word >> 1) + macs]!;
      tally.targetMac = this.#firstFloats[(word >> 1) + macs + 1]!;
    }
    if (icmp >= 0) {
      tally.icmpType = firsts[word + icmp]!;
      tally.icmpCode = firsts[word + icmp + 1]!;
    }
  }
}
