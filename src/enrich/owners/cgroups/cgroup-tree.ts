/**
 * All known control groups, by id and by name, and those that were removed not long ago. Each delegated directory has a share of the
 * room, all of them together have half of it, and root's groups have the rest: nobody can push out the groups of others.
 */
import { Cgroup, type Share } from './cgroup.js';

export interface TreeLimits {
  readonly mostGroups: number;
  /** In all delegated shares together, and in one of them. */
  readonly mostDelegated: number;
  readonly mostOfShare: number;
  /** Levels below the root. */
  readonly mostDepth: number;
}

export const treeLimits: TreeLimits = {
  mostGroups: 65_536,
  mostDelegated: 32_768,
  mostOfShare: 4_096,
  mostDepth: 64,
};

export class CgroupTree {
  readonly root: Cgroup;
  /** How often a group was seen for which there was no room. */
  leftOut = 0;
  readonly #limits: TreeLimits;
  readonly #byId = new Map<number, Cgroup>();
  readonly #roots = newShare(true);
  readonly #withGone = new Set<Share>();
  #delegated = 0;
  #gone = 0;

  /** `folder`: the mount point, one character for each byte. */
  constructor(folder: string, id: number, limits: TreeLimits) {
    this.#limits = limits;
    this.root = new Cgroup(id, folder, null, this.#roots);
    this.#byId.set(id, this.root);
    this.#roots.groups++;
  }

  /** Groups that exist now. */
  get size(): number {
    return this.#byId.size - this.#gone;
  }

  find(id: number): Cgroup | undefined {
    return this.#byId.get(id);
  }

  /** Whether no group of this share can be added. */
  isFull(share: Share): boolean {
    return share.gone.size === 0 && !this.#hasRoom(share);
  }

  /** Undefined where there is no room. `isRoots`: root owns its directory. */
  add(parent: Cgroup, name: string, id: number, isRoots: boolean): Cgroup | undefined {
    const share = parent.share.isRoots && !isRoots ? newShare(false) : parent.share;
    const [oldest] = share.gone;
    if (!this.#hasRoom(share) && oldest !== undefined) this.#forget(oldest);
    if (!this.#hasRoom(share) || parent.depth >= this.#limits.mostDepth) {
      this.leftOut++;
      return undefined;
    }
    const group = new Cgroup(id, name, parent, share);
    parent.children ??= new Map();
    parent.children.set(name, group);
    const before = this.#byId.get(id);
    if (before?.isGone) this.#forget(before);
    this.#byId.set(id, group);
    this.#count(share, 1);
    return group;
  }

  /** Its directory was given to another user: groups that are made below it from now on are of a share of their own. */
  delegate(group: Cgroup): void {
    this.#count(group.share, -1);
    group.share = newShare(false);
    this.#count(group.share, 1);
  }

  /** It and all below it are gone; their names are kept until `forgetGone`. `each` is called with each of them. */
  remove(group: Cgroup, nowMs: number, each: (group: Cgroup) => void): void {
    if (group.parent?.children?.get(group.name) === group) group.parent.children.delete(group.name);
    const waiting = [group];
    for (let removed = waiting.pop(); removed !== undefined; removed = waiting.pop()) {
      waiting.push(...(removed.children?.values() ?? []));
      removed.children = undefined;
      removed.goneMs = nowMs;
      removed.share.gone.add(removed);
      this.#withGone.add(removed.share);
      this.#gone++;
      each(removed);
    }
  }

  /** Keeps a removed group as long as if it had been removed now. */
  keepOn(group: Cgroup, nowMs: number): void {
    group.goneMs = nowMs;
    group.share.gone.delete(group);
    group.share.gone.add(group);
  }

  /** Forgets the groups that were removed before `beforeMs`. */
  forgetGone(beforeMs: number): void {
    for (const { gone } of this.#withGone) {
      for (const group of gone) {
        if (group.goneMs >= beforeMs) break;
        this.#forget(group);
      }
    }
  }

  *live(): Iterable<Cgroup> {
    for (const group of this.#byId.values()) if (!group.isGone) yield group;
  }

  #forget(group: Cgroup): void {
    const { share } = group;
    share.gone.delete(group);
    if (share.gone.size === 0) this.#withGone.delete(share);
    this.#gone--;
    if (this.#byId.get(group.id) === group) this.#byId.delete(group.id);
    this.#count(share, -1);
  }

  #count(share: Share, groups: number): void {
    share.groups += groups;
    if (!share.isRoots) this.#delegated += groups;
  }

  #hasRoom(share: Share): boolean {
    const { mostGroups, mostDelegated, mostOfShare } = this.#limits;
    if (this.#byId.size >= mostGroups) return false;
    return share.isRoots || (share.groups < mostOfShare && this.#delegated < mostDelegated);
  }
}

function newShare(isRoots: boolean): Share {
  return { isRoots, groups: 0, gone: new Set(), spent: 0, stretch: -1 };
}
