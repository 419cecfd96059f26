/** What is said of an end's owner: one object for each that can be said, so that records share them. */
import {
  type KnownOwner,
  type NoOwnerReason,
  noOwnerReasons,
  type Owner,
  type OwnerOrigin,
} from '../../record/owner.js';

/** Where nobody is known, by the reason. */
export const nobodyFor = Object.fromEntries(
  noOwnerReasons.map((reason) => [reason, { number: 0, name: '', owner: null, from: 'none', reason }]),
) as Readonly<Record<NoOwnerReason, KnownOwner>>;

export type KnownFrom = Exclude<OwnerOrigin, 'none'>;

/** Of owners whose numbers differ by as many, the one that was told last has its object. */
const places = 2_048;

export class KnownOwners {
  readonly #known: Readonly<Record<KnownFrom, (KnownOwner | undefined)[]>> = {
    socket: [],
    listener: [],
    earlier: [],
  };

  of(owner: Owner, from: KnownFrom): KnownOwner {
    const known = this.#known[from];
    const place = owner.number % places;
    let found = known[place];
    if (found === undefined || found.owner !== owner) {
      found = { number: owner.number, name: owner.name, owner, from, reason: null };
      known[place] = found;
    }
    return found;
  }
}
