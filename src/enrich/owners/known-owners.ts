/** What records say of an end's owner. Each distinct statement is one object, which records share. */
import {
  type KnownOwner,
  type NoOwnerReason,
  noOwnerReasons,
  type Owner,
  type OwnerOrigin,
} from '../../record/owner.js';

/** The statement that nobody is known, by its reason. */
export const nobodyFor = Object.fromEntries(
  noOwnerReasons.map((reason) => [reason, { number: 0, name: '', owner: null, from: 'none', reason }]),
) as Readonly<Record<NoOwnerReason, KnownOwner>>;

export type KnownFrom = Exclude<OwnerOrigin, 'none'>;

/** Owners whose numbers differ by a multiple of this share a place; the one told last has it. */
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
