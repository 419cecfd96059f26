/** A control group, as the catalog keeps it. */
import type { FSWatcher } from 'node:fs';
import type { KeptOwner } from '../kept-owners.js';
import { shownText } from '../shown-text.js';
import type { ProcessState } from './process-state.js';

/** Counts how often something happened within one stretch of time. Stretches are numbered; a new one starts from zero. */
export interface Budget {
  spent: number;
  stretch: number;
}

/**
 * Groups that share one limit. A directory that root does not own is delegated, as systemd calls it: its owner may make any number of
 * groups below it, and give them to any user number it controls. So a delegated directory and all below it are one share; all of
 * root's groups are another.
 */
export interface Share extends Budget {
  readonly isRoots: boolean;
  /** Removed groups count until they are forgotten. */
  groups: number;
  /** The removed ones, the earliest first. */
  readonly gone: Set<Cgroup>;
}

export class Cgroup implements Budget {
  /** The directory's inode, which is the id that the kernel gives for a socket. Inodes count up from 1, so a number holds them exactly. */
  readonly id: number;
  readonly parent: Cgroup | null;
  /** The directory's name, one character for each byte (latin1). The root's is the mount point. */
  readonly name: string;
  readonly depth: number;
  share: Share;
  /** Groups below, by name. */
  children: Map<string, Cgroup> | undefined;
  /** Number of the last listing of its parent that met it. */
  listing = 0;
  /** When it was removed, or last asked for after that, on the steady clock. */
  goneMs = Number.POSITIVE_INFINITY;
  watcher: FSWatcher | undefined;
  /** How many events its directory had. */
  spent = 0;
  stretch = 0;
  processes: ProcessState | undefined;
  /** Owners of the group's sockets, by user. */
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

  /** The directory's path, one character for each byte. */
  get folder(): string {
    return this.parent === null ? this.name : `${this.parent.folder}/${this.name}`;
  }

  /** The path below the mount point, as text to show: "/system.slice/nginx.service"; "" for the root. */
  get path(): string {
    this.#path ??= this.parent === null ? '' : `${this.parent.path}/${shownText(this.name)}`;
    return this.#path;
  }
}

/** The path of the group's directory, or of a file in it, as system calls take it. */
export function pathBytes(group: Cgroup, file?: string): Buffer {
  return Buffer.from(file === undefined ? group.folder : `${group.folder}/${file}`, 'latin1');
}

/** How often it happened in stretch number `stretch`. */
export function spentIn(budget: Budget, stretch: number): number {
  return budget.stretch === stretch ? budget.spent : 0;
}

export function spend(budget: Budget, stretch: number): void {
  budget.spent = spentIn(budget, stretch) + 1;
  budget.stretch = stretch;
}
