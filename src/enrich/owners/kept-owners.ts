/** Owners, each made once and kept as long as nothing changes; and their numbers. */
import type { Owner, OwnerKind } from '../../record/owner.js';
import type { GroupProcesses } from './cgroups/process-state.js';

/** Another one is made where one of these is another. */
export interface KeptOwner {
  readonly owner: Owner;
  readonly processes: GroupProcesses;
  readonly generation: number;
}

const mostNumbers = 65_536;

/** Gives numbers to owners by kind and name. */
export class OwnerNumbers {
  /** How often all names were forgotten, so that each gets a new number. */
  generation = 0;
  readonly #numbers = new Map<string, number>();
  #last = 0;

  of(kind: OwnerKind, name: string): number {
    const key = `${kind} ${name}`;
    let number = this.#numbers.get(key);
    if (number !== undefined) return number;
    if (this.#numbers.size >= mostNumbers) {
      this.#numbers.clear();
      this.generation++;
    }
    number = ++this.#last;
    this.#numbers.set(key, number);
    return number;
  }
}
