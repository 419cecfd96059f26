/** Keeps the owners of groups: those of each group's first flow, whatever is learnt or forgotten later. */
import type { EndOwner, FlowReading } from '../reading.js';
import { type FlowOwners, findOwners } from './fold.js';

/** In place of a place in the list: the owner is not known. */
const NOBODY = 0;

export class GroupOwners {
  readonly #owners: FlowOwners;
  /** Each owner once, after the place of NOBODY. */
  readonly #list: (EndOwner | null)[] = [null];
  readonly #places = new Map<EndOwner, number>();
  /** By group: places in the list. */
  readonly #sources: Int32Array;
  readonly #targets: Int32Array;

  /** `sources` and `targets`: zeros, one for each possible group. */
  constructor(owners: FlowOwners, sources: Int32Array, targets: Int32Array) {
    this.#owners = owners;
    this.#sources = sources;
    this.#targets = targets;
  }

  /** Fills in a flow's owners, as far as they are known now. */
  find(reading: FlowReading): void {
    findOwners(this.#owners, reading);
  }

  /** Keeps the owners of a group's first flow. */
  keep(group: number, { sourceOwner, targetOwner }: FlowReading): void {
    this.#sources[group] = this.#placeOf(sourceOwner);
    this.#targets[group] = this.#placeOf(targetOwner);
  }

  /** Fills in the kept owners of a group. */
  recall(group: number, reading: FlowReading): void {
    reading.sourceOwner = this.#list[this.#sources[group]!]!;
    reading.targetOwner = this.#list[this.#targets[group]!]!;
  }

  #placeOf(owner: EndOwner | null): number {
    if (owner === null) return NOBODY;
    let place = this.#places.get(owner);
    if (place === undefined) {
      place = this.#list.push(owner) - 1;
      this.#places.set(owner, place);
    }
    return place;
  }
}
