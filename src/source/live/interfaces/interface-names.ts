/** Which name each interface has by its index, the number that is in cooked frames: also of those that are gone. */
import { closeSync } from 'node:fs';
import type { Native } from '../../../host/native.js';

export interface NamedInterface {
  readonly index: number;
  readonly name: string;
}

/** How many interfaces that are gone are remembered; the oldest give way. */
const mostGone = 4_096;

/** As the kernel tells of them, which asks nobody while frames come: no look-up in the file system, no right. */
export class InterfaceNames {
  readonly #native: Native;
  readonly #present = new Map<number, string>();
  readonly #gone = new Map<number, string>();
  /** Where the kernel tells of changes; undefined while it does not. */
  #notices: number | undefined;

  constructor(native: Native) {
    this.#native = native;
  }

  /** Learns of the interfaces that there are. Throws the addon's errors. */
  open(): NamedInterface[] {
    this.#notices = this.#native.openInterfaceNotices();
    return this.update();
  }

  /**
   * Learns what has changed since. Returns the interfaces that came, or have another name now. Those that are gone keep the
   * name they had last, until their index is another's.
   */
  update(): NamedInterface[] {
    if (this.#notices === undefined) return [];
    const notices = this.#native.readInterfaceNotices(this.#notices);
    return notices.filter(({ index, name, present }) => {
      if (!present) return this.#forget(index, name);
      const isNew = this.#present.get(index) !== name;
      this.#present.set(index, name);
      this.#gone.delete(index);
      return isNew;
    });
  }

  /** Undefined for one that the kernel never told of, or that has been gone for long. */
  nameOf(index: number): string | undefined {
    return this.#present.get(index) ?? this.#gone.get(index);
  }

  /** Of the interface that has this name; undefined where there is none. */
  indexOf(name: string): number | undefined {
    for (const [index, present] of this.#present) if (present === name) return index;
    return undefined;
  }

  close(): void {
    if (this.#notices !== undefined) closeSync(this.#notices);
    this.#notices = undefined;
  }

  #forget(index: number, name: string): false {
    this.#present.delete(index);
    this.#gone.set(index, name);
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > mostGone) this.#gone.delete(oldest!);
    return false;
  }
}
