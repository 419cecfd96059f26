/**
 * Names of users from /etc/passwd (passwd(5)). Users of other databases, such as systemd's dynamic ones, show as their number: to ask
 * for their names would take a library or another process.
 */
import { statSync } from 'node:fs';
import { readBoundedText } from '../../host/bounded-file.js';
import { shownText } from './shown-text.js';

const mostBytes = 1_048_576;
const mostCharacters = 64;

/** Names by number. Where two users share a number, the first one's name counts, as in the C library. */
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
  /** Goes up each time that the names were read anew. */
  generation = 0;
  readonly #file: string;
  #names: ReadonlyMap<number, string> = new Map();
  #version = '';

  constructor(file = '/etc/passwd') {
    this.#file = file;
  }

  /** -1 stands for a user that the kernel did not tell. */
  nameOf(userId: number): string {
    if (userId < 0) return 'unknown';
    return this.#names.get(userId) ?? String(userId);
  }

  /** Reads the file if it has changed. Never rejects: where it cannot be read, the names stay as they are. */
  async refresh(): Promise<void> {
    try {
      const { mtimeMs, ctimeMs, ino, size } = statSync(this.#file);
      const version = `${mtimeMs} ${ctimeMs} ${ino} ${size}`;
      if (version === this.#version) return;
      this.#version = version;
      this.#names = usersOf(await readBoundedText(this.#file, mostBytes));
      this.generation++;
    } catch {
      // An empty container has no such file.
    }
  }
}
