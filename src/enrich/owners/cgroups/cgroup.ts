/** One control group, as the catalog keeps it. */
import type { FSWatcher } from 'node:fs';
import type { KeptOwner } from '../kept-owners.js';
import { shownText } from '../shown-text.js';
import type { ProcessState } from './process-state.js';

/** How often something happened in the stretch of time that it happened in last. Stretches are numbered. */
export interface Budget {
  spent: number;
  stretch: number;
}

/**
 * Groups that have their room together. A directory that is not root's is delegated, as systemd calls it: its owner may make as many groups below
 * as it likes, and give them to others that it has numbers of. So it and all below it are one share, and what is root's is another.
 */
export interface Share extends Budget {
  readonly isRoots: boolean;
  /** Those that were removed too, until they are forgotten. */
  groups: number;
  /** Those that were removed, the earliest first. */
  readonly gone: Set<Cgroup>;
}

export class Cgroup implements Budget {
  /** The directory's inode, which is what the kernel tells of a socket. Exact up to 2^53: they are given one after the other. */
  readonly id: number;
  readonly parent: Cgroup | null;
  /** Of the directory, a byte a character (latin1). The root's is the mount point. */
  readonly name: string;
  readonly depth: number;
  share: Share;
  /** By name. */
  children: Map<string, Cgroup> | undefined;
  /** The last listing of its parent that saw it. */
  listing = 0;
  /** When it was removed, or asked for after that, on the steady clock. */
  goneMs = Number.POSITIVE_INFINITY;
  watcher: FSWatcher | undefined;
  /** Events of its directory. */
  spent = 0;
  stretch = 0;
  processes: ProcessState | undefined;
  /** By user. */
  owners: Map<number, KeptOwner> | undefined;
  #path: string | undefined;

  constructor(id: number, name: string, parent: Cgroup | null, share: Share) {
    this.id = id;
    this.name = name;
    this.parent = parent;
    this.depth = parent === null ? 0 : parent.depth + 1;
    this.share = share;
  }

  get isGone(): boolean {
    return this.goneMs !== Number.POSITIVE_INFINITY;
  }

  /** The directory, a byte a character. */
  get folder(): string {
    return this.parent === null ? this.name : `${this.parent.folder}/${this.name}`;
  }

  /** From the mount on, to be shown: "/system.slice/nginx.service"; "" for the root. */
  get path(): string {
    this.#path ??= this.parent === null ? '' : `${this.parent.path}/${shownText(this.name)}`;
    return this.#path;
  }
}

/** A directory's path, or that of a file in it, as the system calls take it. */
export function pathBytes(group: Cgroup, file?: string): Buffer {
  return Buffer.from(file === undefined ? group.folder : `${group.folder}/${file}`, 'latin1');
}

/** How often it happened in this stretch. */
export function spentIn(budget: Budget, stretch: number): number {
  return budget.stretch === stretch ? budget.spent : 0;
}

export function spend(budget: Budget, stretch: number): void {
  budget.spent = spentIn(budget, stretch) + 1;
  budget.stretch = stretch;
}
