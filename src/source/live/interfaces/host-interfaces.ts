/** This host's interfaces, whose numbers are the kernel's indexes. */
import { loadNative } from '../../../host/native.js';
import { InterfaceNames } from './interface-names.js';
import { interfaceIndex } from './interfaces.js';

export class HostInterfaces {
  /** What the kernel tells. Undefined without the addon: then cooked frames have no index either, that of the engine cap. */
  readonly #told: InterfaceNames | undefined;
  /** Names of those that were asked for. */
  readonly #named = new Map<number, string>();

  constructor() {
    const { native } = loadNative();
    this.#told = native && new InterfaceNames(native);
  }

  /** Learns of the interfaces that there are. Throws the addon's errors. */
  open(): void {
    this.#told?.open();
  }

  /** Of the interface that has this name now; -1 where there is none. */
  numberOf(name: string): number {
    this.update();
    const index = this.#told === undefined ? interfaceIndex(name) : this.#told.indexOf(name);
    if (index === undefined) return -1;
    this.#named.set(index, name);
    return index;
  }

  /** Its name, also where it is gone; undefined where it never had one here. */
  nameOf(index: number): string | undefined {
    return this.#told?.nameOf(index) ?? this.#named.get(index);
  }

  /** Learns what has changed. */
  update(): void {
    this.#told?.update();
  }

  close(): void {
    this.#told?.close();
  }
}
