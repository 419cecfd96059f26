/**
 * Tells of groups that are made and removed: inotify(7), by fs.watch, a watch for each directory. The kernel also tells of each write to
 * a file in the directory, and a user who may write there could keep this process busy. So a directory that is too loud is not watched
 * for the rest of the stretch of time, nor is any directory of a share that is too loud.
 */
import { watch } from 'node:fs';
import { type Cgroup, pathBytes, spend, spentIn } from './cgroup.js';

export interface WatchLimits {
  readonly stretchMs: number;
  /** In one stretch: of a directory that is root's, of a delegated one, and of a whole share. */
  readonly mostEventsOfRoots: number;
  readonly mostEventsOfDelegated: number;
  readonly mostEventsOfShare: number;
}

export const watchLimits: WatchLimits = {
  stretchMs: 10_000,
  mostEventsOfRoots: 4_096,
  mostEventsOfDelegated: 256,
  mostEventsOfShare: 2_048,
};

export class CgroupWatches {
  readonly counts = {
    watched: 0,
    /** Watches that the kernel refused, for fs.inotify.max_user_watches, max_user_instances or the limit of open files. */
    refused: 0,
    /** How often a directory was too loud, and its watch was ended. */
    muted: 0,
  };
  /** False after a refusal, until `retry`: the kernel would most likely refuse the next ones as well. */
  isAllowed = true;
  readonly #changed: (group: Cgroup, name: string) => void;
  readonly #nowMs: () => number;
  readonly #limits: WatchLimits;

  /** `changed` is called with a name that appeared in a group's directory, vanished from it, or both. */
  constructor(changed: (group: Cgroup, name: string) => void, nowMs: () => number, limits = watchLimits) {
    this.#changed = changed;
    this.#nowMs = nowMs;
    this.#limits = limits;
  }

  retry(): void {
    this.isAllowed = true;
  }

  /** Watches a group's directory if it can: changes are told from now on. */
  watch(group: Cgroup): void {
    if (group.watcher !== undefined || !this.isAllowed || this.#isTooLoud(group)) return;
    try {
      const options = { persistent: false, encoding: 'latin1' } as const;
      const watcher = watch(pathBytes(group), options, (event, name) => this.#heard(group, event, name));
      watcher.on('error', () => this.unwatch(group));
      group.watcher = watcher;
      this.counts.watched++;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      this.counts.refused++;
      // Any other reason is this directory's own, such as its permissions.
      if (code === 'ENOSPC' || code === 'EMFILE' || code === 'ENOMEM') this.isAllowed = false;
    }
  }

  unwatch(group: Cgroup): void {
    if (group.watcher === undefined) return;
    group.watcher.close();
    group.watcher = undefined;
    this.counts.watched--;
  }

  #heard(group: Cgroup, event: string, name: string | null): void {
    if (group.watcher === undefined) return;
    const stretch = this.#stretch;
    spend(group, stretch);
    spend(group.share, stretch);
    if (this.#isTooLoud(group)) {
      this.unwatch(group);
      this.counts.muted++;
    } else if (event === 'rename' && name !== null && name !== '') this.#changed(group, name);
  }

  get #stretch(): number {
    return Math.floor(this.#nowMs() / this.#limits.stretchMs);
  }

  #isTooLoud(group: Cgroup): boolean {
    const { mostEventsOfRoots, mostEventsOfDelegated, mostEventsOfShare } = this.#limits;
    const spent = spentIn(group, this.#stretch);
    if (group.share.isRoots) return spent > mostEventsOfRoots;
    return spent > mostEventsOfDelegated || spentIn(group.share, this.#stretch) > mostEventsOfShare;
  }
}
