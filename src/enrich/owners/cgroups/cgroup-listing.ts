/** Lists directories of control groups in slices, as long at a time as the caller allows. */
import { type Dir, opendirSync } from 'node:fs';
import { type Cgroup, pathBytes } from './cgroup.js';

export interface ListingVisitor {
  /** The group's directory has a directory of this name, or had one a moment ago. */
  met(parent: Cgroup, name: string): void;
  /** All directories in the group's were met, by listing number `listing`. */
  listed(group: Cgroup, listing: number): void;
}

/** Names that one system call reads; it takes as long as a few calls of lstat. */
const namesAtOnce = 64;

export class CgroupListing {
  /** How often a directory could not be read. */
  unreadable = 0;
  /** Number of the current listing, or of the last one. */
  number = 0;
  readonly #visitor: ListingVisitor;
  readonly #waiting: Cgroup[] = [];
  #group: Cgroup | undefined;
  #directory: Dir | undefined;

  constructor(visitor: ListingVisitor) {
    this.#visitor = visitor;
  }

  get isIdle(): boolean {
    return this.#directory === undefined && this.#waiting.length === 0;
  }

  /** Asks for a group's directory to be listed. */
  add(group: Cgroup): void {
    this.#waiting.push(group);
  }

  /** Lists until nothing waits, or until `deadlineMs`. */
  work(deadlineMs: number, nowMs: () => number): void {
    while (!this.isIdle && nowMs() < deadlineMs) {
      if (this.#directory === undefined) this.#open(this.#waiting.pop()!);
      else this.#step(this.#directory);
    }
  }

  close(): void {
    this.#waiting.length = 0;
    this.#closeDirectory();
  }

  #open(group: Cgroup): void {
    if (group.isGone) return;
    try {
      this.#directory = opendirSync(pathBytes(group), { bufferSize: namesAtOnce, encoding: 'latin1' });
      this.#group = group;
      this.number++;
    } catch (error) {
      this.#count(error);
    }
  }

  #step(directory: Dir): void {
    const group = this.#group!;
    try {
      const entry = directory.readSync();
      if (entry === null) {
        this.#closeDirectory();
        this.#visitor.listed(group, this.number);
      } else if (entry.isDirectory()) this.#visitor.met(group, entry.name);
    } catch (error) {
      this.#count(error);
      this.#closeDirectory();
    }
  }

  #count(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    // It was removed a moment ago.
    if (code !== 'ENOENT' && code !== 'ENODEV') this.unreadable++;
  }

  #closeDirectory(): void {
    try {
      this.#directory?.closeSync();
    } catch {
      // There is nothing left to try.
    }
    this.#directory = undefined;
    this.#group = undefined;
  }
}
