/** Opens files in a spool's folder. Its owner may have put links there, which a process with more rights must not follow. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';

const { O_NOFOLLOW, O_NONBLOCK } = constants;

/** A descriptor. Throws where it is no regular file, or has other names. */
export function openOwnFile(path: string, flags: number): number {
  const descriptor = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  const found = fstatSync(descriptor);
  if (found.isFile() && found.nlink === 1) return descriptor;
  closeSync(descriptor);
  throw new Error(`${path} is no file of ours: a link, or not regular`);
}

/** A descriptor that is closed after its last use, because its number may be reused at once. */
export class SharedDescriptor {
  /** For calls that do not wait. */
  readonly number: number;
  #users = 0;
  #isClosing = false;

  constructor(descriptor: number) {
    this.number = descriptor;
  }

  async use<T>(work: (descriptor: number) => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await work(this.number);
    } finally {
      this.#users--;
      if (this.#isClosing) this.close();
    }
  }

  /** To be used no more. */
  close(): void {
    this.#isClosing = true;
    if (this.#users === 0) closeSync(this.number);
  }
}
