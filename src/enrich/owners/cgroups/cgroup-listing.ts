/** Lists directories of groups, as much at a time as the caller has time for. */
import { type Dir, opendirSync } from 'node:fs';
import { type Cgroup, pathBytes } from './cgroup.js';

export interface ListingVisitor {
  /** A directory of this name stands, or stood a moment ago, in the group's. */
  met(parent: Cgroup, name: string): void;
  /** All names in the group's directory were met since `listing` began. */
  listed(group: Cgroup, listing: number): void;
}

/** Names that are read at once; the system call takes as long as a few looks at directories. */
const namesAtOnce = 64;

export class CgroupListing {
  /** Directories that cannot be read, each time. */
  unreadable = 0;
  /** Of the listing that is under way, or of the last one. */
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

  /** Goes on until nothing is left, or the time is over. */
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
      // It cannot be closed once more, either.
    }
    this.#directory = undefined;
    this.#group = undefined;
  }
}
