/** What interfaces had no room for while they were captured on: one after the other, and each perhaps made anew. */
import { interfaceDrops } from './interfaces.js';

/** The kernel counts since an interface exists. */
export class InterfaceDrops {
  readonly #dropsOf: typeof interfaceDrops;
  #name: string;
  /** What the kernel said last: 0 while the interface is gone, undefined where it never told. */
  #last: number | undefined;
  #total = 0;

  constructor(name: string, dropsOf = interfaceDrops) {
    this.#dropsOf = dropsOf;
    this.#name = name;
    this.#last = dropsOf(name);
  }

  /** Frames so far; undefined where the kernel does not tell. */
  count(): number | undefined {
    const now = this.#dropsOf(this.#name);
    if (now !== undefined)
      this.#total += this.#last === undefined || now < this.#last ? now : now - this.#last;
    this.#last = now ?? (this.#last === undefined ? undefined : 0);
    return this.#last === undefined ? undefined : this.#total;
  }

  /** Counts those of this interface from now on. */
  moveTo(name: string): void {
    this.count();
    this.#name = name;
    this.#last = this.#dropsOf(name);
  }
}
