/**
 * Flows that differ only in what is left out are told as one, with the sums of all, and whatever a single one of them had from
 * the first.
 *
 * It first goes through all flows and links those of a group, each to the next by its place: no more memory than some words a
 * flow, whatever is counted of them. Then it follows each group's links and adds up. A group is known by 64 bits of hashes that
 * nobody can foresee.
 *
 * While a window is told, owners become known and are forgotten. So each flow's owners are asked for once, when the flow is linked, and
 * a group keeps those of its first flow.
 */
import { checkSeedOf, type HashSeed } from '../../packet/hash.js';
import { FlowReading } from '../reading.js';
import { END, type FlowReader, NOTHING, READING, type Step, type Walk } from '../walk.js';
import type { FlowOwners, Fold } from './fold.js';
import { groupHash } from './group-key.js';
import { GroupOwners } from './group-owners.js';

/** Instead of a place + 1: there is none. */
const NONE = 0;

export class GroupWalk implements Walk {
  readonly #reader: FlowReader;
  readonly #folds: readonly Fold[];
  /** Undefined where flows are not grouped by owner. */
  readonly #owners: GroupOwners | undefined;
  readonly #seed: HashSeed;
  readonly #checkSeed: HashSeed;
  /** By hash: a group's number + 1, or NONE. At most half of it is taken. */
  readonly #slots: Int32Array;
  /** For each group, in the order in which they were first seen: its hashes, and the places of its first and last flow. */
  readonly #hashes: Int32Array;
  readonly #checks: Int32Array;
  readonly #firsts: Int32Array;
  readonly #lasts: Int32Array;
  /** For each flow, the place + 1 of the next of its group. */
  readonly #next: Int32Array;
  readonly #flow = new FlowReading();
  #groups = 0;
  /** Places that have been looked at. */
  #linked = 0;
  /** The group that is told now, and the place + 1 of its flow that is added next; NONE between two groups. */
  #group = 0;
  #link = NONE;

  /** `owners`: undefined where flows are not grouped by owner. */
  constructor(reader: FlowReader, folds: readonly Fold[], owners: FlowOwners | undefined, seed: HashSeed) {
    const { size } = reader;
    this.#reader = reader;
    this.#folds = folds;
    this.#owners = owners && new GroupOwners(owners, words(size), words(size));
    this.#seed = seed;
    this.#checkSeed = checkSeedOf(seed);
    this.#slots = words(slotsFor(size));
    this.#hashes = words(size);
    this.#checks = words(size);
    this.#firsts = words(size);
    this.#lasts = words(size);
    this.#next = words(size);
  }

  get mostReadings(): number {
    return this.#groups + this.#reader.size - this.#linked;
  }

  step(reading: FlowReading): Step {
    if (this.#linked < this.#reader.size) {
      this.#linkPlace(this.#linked++);
      return NOTHING;
    }
    if (this.#link !== NONE) this.#link = this.#add(this.#link - 1, reading);
    else if (this.#group < this.#groups) this.#link = this.#begin(this.#group, reading);
    else return END;
    if (this.#link !== NONE) return NOTHING;
    this.#group++;
    return READING;
  }

  restart(): void {
    this.#group = 0;
    this.#link = NONE;
  }

  #linkPlace(place: number): void {
    const flow = this.#flow;
    if (!this.#reader.read(place, flow)) return;
    this.#owners?.find(flow);
    this.#fold(flow);
    const hash = groupHash(this.#seed, flow);
    const check = groupHash(this.#checkSeed, flow);
    const group = this.#groupOf(hash, check);
    if (group === this.#groups) {
      this.#groups++;
      this.#hashes[group] = hash;
      this.#checks[group] = check;
      this.#firsts[group] = place;
      this.#owners?.keep(group, flow);
    } else {
      this.#next[this.#lasts[group]!] = place + 1;
    }
    this.#lasts[group] = place;
  }

  /** The number of its group: that of the next one where it is the first. */
  #groupOf(hash: number, check: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const group = slots[slot]! - 1;
      if (group < 0) {
        slots[slot] = this.#groups + 1;
        return this.#groups;
      }
      if (this.#hashes[group] === hash && this.#checks[group] === check) return group;
    }
  }

  #fold(reading: FlowReading): void {
    for (const fold of this.#folds) fold(reading);
  }

  /** Both return the place + 1 of the next one. */
  #begin(group: number, reading: FlowReading): number {
    const place = this.#firsts[group]!;
    this.#reader.read(place, reading);
    forgetOwners(reading);
    this.#owners?.recall(group, reading);
    this.#fold(reading);
    return this.#next[place]!;
  }

  #add(place: number, reading: FlowReading): number {
    const flow = this.#flow;
    this.#reader.read(place, flow);
    reading.flows += flow.flows;
    reading.forward.add(flow.forward);
    reading.reverse.add(flow.reverse);
    reading.health.add(flow.health);
    return this.#next[place]!;
  }
}

/** A record is reused, and may have the owners of the one before. */
function forgetOwners(reading: FlowReading): void {
  reading.sourceOwner = null;
  reading.targetOwner = null;
}

/** Zeros. Shared with nobody: see FlowRows. */
function words(count: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(count * 4));
}

/** A power of two. */
function slotsFor(groups: number): number {
  let slots = 16;
  while (slots < 2 * groups) slots *= 2;
  return slots;
}
