/** The interfaces that capture files name: each name has a number, whatever file or section it stands in. */
import { MOST_INTERFACE_INDEX } from '../../packet/numbers.js';

/** Cooked frames of a file may have a kernel's indexes. */
const firstNumber = MOST_INTERFACE_INDEX + 1;

/** No host has as many; further ones, of a file that means harm, have no number. */
const mostNames = 65_536;

export class FileInterfaces {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** -1 where there are too many. */
  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#names.length === mostNames) return -1;
    const number = firstNumber + this.#names.length;
    this.#names.push(name);
    this.#numbers.set(name, number);
    return number;
  }

  /** Undefined for an index that a frame has: the host that it is of alone knows its name. */
  nameOf(number: number): string | undefined {
    return this.#names[number - firstNumber];
  }
}
