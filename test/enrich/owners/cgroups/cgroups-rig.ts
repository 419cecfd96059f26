/** Names of control groups under a test's own clock: the hierarchy is a group of the test's, and groups in it are real. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type CgroupLimits, Cgroups } from '../../../../src/enrich/owners/cgroups/cgroups.js';
import { type CgroupRig, createCgroupRig } from '../../../support/cgroups.js';

export const keepMs = 60_000;

export interface CgroupsRig extends CgroupRig {
  readonly groups: Cgroups;
  /** The path that is known for an id, or undefined. */
  pathOf(id: number): string | undefined;
  /** Lets so much time pass, and does all that is due then. */
  pass(ms: number): void;
}

/** What `before` makes is there when the names are read first. */
export function openCgroups(
  context: TestContext,
  before: (rig: CgroupRig) => void = () => {},
  limits: Partial<CgroupLimits> = {},
): CgroupsRig {
  const rig = createCgroupRig('groups');
  let nowMs = 0;
  const mount = { folder: rig.folder, root: '/', prefix: '', isWhole: false };
  before(rig);
  const groups = new Cgroups({ mount, keepMs, nowMs: () => nowMs, limits });
  context.after(() => {
    groups.close();
    return rig.close();
  });
  const pass = (ms: number) => {
    nowMs += ms;
    groups.work(Number.POSITIVE_INFINITY);
  };
  pass(0);
  const pathOf = (id: number) => {
    const group = groups.find(id);
    return group && groups.pathOf(group);
  };
  return { ...rig, groups, pathOf, pass };
}

export function idOf(folder: string): number {
  return lstatSync(Buffer.from(folder, 'latin1')).ino;
}

/** Directories that this process listens to, as the kernel says. */
export function inotifyWatches(): number {
  return readdirSync('/proc/self/fd')
    .filter((file) => {
      try {
        return readlinkSync(`/proc/self/fd/${file}`) === 'anon_inode:inotify';
      } catch {
        return false;
      }
    })
    .reduce(
      (sum, file) => sum + readFileSync(`/proc/self/fdinfo/${file}`, 'utf8').split('inotify wd:').length - 1,
      0,
    );
}
