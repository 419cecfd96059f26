/**
 * Hears of groups that are made and removed: inotify(7), by fs.watch, a watch for each directory. The kernel tells of every write to a
 * directory's files, too, and whoever may write to them, as a user in groups of its own, could keep this process busy with it. So a
 * directory that is too loud, and all of a share that is, are not listened to until a stretch of time is over.
 */
import { watch } from 'node:fs';
import { type Cgroup, pathBytes, spend, spentIn } from './cgroup.js';

export interface WatchLimits {
  readonly stretchMs: number;
  /** In a stretch: of a directory of root's, of a delegated one, and of all of one share. */
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
    /** Watches that the kernel refused: fs.inotify.max_user_watches, max_user_instances or open files. */
    refused: 0,
    /** Directories that were too loud. */
    muted: 0,
  };
  /** False from a refusal until `retry`: the next ones would most likely be refused, too. */
  isAllowed = true;
  readonly #changed: (group: Cgroup, name: string) => void;
  readonly #nowMs: () => number;
  readonly #limits: WatchLimits;

  /** `changed` is called with a name that appeared in a group's directory, or vanished, or both. */
  constructor(changed: (group: Cgroup, name: string) => void, nowMs: () => number, limits = watchLimits) {
    this.#changed = changed;
    this.#nowMs = nowMs;
    this.#limits = limits;
  }

  retry(): void {
    this.isAllowed = true;
  }

  /** Listens to a group's directory if it can. What changes there from now on is told. */
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
      // Any other reason is this directory's own: nobody may read it.
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
