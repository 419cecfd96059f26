/**
 * Control groups of a test: named as who runs processes names theirs, in a part of the mounted hierarchy that is the test's. Root
 * only. Whoever is to see them sees this part alone, as a hierarchy of its own, or the host's whole one, where other tests may make
 * groups by the thousand meanwhile.
 */
import { randomInt } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Undoing } from '../readers/process.js';
import { noNetwork } from '../veth.js';

export interface Cgroup {
  /** From the root on of the hierarchy that is seen, as records have it. */
  readonly path: string;
  readonly folder: string;
}

export interface Cgroups {
  /** Goes before a command that is to see the groups. */
  readonly prefix: readonly string[];
  /** The root of what is seen. */
  readonly root: Cgroup;
  /** Makes a group, and those above it. `path` is within the test's part: "/system.slice/nginx.service". */
  open(path: string): Cgroup;
}

/** Where the cgroup2 hierarchy is mounted whole. */
function mountedAt(): string | undefined {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [own = '', more = ''] = line.split(' - ');
    if (more.startsWith('cgroup2 ') && own.split(' ')[3] === '/') return own.split(' ')[4];
  }
  return undefined;
}

/** The hierarchy's folder; empty where there is none. */
export const hierarchy: string = noNetwork === false ? (mountedAt() ?? '') : '';

/** Why tests that need control groups of their own are skipped, or false. */
export const noCgroups: string | false =
  noNetwork || (hierarchy === '' ? 'cgroup2 is not mounted' : problemWithWriting());

function problemWithWriting(): string | false {
  try {
    accessSync(hierarchy, constants.W_OK);
    return false;
  } catch {
    return `control groups cannot be made in ${hierarchy}`;
  }
}

/** "own": its part alone, at /sys/fs/cgroup; "whole": the host's. */
export type CgroupView = 'own' | 'whole';

/** When all is over, the groups go, and the processes in them. */
export function openCgroups(undoing: Undoing, view: CgroupView = 'own'): Cgroups {
  const root = `/pcap-agg-${randomInt(0x1000_0000).toString(36)}`;
  const top = join(hierarchy, root);
  mkdirSync(top);
  undoing.atEnd(() => removeTree(top));
  return {
    root: { path: '/', folder: view === 'whole' ? hierarchy : top },
    prefix: view === 'whole' ? [] : ownView({ path: root, folder: top }),
    open(path) {
      const folder = join(top, path);
      mkdirSync(folder, { recursive: true });
      return { path: view === 'whole' ? root + path : path, folder };
    },
  };
}

/** A control group namespace begins at the group that its process is in (cgroup_namespaces(7)). */
const ownView = (top: Cgroup): readonly string[] => [
  ...inCgroup(top),
  ...['unshare', '--cgroup', '--mount', '--propagation', 'private', 'sh', '-c'],
  'umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"',
  'sh',
];

/** Goes before a command that is to run in a group: the shell moves itself there and becomes the command. */
export const inCgroup = ({ folder }: Cgroup): readonly string[] => [
  ...['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"'],
  folder,
];

/** Ids of the processes in a group, without those in groups below it. */
export function processesIn({ folder }: Cgroup): readonly number[] {
  return readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim().split('\n').filter(Boolean).map(Number);
}

/** Kills whatever is in it. */
export async function removeTree(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  writeFileSync(join(folder, 'cgroup.kill'), '1');
  const below = (parent: string): string[] =>
    readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => [...below(join(parent, name)), join(parent, name)]);
  for (const group of [...below(folder), folder]) await removeGroup(group);
}

/** Those that were killed are in it for a moment yet. */
async function removeGroup(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries > 1_000) throw error;
    }
    await sleep(5);
  }
}

/** The group that a process is in, as the kernel says. */
export function cgroupOf(pid: number): Cgroup {
  const [, path = '/'] = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? [];
  return { path, folder: join(hierarchy, path) };
}

/** Removes a group that a program has left behind, where it is still there, and those above it that are empty then. */
export function removeEmpty({ folder }: Cgroup): void {
  for (let at = folder; at !== hierarchy; at = dirname(at)) {
    try {
      rmdirSync(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    }
  }
}
