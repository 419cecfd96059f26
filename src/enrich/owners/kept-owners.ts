/** An owner is made once and kept until something about it changes; its number says which owners are one. */
import type { Owner, OwnerKind } from '../../record/owner.js';
import type { GroupProcesses } from './cgroups/process-state.js';

/** An owner with what it was made from. When one of these changes, the owner is made anew. */
export interface KeptOwner {
  readonly owner: Owner;
  readonly processes: GroupProcesses;
  readonly generation: number;
}

const mostNumbers = 65_536;

/** Numbers owners by kind and name. A number is never given twice. */
export class OwnerNumbers {
  /** How often the table was full and was emptied. Every owner gets a new number then. */
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
