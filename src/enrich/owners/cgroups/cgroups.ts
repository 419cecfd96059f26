/**
 * Paths of control groups by the id that the kernel gives for a socket: the inode of the group's directory (cgroup_id, since Linux 5.5;
 * INET_DIAG_CGROUP_ID, since 5.8). All directories are walked once; inotify tells what is made and removed later. Where inotify missed
 * something, because its queue overflowed for example, an unknown id turns up, and all directories are walked again, at long intervals.
 */
import { lstatSync, type Stats } from 'node:fs';
import { type Cgroup, pathBytes } from './cgroup.js';
import { CgroupListing } from './cgroup-listing.js';
import type { FoundCgroupMount } from './cgroup-mount.js';
import { CgroupTree, type TreeLimits, treeLimits } from './cgroup-tree.js';
import { CgroupWatches, type WatchLimits, watchLimits } from './cgroup-watches.js';
import { UnknownIds } from './unknown-ids.js';

export interface CgroupLimits extends TreeLimits, WatchLimits {
  /** The least time between two walks where there is a reason for one, and where there is none. */
  readonly walkEveryMs: number;
  readonly walkAnywayMs: number;
}

export const cgroupLimits: CgroupLimits = {
  ...treeLimits,
  ...watchLimits,
  walkEveryMs: 10_000,
  walkAnywayMs: 600_000,
};

export interface CgroupsOptions {
  readonly mount: FoundCgroupMount;
  /** How long the name of a removed group is kept after the last question for it: records are made when their window ends. */
  readonly keepMs: number;
  /** A steady clock. */
  readonly nowMs: () => number;
  readonly limits?: Partial<CgroupLimits>;
}

/** After a walk, the next one waits this many times as long as the walk took. So walks take a hundredth of a core at most. */
const walkRest = 100;
/** How long a new directory may be listed at once, in the event that told of it; the rest waits for `work`. */
const atOnceMs = 0.5;
const forgetEveryMs = 1_000;
/** A directory of this file system has two links, and one more for each directory in it. */
const linksOfLeaf = 2;

export class Cgroups {
  walks = 0;
  readonly #mount: FoundCgroupMount;
  readonly #keepMs: number;
  readonly #nowMs: () => number;
  readonly #limits: CgroupLimits;
  readonly #watches: CgroupWatches;
  readonly #listing: CgroupListing;
  readonly #unknown = new UnknownIds();
  readonly #tree: CgroupTree;
  #isWalking = false;
  #walkStartedMs = Number.NEGATIVE_INFINITY;
  #walkTookMs = 0;
  #walkDueMs = 0;
  #isAsked = false;
  #mutedBefore = 0;
  #forgottenMs = 0;

