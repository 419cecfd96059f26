/**
 * The flows of one window and one IP version: open addressing over a small index (row-index.ts), and dense rows of numbers.
 *
 * Keeping the index apart from the rows makes it small enough to stay in cache, lets it grow without moving a row (a
 * rehash reads stored hashes in order), keeps records in the order in which flows were first seen, and makes a new window
 * cost one fill of the index. The rows' memory is reserved at once for the highest number of flows; the kernel gives it
 * page by page as it is touched.
 *
 * In a large table, packets are staged in a small block and applied 64 at a time in three passes: load every index slot, load every
 * row, then update. Inside a pass no load waits for another, so the cache misses of 64 packets overlap.
 *
 * Walks over slots begin one before the first, and a new flow starts empty and has its packet added as a known one has: V8 compiles
 * what has run so far, and throws it away at the first step that has not.
 */

import { type HashSeed, hash3, portsKey } from '../../packet/hash.js';
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import { Tally } from '../tally.js';
import { findFlow, hashOfKey, isHashStaged } from './find-flow.js';
import type { FlowFigures } from './flow-figures.js';
import { prefetch } from './prefetch.js';
import { findReverse } from './reverse.js';
import { RowIndex } from './row-index.js';
import {
  COUNT,
  ENTRY_ROW,
  FULL_COUNT,
  HASH,
  maximumFlows,
  PAYLOAD_BYTES_FLOAT,
  PORTS,
  PROTOCOL,
  type RowLayout,
  readRowKey,
  rowLayoutOf,
  SOURCE,
  sameHeads,
  sumCounts,
  TARGET,
  writeRowKey4,
  writeRowKey6,
} from './row-layout.js';

export const stagedRows = 64;
/** With an index of so many slots at the most, index and rows together fit the second-level cache. */
const cachedIndex = 65_536;

/** Receives a packet that found the table full. `packet` is only read during the call. */
export type Spill = (protocol: number, packet: Tally) => void;

export class FlowRows {
  /** Flows held. Packets that are still staged are not among them: see `apply`. */
  size = 0;
  /** A flow has gone on in a second row, because its first one had counted all that it can. */
  #isSplit = false;
  protected readonly layout: RowLayout;
  readonly #rowWords: number;
  readonly #maxFlows: number;
  readonly #seed: HashSeed;
  readonly #spill: Spill;
  /** Filled again and again, with a packet that found the table full. */
  readonly #spilled = new Tally();
  readonly #rows: Int32Array;
  readonly #payloadBytes: Float64Array;
  readonly #stage: Int32Array;
  readonly #stagePayloadBytes: Float64Array;
  /** For each staged row, the slot from which on its flow is to be looked for. */
  readonly #slots = new Int32Array(stagedRows);
  #staged = 0;
  readonly #index: RowIndex;
  /** Undefined where nobody asks. */
  readonly figures: FlowFigures | undefined;
  /** Keeps the loads of `prefetch` from being optimised away. */
  touched = 0;

