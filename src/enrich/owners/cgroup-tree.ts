/**
 * All control groups that are known, by id and by name, those too that were removed a while ago. A user may make as many groups below its own as it
 * likes: each user's have a share of the room, all users' together have half of it, and the rest is root's.
 */
import { Cgroup, type UserShare } from './cgroup.js';

export interface TreeLimits {
  readonly mostGroups: number;
  /** Those of all users but root; those of one of them. */
  readonly mostOfOthers: number;
  readonly mostOfUser: number;
  /** Levels below the root. */
  readonly mostDepth: number;
}

export const treeLimits: TreeLimits = {
  mostGroups: 65_536,
  mostOfOthers: 32_768,
  mostOfUser: 4_096,
  mostDepth: 64,
};

export class CgroupTree {
  readonly root: Cgroup;
  /** Groups that found no room, each time that they were seen. */
  leftOut = 0;
  readonly #limits: TreeLimits;
  readonly #byId = new Map<number, Cgroup>();
  readonly #shares = new Map<number, UserShare>();
  #others = 0;
  #gone = 0;

  /** `folder`: the mount point, a byte a character. */
  constructor(folder: string, id: number, userId: number, limits: TreeLimits) {
    this.#limits = limits;
    this.root = new Cgroup(id, folder, null, this.#shareOf(userId));
    this.#byId.set(id, this.root);
    this.root.share.groups++;
  }

  /** Groups that are there. */
  get size(): number {
    return this.#byId.size - this.#gone;
  }

  find(id: number): Cgroup | undefined {
    return this.#byId.get(id);
  }

  /** Whether nothing of this user's can be added. */
  isFull(userId: number): boolean {
    const share = this.#shares.get(userId);
    return share !== undefined && share.gone.size === 0 && !this.#hasRoom(share);
  }

  /** Undefined where there is no room. */
  add(parent: Cgroup, name: string, id: number, userId: number): Cgroup | undefined {
    const share = this.#shareOf(userId);
    const [oldest] = share.gone;
    if (!this.#hasRoom(share) && oldest !== undefined) this.#forget(oldest);
    if (!this.#hasRoom(share) || parent.depth >= this.#limits.mostDepth) {
      this.leftOut++;
      this.#dropIfEmpty(share);
      return undefined;
    }
    const group = new Cgroup(id, name, parent, share);
    parent.children ??= new Map();
    parent.children.set(name, group);
    const before = this.#byId.get(id);
    if (before?.isGone) this.#forget(before);
    this.#byId.set(id, group);
    share.groups++;
    if (userId !== 0) this.#others++;
    return group;
  }

  /** It and all below it are gone; their names are kept for the time being. `each` is called with all of them. */
  remove(group: Cgroup, nowMs: number, each: (group: Cgroup) => void): void {
    if (group.parent?.children?.get(group.name) === group) group.parent.children.delete(group.name);
    const waiting = [group];
    for (let removed = waiting.pop(); removed !== undefined; removed = waiting.pop()) {
      waiting.push(...(removed.children?.values() ?? []));
      removed.children = undefined;
      removed.goneMs = nowMs;
      removed.share.gone.add(removed);
      this.#gone++;
      each(removed);
    }
  }

  /** Forgets those that were removed before this. */
  forgetGone(beforeMs: number): void {
    for (const { gone } of [...this.#shares.values()]) {
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
    this.#gone--;
    if (this.#byId.get(group.id) === group) this.#byId.delete(group.id);
    share.groups--;
    if (share.userId !== 0) this.#others--;
    this.#dropIfEmpty(share);
  }

  #hasRoom(share: UserShare): boolean {
    const { mostGroups, mostOfOthers, mostOfUser } = this.#limits;
    if (this.#byId.size >= mostGroups) return false;
    return share.userId === 0 || (share.groups < mostOfUser && this.#others < mostOfOthers);
  }

  #shareOf(userId: number): UserShare {
    let share = this.#shares.get(userId);
    if (share === undefined) {
      share = { userId, groups: 0, gone: new Set(), spent: 0, stretch: -1 };
      this.#shares.set(userId, share);
    }
    return share;
  }

  #dropIfEmpty(share: UserShare): void {
    if (share.groups === 0 && this.#shares.get(share.userId) === share) this.#shares.delete(share.userId);
  }
}