  /** Throws where the mount point cannot be read. */
  constructor({ mount, keepMs, nowMs, limits }: CgroupsOptions) {
    this.#mount = mount;
    this.#keepMs = keepMs;
    this.#nowMs = nowMs;
    this.#limits = { ...cgroupLimits, ...limits };
    this.#watches = new CgroupWatches((parent, name) => this.#changed(parent, name), nowMs, this.#limits);
    this.#listing = new CgroupListing({
      met: (parent, name) => this.#look(parent, name),
      listed: (group, listing) => this.#listed(group, listing),
    });
    const { ino } = lstatSync(Buffer.from(mount.folder, 'latin1'));
    this.#tree = new CgroupTree(mount.folder, ino, this.#limits);
  }

  get isWalking(): boolean {
    return this.#isWalking;
  }

  get counts() {
    const { watched, refused, muted } = this.#watches.counts;
    return {
      known: this.#tree.size,
      unknown: this.#unknown.size,
      leftOut: this.#tree.leftOut,
      unreadable: this.#listing.unreadable,
      walks: this.walks,
      watched,
      refused,
      muted,
    };
  }

  /** An unknown id is searched for once, in the background. The question for a removed group prolongs the time that its name is kept. */
  find(id: number): Cgroup | undefined {
    this.#isAsked = true;
    const group = this.#tree.find(id);
    if (group === undefined) this.#unknown.add(id);
    else if (group.isGone) this.#tree.keepOn(group, this.#nowMs());
    return group;
  }

  /** The path from the hierarchy's root on, as far as this process can see it. */
  pathOf(group: Cgroup): string {
    const path = `${this.#mount.prefix}${group.path}`;
    return path === '' ? '/' : path;
  }

  /** Does the work that is due, until `deadlineMs` on the steady clock. */
  work(deadlineMs: number): void {
    const startedMs = this.#nowMs();
    if (startedMs >= this.#forgottenMs + forgetEveryMs) {
      this.#forgottenMs = startedMs;
      this.#tree.forgetGone(startedMs - this.#keepMs);
    }
    if (!this.#isWalking && this.#isWalkDue(startedMs)) this.#startWalk(startedMs);
    this.#listing.work(deadlineMs, this.#nowMs);
    if (!this.#isWalking) return;
    const nowMs = this.#nowMs();
    this.#walkTookMs += nowMs - startedMs;
    if (this.#listing.isIdle) this.#endWalk(nowMs);
  }

  close(): void {
    this.#listing.close();
    for (const group of this.#tree.live()) this.#watches.unwatch(group);
  }

  #isWalkDue(nowMs: number): boolean {
    if (nowMs < this.#walkDueMs) return false;
    const { counts, isAllowed } = this.#watches;
    const isWanted =
      this.#unknown.isWaiting || (this.#isAsked && (!isAllowed || counts.muted > this.#mutedBefore));
    return isWanted || nowMs >= this.#walkStartedMs + this.#limits.walkAnywayMs;
  }

  #startWalk(nowMs: number): void {
    this.#isWalking = true;
    this.#isAsked = false;
    this.#walkStartedMs = nowMs;
    this.#walkTookMs = 0;
    this.walks++;
    this.#mutedBefore = this.#watches.counts.muted;
    this.#unknown.searchBegins();
    this.#watches.retry();
    // Watched before it is listed, so that no group is made unnoticed in between.
    this.#watches.watch(this.#tree.root);
    this.#listing.add(this.#tree.root);
  }

  #endWalk(nowMs: number): void {
    this.#isWalking = false;
    this.#walkDueMs = nowMs + Math.max(this.#limits.walkEveryMs, walkRest * this.#walkTookMs);
    this.#unknown.searchEnds((id) => this.#tree.find(id) !== undefined);
  }

  #changed(parent: Cgroup, name: string): void {
    if (parent.isGone) return;
    this.#look(parent, name);
    if (!this.#isWalking) this.#listing.work(this.#nowMs() + atOnceMs, this.#nowMs);
  }

  /** Looks what has this name in the group's directory now. */
  #look(parent: Cgroup, name: string): void {
    const known = parent.children?.get(name);
    // A full share may have very many more groups: they are not even looked at.
    if (known === undefined && !parent.share.isRoots && this.#tree.isFull(parent.share)) {
      this.#tree.leftOut++;
      return;
    }
    const stats = this.#statsOf(Buffer.from(`${parent.folder}/${name}`, 'latin1'));
    if (known !== undefined && stats?.ino !== known.id) this.#remove(known);
    if (stats === undefined) return;
    if (known?.id === stats.ino) this.#seen(known, stats);
    else this.#add(parent, name, stats);
  }

  #add(parent: Cgroup, name: string, { ino, uid }: Stats): void {
    const elsewhere = this.#tree.find(ino);
    if (elsewhere !== undefined && !elsewhere.isGone) this.#remove(elsewhere);
    if (parent.isGone) return;
    // The parent may have been given to another user after it was made.
    const itsOwn = uid === 0 || !parent.share.isRoots ? undefined : this.#statsOf(pathBytes(parent));
    if (itsOwn?.ino === parent.id) this.#noteOwner(parent, itsOwn);
    const group = this.#tree.add(parent, name, ino, uid === 0);
    if (group === undefined) return;
    this.#watches.watch(group);
    // Groups that were made in it before the watch began show in its count of links.
    const stats = this.#statsOf(pathBytes(group));
    if (stats?.ino === ino) this.#seen(group, stats);
    else this.#remove(group);
  }

  #seen(group: Cgroup, stats: Stats): void {
    group.listing = this.#listing.number;
    this.#noteOwner(group, stats);
    this.#watches.watch(group);
    const hasMore = stats.nlink > linksOfLeaf || group.children !== undefined;
    if (hasMore && (this.#isWalking || group.children === undefined)) this.#listing.add(group);
  }

  #noteOwner(group: Cgroup, { uid }: Stats): void {
    if (uid !== 0 && group.share.isRoots && group.parent !== null) this.#tree.delegate(group);
  }

  /** Children that the listing did not meet are gone. */
  #listed(group: Cgroup, listing: number): void {
    for (const child of [...(group.children?.values() ?? [])])
      if (child.listing < listing) this.#remove(child);
  }

  #remove(group: Cgroup): void {
    this.#tree.remove(group, this.#nowMs(), (removed) => this.#watches.unwatch(removed));
  }

  /** Undefined where there is no such directory, or where this process may not look at it. */
  #statsOf(path: Buffer): Stats | undefined {
    try {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      return stats?.isDirectory() ? stats : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#listing.unreadable++;
      return undefined;
    }
  }
}
