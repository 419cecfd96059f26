/**
 * Paths of control groups by the id that the kernel tells of a socket: the inode of the group's directory (cgroup_id, since Linux 5.5;
 * INET_DIAG_CGROUP_ID, since 5.8). All directories are walked once; what is made and removed later inotify tells. Where that missed
 * something, as when its queue overflowed, an id turns up that nobody knows, and they are walked again, seldom.
 */
import { lstatSync, type Stats } from 'node:fs';
import { type Cgroup, pathBytes } from './cgroup.js';
import { CgroupListing } from './cgroup-listing.js';
import type { FoundCgroupMount } from './cgroup-mount.js';
import { CgroupTree, type TreeLimits, treeLimits } from './cgroup-tree.js';
import { CgroupWatches, type WatchLimits, watchLimits } from './cgroup-watches.js';
import { UnknownIds } from './unknown-ids.js';

export interface CgroupLimits extends TreeLimits, WatchLimits {
  /** Of a walk that somebody has a reason for, after the one before; and without one. */
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
  /** How long names are kept of groups that were removed, and that nobody asks for: records come when their window ends. */
  readonly keepMs: number;
  /** A steady clock. */
  readonly nowMs: () => number;
  readonly limits?: Partial<CgroupLimits>;
}

/** A walk takes this part of a core at most: the next one waits as many times as long as it took. */
const walkRest = 100;
/** What a new directory brings is listed at once, as long as that takes no longer. */
const atOnceMs = 0.5;
const forgetEveryMs = 1_000;
/** A directory of the kernel's file systems has one more link for each directory in it. */
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

  /** Throws where the mount point cannot be looked at. */
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

  /** What is asked for in vain is searched for in the background, once. Of a group that was removed the name is kept on for who asks. */
  find(id: number): Cgroup | undefined {
    this.#isAsked = true;
    const group = this.#tree.find(id);
    if (group === undefined) this.#unknown.add(id);
    else if (group.isGone) this.#tree.keepOn(group, this.#nowMs());
    return group;
  }

  /** From the hierarchy's root on, as far as that is to be seen. */
  pathOf(group: Cgroup): string {
    const path = `${this.#mount.prefix}${group.path}`;
    return path === '' ? '/' : path;
  }

  /** Does what is due, until `deadlineMs`. */
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
    // Listened to before it is listed, so that nothing is made unseen in between.
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

  /** Learns what stands under this name in the group's directory now. */
  #look(parent: Cgroup, name: string): void {
    const known = parent.children?.get(name);
    // Where a share has no more room nothing new is looked at: there may be very many.
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
    // Whoever makes a group gives it away a moment later.
    const itsOwn = uid === 0 || !parent.share.isRoots ? undefined : this.#statsOf(pathBytes(parent));
    if (itsOwn?.ino === parent.id) this.#noteOwner(parent, itsOwn);
    const group = this.#tree.add(parent, name, ino, uid === 0);
    if (group === undefined) return;
    this.#watches.watch(group);
    // What was made in it before it was listened to shows in its links now.
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

  /** What was not met is gone. */
  #listed(group: Cgroup, listing: number): void {
    for (const child of [...(group.children?.values() ?? [])])
      if (child.listing < listing) this.#remove(child);
  }

  #remove(group: Cgroup): void {
    this.#tree.remove(group, this.#nowMs(), (removed) => this.#watches.unwatch(removed));
  }

  /** Undefined where there is no such directory, or none that this process may look at. */
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
