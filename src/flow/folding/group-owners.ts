/** Whom the ends of groups belong to: of each group as its first flow had it, whatever becomes known or is forgotten later. */
import type { EndOwner, FlowReading } from '../reading.js';
import { type FlowOwners, findOwners } from './fold.js';

/** Instead of a place in the list: nobody is known. */
const NOBODY = 0;

export class GroupOwners {
  readonly #owners: FlowOwners;
  /** Each that was found, once; behind NOBODY. */
  readonly #list: (EndOwner | null)[] = [null];
  readonly #places = new Map<EndOwner, number>();
  /** By group: places in the list. */
  readonly #sources: Int32Array;
  readonly #targets: Int32Array;

  /** `sources` and `targets` are zeros, one for each group that there may be. */
  constructor(owners: FlowOwners, sources: Int32Array, targets: Int32Array) {
    this.#owners = owners;
    this.#sources = sources;
    this.#targets = targets;
  }

  /** Fills in the owners of a flow, as far as they are known now. */
  find(reading: FlowReading): void {
    findOwners(this.#owners, reading);
  }

  /** Keeps those of the first flow of a group. */
  keep(group: number, { sourceOwner, targetOwner }: FlowReading): void {
    this.#sources[group] = this.#placeOf(sourceOwner);
    this.#targets[group] = this.#placeOf(targetOwner);
  }

  /** Fills in those that were kept. */
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
