/** All flows of one window: IPv4 and IPv6 rows, and the sums of what found the table full. */

import type { HashSeed } from '../../packet/hash.js';
import type { Packet } from '../../packet/packet.js';
import type { FlowReading } from '../reading.js';
import { type FigureName, Tally } from '../tally.js';
import { FiguredRows } from './figured-rows.js';
import { FlowRows, type Spill } from './flow-rows.js';

/**
 * The interface of the flow's first packet, and the flags of all, as a Tally has them; and the time to live of all, 0 where
 * they differ. Each is -1 where nobody asks for that figure.
 */
export type TellFlow = (key: Packet, interfaceNumber: number, tcpFlags: number, ttl: number) => void;

export class FlowTable {
  readonly #maxFlows: number;
  readonly #seed: HashSeed;
  readonly #figures: ReadonlySet<FigureName>;
  /** Made with the first packet of their IP version: reserving their memory is not free. */
  #rows4: FlowRows | undefined;
  #rows6: FlowRows | undefined;
  /** How many rows `tellNew` has told. */
  #told4 = 0;
  #told6 = 0;
  /** The packets that found the table full, by protocol. */
  readonly #overflows = new Map<number, Tally>();

  /**
   * Holds up to `maxFlows` flows (1 to maximumFlows) of each IP version; further ones are summed per protocol. What
   * `earlier` has rows of will have rows here, too: so they are made now, and not by a packet in the midst of the capture,
   * where V8 would throw compiled code away for it.
   */
  constructor(
    maxFlows: number,
    seed: HashSeed,
    figures: ReadonlySet<FigureName> = new Set(),
    earlier?: FlowTable,
  ) {
    this.#maxFlows = maxFlows;
    this.#seed = seed;
    this.#figures = figures;
    if (earlier === undefined) return;
    if (earlier.#rows4 !== undefined) this.#newRows4();
    if (earlier.#rows6 !== undefined) this.#newRows6();
  }

  /** Records that the table will give. Exact after `apply`. */
  get size(): number {
    return this.flows + this.#overflows.size;
  }

  /** Flows that have a record of their own. Exact after `apply`. */
  get flows(): number {
    return this.#size4 + this.#size6;
  }

  /** Packets that were folded into overflow sums. Exact after `apply`. */
  get packetsFolded(): number {
    let packets = 0;
    for (const overflow of this.#overflows.values()) packets += overflow.packets;
    return packets;
  }

  /** Whether packets of this protocol found it full: a flow of theirs that it does not hold may be among them. */
  hasFolded(protocol: number): boolean {
    return this.#overflows.has(protocol);
  }

  /** Bytes of memory that the flows held take. */
  get bytes(): number {
    return (this.#rows4?.bytes ?? 0) + (this.#rows6?.bytes ?? 0);
  }

  /** Where the table has figures, `packet` brings its own along. */
  add(packet: Packet): void {
    if (packet.family === 4) (this.#rows4 ?? this.#newRows4()).add4(packet);
    else (this.#rows6 ?? this.#newRows6()).add6(packet);
  }

  /** Whether packets are to bring what packet/segment.ts reads. */
  get asksHealth(): boolean {
    return this.#figures.has('health');
  }

  /** An ICMP error quoted a packet of this key: see packet/quoted.ts. */
  noteError(key: Packet, error: number): void {
    if (key.family === 4) this.#rows4?.noteError(key, error);
    else this.#rows6?.noteError(key, error);
  }

  /** Brings every packet added so far into the figures. */
  apply(): void {
    this.#rows4?.apply();
    this.#rows6?.apply();
  }

  /** Fills `reading` with record `position` (0 to size - 1): IPv4 first, then IPv6, then overflow. */
  read(position: number, reading: FlowReading): void {
    const size4 = this.#size4;
    const rows = position < size4 ? this.#rows4 : this.#rows6;
    const row = position < size4 ? position : position - size4;
    if (rows !== undefined && row < rows.size) {
      rows.readKey(row, reading.key);
      reading.rest = false;
      reading.flows = 1;
      rows.readTally(row, reading.forward);
      return;
    }
    const [protocol, overflow] = [...this.#overflows][row - this.#size6]!;
    reading.key.protocol = protocol;
    reading.key.hasPorts = 0;
    reading.rest = true;
    reading.flows = 0;
    reading.forward.become(overflow);
  }

  /**
   * Record of the flow that goes the other way than that of record `position`, or -1: both ends are exchanged. A flow from an
   * end to itself has none. Exact after `apply`.
   */
  reverseOf(position: number): number {
    const size4 = this.#size4;
    if (position < size4) return this.#rows4!.reverseOf(position);
    const row = position - size4;
    if (row >= this.#size6) return -1;
    const found = this.#rows6!.reverseOf(row);
    return found < 0 ? found : size4 + found;
  }

  /** Packets in record `position` and all after it: walks the counts of all rows. */
  packetsFrom(position: number): number {
    this.apply();
    let packets = this.#rows4?.packetsFrom(position) ?? 0;
    packets += this.#rows6?.packetsFrom(Math.max(0, position - this.#size4)) ?? 0;
    const passed = Math.max(0, position - this.#size4 - this.#size6);
    for (const overflow of [...this.#overflows.values()].slice(passed)) packets += overflow.packets;
    return packets;
  }

  /** Flows that `tellNew` has not told of. Exact after `apply`. */
  get flowsUntold(): number {
    return this.flows - this.#told4 - this.#told6;
  }

  /**
   * Tells of flows that got a row since the last time, in the order in which they were first seen, `most` at most; neither IP version
   * takes the other's half. Returns how many. `key` is filled in for each.
   */
  tellNew(most: number, key: Packet, tell: TellFlow): number {
    const new4 = this.#size4 - this.#told4;
    const new6 = this.#size6 - this.#told6;
    const told4 = Math.min(new4, Math.max(most - new6, most >> 1));
    const told6 = Math.min(new6, most - told4);
    if (told4 > 0) tellRows(this.#rows4!, this.#told4, told4, key, tell);
    if (told6 > 0) tellRows(this.#rows6!, this.#told6, told6, key, tell);
    this.#told4 += told4;
    this.#told6 += told6;
    return told4 + told6;
  }

  clear(): void {
    this.#told4 = 0;
    this.#told6 = 0;
    this.#rows4?.clear();
    this.#rows6?.clear();
    this.#overflows.clear();
  }

  get #size4(): number {
    return this.#rows4?.size ?? 0;
  }

  get #size6(): number {
    return this.#rows6?.size ?? 0;
  }

  #newRows4(): FlowRows {
    this.#rows4 = this.#newRows(4);
    return this.#rows4;
  }

  #newRows6(): FlowRows {
    this.#rows6 = this.#newRows(6);
    return this.#rows6;
  }

  #newRows(family: 4 | 6): FlowRows {
    const spill: Spill = (protocol, packet) => this.#fold(protocol, packet);
    return this.#figures.size === 0
      ? new FlowRows(family, this.#maxFlows, this.#seed, spill)
      : new FiguredRows(family, this.#maxFlows, this.#seed, spill, this.#figures);
  }

  #fold(protocol: number, packet: Tally): void {
    let overflow = this.#overflows.get(protocol);
    if (overflow === undefined) {
      overflow = new Tally();
      this.#overflows.set(protocol, overflow);
    }
    overflow.add(packet);
  }
}

function tellRows(rows: FlowRows, from: number, count: number, key: Packet, tell: TellFlow): void {
  const { figures } = rows;
  for (let row = from; row < from + count; row++) {
    rows.readKey(row, key);
    if (figures === undefined) tell(key, -1, -1, -1);
    else tell(key, figures.interfaceOf(row), figures.tcpFlagsOf(row), figures.ttlOf(row));
  }
}
