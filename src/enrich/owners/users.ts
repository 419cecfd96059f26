/**
 * Names of users by /etc/passwd (passwd(5)). Those of other databases, as systemd's dynamic users, have their number as text: asking
 * for them takes a library or a process.
 */
import { statSync } from 'node:fs';
import { readBoundedText } from '../../host/bounded-file.js';
import { shownText } from './shown-text.js';

const mostBytes = 1_048_576;
const mostCharacters = 64;

/** Of two users with one number the first has it, as for the C library. */
export function usersOf(passwd: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of passwd.split('\n')) {
    const [name = '', , digits = ''] = line.split(':', 3);
    if (name === '' || !/^\d{1,10}$/.test(digits) || names.has(Number(digits))) continue;
    names.set(Number(digits), shownText(Buffer.from(name).toString('latin1')).slice(0, mostCharacters));
  }
  return names;
}

export class Users {
  /** Goes up whenever names may have changed. */
  generation = 0;
  readonly #file: string;
  #names: ReadonlyMap<number, string> = new Map();
  #version = '';

  constructor(file = '/etc/passwd') {
    this.#file = file;
  }

  /** -1 is nobody's number: the kernel did not tell it. */
  nameOf(userId: number): string {
    if (userId < 0) return 'unknown';
    return this.#names.get(userId) ?? String(userId);
  }

  /** Reads the file where it is another than the one that was read last. Never rejects: then names stay as they are. */
  async refresh(): Promise<void> {
    try {
      const { mtimeMs, ctimeMs, ino, size } = statSync(this.#file);
      const version = `${mtimeMs} ${ctimeMs} ${ino} ${size}`;
      if (version === this.#version) return;
      this.#version = version;
      this.#names = usersOf(await readBoundedText(this.#file, mostBytes));
      this.generation++;
    } catch {
      // A container from scratch has none.
    }
  }
}
