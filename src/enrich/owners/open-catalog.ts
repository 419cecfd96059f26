/** Opens the catalog of owners. It needs no right. It works in the background, by timers that do not keep the process alive. */
import { steadyMs } from '../../host/clock.js';
import type { Owner } from '../../record/owner.js';
import type { OwnerCatalog } from './catalog.js';
import type { Cgroup } from './cgroups/cgroup.js';
import { type FoundCgroupMount, findCgroupMount, type NoCgroupMount } from './cgroups/cgroup-mount.js';
import { ownerNames } from './cgroups/cgroup-names.js';
import { type CgroupLimits, Cgroups } from './cgroups/cgroups.js';
import { type GroupProcesses, noProcesses } from './cgroups/process-state.js';
import { Processes } from './cgroups/processes.js';
import { type KeptOwner, OwnerNumbers } from './kept-owners.js';
import { Users } from './users.js';

export interface CatalogOptions {
  /** How long the name of a removed control group is kept. */
  readonly keepMs: number;
  readonly mount?: FoundCgroupMount | NoCgroupMount;
  readonly limits?: Partial<CgroupLimits>;
  /** The file with users' names, in the format of passwd(5). */
  readonly passwd?: string;
  /** A steady clock. */
  readonly nowMs?: () => number;
}

/** The capture waits this long for the first walk, which is enough for some hundred groups; a longer walk goes on in slices, with rests. */
const openingMs = 20;
const sliceMs = 1;
const walkingRestMs = 5;
/** Reading processes takes at most one millisecond in a hundred. */
const processesMs = 1;
const restMs = 100;
const usersEveryMs = 10_000;

/** How many users' owners are kept for sockets whose group is not known, and for one group: there may be very many groups. */
const mostUsers = 4_096;
const mostUsersOfGroup = 64;

/** Where there are no control groups, it knows users only. */
export async function openOwnerCatalog(options: CatalogOptions): Promise<OwnerCatalog> {
  const catalog = new HostCatalog(options);
  await catalog.open();
  return catalog;
}

class HostCatalog implements OwnerCatalog {
  readonly #nowMs: () => number;
  readonly #groups: Cgroups | NoCgroupMount;
  readonly #processes: Processes;
  readonly #users: Users;
  readonly #numbers = new OwnerNumbers();
  /** Owners of sockets whose group is not known. */
  readonly #byUser = new Map<number, KeptOwner>();
  #timer: NodeJS.Timeout | undefined;
  #usersMs = 0;
  /** When it was closed: then it listens to nothing. */
  #lastWords: string | undefined;

  constructor({ keepMs, mount = findCgroupMount(), limits = {}, passwd, nowMs = steadyMs }: CatalogOptions) {
    this.#nowMs = nowMs;
    this.#groups = typeof mount === 'string' ? mount : new Cgroups({ mount, keepMs, nowMs, limits });
    this.#processes = new Processes(nowMs);
    this.#users = new Users(passwd);
  }

  async open(): Promise<void> {
    if (typeof this.#groups !== 'string') this.#groups.work(this.#nowMs() + openingMs);
    await this.#users.refresh();
    this.#usersMs = this.#nowMs();
    this.#workLater();
  }

  get counts(): Readonly<Record<string, number>> {
    const groups = typeof this.#groups === 'string' ? {} : this.#groups.counts;
    const { read, changed, tooMany, unreadable, hidden } = this.#processes.counts;
    return {
      ...groups,
      processesRead: read,
      processesChanged: changed,
      processesTooMany: tooMany,
      processesUnreadable: unreadable,
      processesHidden: hidden,
    };
  }

  get inWords(): string {
    if (this.#lastWords !== undefined) return this.#lastWords;
    if (typeof this.#groups === 'string') return `no control groups by name: ${this.#groups}`;
    const { known, unknown, leftOut, watched } = this.#groups.counts;
    const more = leftOut === 0 ? '' : `, no room for others ${leftOut} times`;
    const unheard = watched === known ? '' : `, ${known - watched} not listened to`;
    return `${known} control groups by name, ${unknown} unknown ids${more}${unheard}`;
  }

  ownerOf(cgroupId: number, userId: number): Owner {
    const groups = this.#groups;
    const group = cgroupId === 0 || typeof groups === 'string' ? undefined : groups.find(cgroupId);
    // The root group holds processes of all kinds: they say nothing about one socket.
    const processes = group === undefined || group.parent === null ? noProcesses : this.#processes.of(group);
    const kept = this.#keptOf(group);
    const before = kept.get(userId);
    const generation = this.#users.generation + this.#numbers.generation;
    if (before !== undefined && before.processes === processes && before.generation === generation) {
      return before.owner;
    }
    const owner = this.#make(group, userId, processes);
    if (kept.size >= (group === undefined ? mostUsers : mostUsersOfGroup)) kept.clear();
    kept.set(userId, { owner, processes, generation: this.#users.generation + this.#numbers.generation });
    return owner;
  }

  close(): void {
    this.#lastWords = this.inWords;
    clearTimeout(this.#timer);
    if (typeof this.#groups !== 'string') this.#groups.close();
  }

  #keptOf(group: Cgroup | undefined): Map<number, KeptOwner> {
    if (group === undefined) return this.#byUser;
    group.owners ??= new Map();
    return group.owners;
  }

  #make(group: Cgroup | undefined, userId: number, processes: GroupProcesses): Owner {
    const cgroup =
      group === undefined || typeof this.#groups === 'string' ? null : this.#groups.pathOf(group);
    const { kind, name, unit, container, pod } = ownerNames(cgroup ?? '/');
    const shown = kind === 'user' ? this.#users.nameOf(userId) : name;
    const number = this.#numbers.of(kind, shown);
    return { number, kind, name: shown, unit, container, pod, cgroup, userId, ...processes };
  }

  #workLater(): void {
    const isWalking = typeof this.#groups !== 'string' && this.#groups.isWalking;
    this.#timer = setTimeout(() => this.#work(), isWalking ? walkingRestMs : restMs).unref();
  }

  #work(): void {
    const nowMs = this.#nowMs();
    if (typeof this.#groups !== 'string') this.#groups.work(nowMs + sliceMs);
    this.#processes.work(this.#nowMs() + processesMs);
    if (nowMs >= this.#usersMs + usersEveryMs) {
      this.#usersMs = nowMs;
      void this.#users.refresh();
    }
    this.#workLater();
  }
}