  /** Reserves `maxFlows` rows (1 to maximumFlows). */
  constructor(family: 4 | 6, maxFlows: number, seed: HashSeed, spill: Spill, figures?: FlowFigures) {
    this.layout = rowLayoutOf(family, figures?.asksHealth ?? false);
    this.#rowWords = this.layout.rowWords;
    this.#maxFlows = Math.min(maxFlows, maximumFlows >> this.layout.unitShift);
    this.#seed = seed;
    this.#spill = spill;
    // Shared with nobody. V8 counts any other memory as if it were objects, and were this some, it would be about to run
    // full: with a heap below 8 MB, each such alarm is a collection that stops everything for 10 ms.
    const reserved = new SharedArrayBuffer(this.#maxFlows * this.#rowWords * 4);
    this.#rows = new Int32Array(reserved);
    this.#payloadBytes = new Float64Array(reserved);
    this.#index = new RowIndex(this.#rows, this.layout);
    const block = new ArrayBuffer(stagedRows * this.#rowWords * 4);
    this.#stage = new Int32Array(block);
    this.#stagePayloadBytes = new Float64Array(block);
    this.figures = figures;
    figures?.lieBehind(reserved, this.layout);
  }

  /** Bytes of memory that `size` flows and the index take. */
  get bytes(): number {
    return this.size * (this.#rowWords * 4 + (this.figures?.flowBytes ?? 0)) + this.#index.bytes;
  }

  /**
   * Adds one IPv4 packet: at once where its flow is known and the table small enough for the cache, else by way of
   * the stage. Measured at 5,000 flows, that saves 9 of 24 ns a packet; staging pays where rows must be fetched.
   * Returns the unit at which the flow's row begins, or -1 for a packet that is staged.
   */
  add4(packet: Packet): number {
    const { source0, target0, ports, payloadBytes } = packet;
    const protocol = packet.protocol | (packet.hasPorts << 8);
    const hash = hash3(this.#seed, source0, target0, portsKey(this.#seed, ports, protocol));
    const index = this.#index.slots;
    if (index.length <= cachedIndex) {
      const rows = this.#rows;
      const mask = index.length - 1;
      for (let slot = (hash & mask) - 1; ; ) {
        slot = (slot + 1) & mask;
        const entry = index[slot]!;
        if (entry === 0) break;
        const row = ((entry & ENTRY_ROW) - 1) << 3;
        if (
          ((entry ^ hash) & ~ENTRY_ROW) === 0 &&
          rows[row | SOURCE] === source0 &&
          rows[row | TARGET] === target0 &&
          rows[row | PORTS] === ports &&
          rows[row | PROTOCOL] === protocol &&
          rows[row | COUNT] !== FULL_COUNT
        ) {
          rows[row | COUNT] = rows[row | COUNT]! + 1;
          this.#payloadBytes[(row >> 1) | PAYLOAD_BYTES_FLOAT]! += payloadBytes;
          return row >> 3;
        }
      }
    }
    this.#stage4(packet, protocol, hash);
    return -1;
  }

  /** Stages one IPv4 packet. On its own, so that V8 finds `add4` small enough to compile into the loop over frames. */
  #stage4(packet: Packet, protocol: number, hash: number): void {
    const row = this.#staged * this.#rowWords;
    const stage = this.#stage;
    writeRowKey4(stage, row, packet, protocol);
    stage[row + HASH] = hash;
    this.#stagePayloadBytes[(row >> 1) + PAYLOAD_BYTES_FLOAT] = packet.payloadBytes;
    if (this.figures !== undefined) this.figures.stage(this.#staged, packet);
    if (++this.#staged === stagedRows) this.apply();
  }

  /** Stages one IPv6 packet. */
  add6(packet: Packet): void {
    const row = this.#staged * this.#rowWords;
    const protocol = packet.protocol | (packet.hasPorts << 8);
    const stage = this.#stage;
    writeRowKey6(stage, row, packet, protocol);
    stage[row + HASH] = hashOfKey(this.#seed, packet);
    this.#stagePayloadBytes[(row >> 1) + PAYLOAD_BYTES_FLOAT] = packet.payloadBytes;
    if (this.figures !== undefined) this.figures.stage(this.#staged, packet);
    if (++this.#staged === stagedRows) this.apply();
  }

  /** Applies what is staged, so that every packet added so far is in a row (or was spilled). */
  apply(): void {
    const staged = this.#staged;
    if (staged === 0) return;
    this.#staged = 0;
    this.#index.makeRoom(this.size, staged);
    this.touched = prefetch(
      this.#index.slots,
      this.#rows,
      this.figures,
      this.layout,
      this.#stage,
      staged,
      this.#slots,
    );
    this.#updateRows(staged);
  }

  /** Fills in a flow's key. `position` is 0 to size - 1, in the order in which flows were first seen. */
  readKey(position: number, key: Packet): void {
    readRowKey(this.#rows, position * this.#rowWords, this.layout.unitWords === 8 ? 4 : 6, key);
  }

  /** Fills in what was counted of a flow. Figures that nobody asks for stay as they are. */
  readTally(position: number, tally: Tally): void {
    const row = position * this.#rowWords;
    tally.packets = this.#rows[row + COUNT]! >>> 0;
    tally.payloadBytes = this.#payloadBytes[(row >> 1) + PAYLOAD_BYTES_FLOAT]!;
    if (this.figures === undefined) return;
    this.figures.read(position, (this.#rows[row + PROTOCOL]! & 0xff) === PROTOCOL_TCP, tally);
  }

  /** Packets of all flows from `position` on. */
  packetsFrom(position: number): number {
    return sumCounts(this.#rows, this.#rowWords, position, this.size);
  }

  /** Position of the flow that goes the other way, or -1. */
  reverseOf(position: number): number {
    const { unitWords, unitShift } = this.layout;
    const unit = position << unitShift;
    return (
      findReverse(this.#seed, this.#rows, unitWords, this.#index.slots, unit, this.#isSplit) >> unitShift
    );
  }

  /** An ICMP error quoted a packet of the flow with this key; a position in `icmpErrors`. Other flows are left as they are. */
  noteError(key: Packet, error: number): void {
    const { unitWords, rowWords, unitShift } = this.layout;
    const hash = hashOfKey(this.#seed, key);
    // Anybody can send such errors, and applying each packet by itself costs more than finding a flow.
    if (isHashStaged(this.#stage, rowWords, this.#staged, hash)) this.apply();
    const unit = findFlow(this.#rows, unitWords, this.#index.slots, key, hash);
    if (unit >= 0) this.figures?.noteError(unit >> unitShift, error);
  }

  /** Empties the table. */
  clear(): void {
    this.#index.clear(this.size);
    this.size = 0;
    this.#isSplit = false;
    this.#staged = 0;
  }

  /** Adds each staged packet to its flow, making the flow where it is new. */
  #updateRows(staged: number): void {
    const { unitWords, rowWords: words, unitShift } = this.layout;
    const rows = this.#rows;
    const payloadBytes = this.#payloadBytes;
    const stage = this.#stage;
    const stagePayloadBytes = this.#stagePayloadBytes;
    const index = this.#index.slots;
    const mask = index.length - 1;
    const slots = this.#slots;
    const figures = this.figures;
    for (let i = 0; i < staged; i++) {
      const from = i * words;
      const tag = stage[from + HASH]! & ~ENTRY_ROW;
      // The index is at most half full, so an empty slot ends the walk.
      for (let slot = slots[i]! - 1; ; ) {
        slot = (slot + 1) & mask;
        let entry = index[slot]!;
        if (entry === 0) {
          entry = this.#insert(slot, tag, i);
          if (entry === 0) break;
        }
        if ((entry & ~ENTRY_ROW) !== tag) continue;
        const unit = (entry & ENTRY_ROW) - 1;
        const row = unit * unitWords;
        if (
          rows[row + SOURCE] === stage[from + SOURCE] &&
          rows[row + TARGET] === stage[from + TARGET] &&
          rows[row + PORTS] === stage[from + PORTS] &&
          rows[row + PROTOCOL] === stage[from + PROTOCOL] &&
          (unitWords === 8 || sameHeads(rows, row, stage, from))
        ) {
          if (rows[row + COUNT] === FULL_COUNT) {
            this.#isSplit = true;
            continue;
          }
          rows[row + COUNT] = rows[row + COUNT]! + 1;
          payloadBytes[(row >> 1) + PAYLOAD_BYTES_FLOAT]! +=
            stagePayloadBytes[(from >> 1) + PAYLOAD_BYTES_FLOAT]!;
          if (figures !== undefined) figures.addStaged(unit >> unitShift, i);
          break;
        }
      }
    }
  }

  /** Makes an empty flow with the key of staged packet `i`, and returns its entry; or spills the packet and returns 0. */
  #insert(slot: number, tag: number, i: number): number {
    const words = this.#rowWords;
    const from = i * words;
    const stage = this.#stage;
    if (this.size === this.#maxFlows) {
      this.#spillStaged(i);
      return 0;
    }
    const rows = this.#rows;
    const row = this.size * words;
    for (let word = 0; word < words; word++) rows[row + word] = stage[from + word]!;
    rows[row + COUNT] = 0;
    this.#payloadBytes[(row >> 1) + PAYLOAD_BYTES_FLOAT] = 0;
    if (this.figures !== undefined) this.figures.begin(this.size, i);
    const entry = tag | ((this.size++ << this.layout.unitShift) + 1);
    this.#index.slots[slot] = entry;
    return entry;
  }

  #spillStaged(i: number): void {
    const row = i * this.#rowWords;
    const spilled = this.#spilled;
    spilled.packets = 1;
    spilled.payloadBytes = this.#stagePayloadBytes[(row >> 1) + PAYLOAD_BYTES_FLOAT]!;
    if (this.figures !== undefined) this.figures.readStaged(i, spilled);
    this.#spill(this.#stage[row + PROTOCOL]! & 0xff, spilled);
  }
}
