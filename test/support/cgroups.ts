/** Control groups for tests, in the hierarchy that is mounted: made below a group of the test's own, and removed with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { findCgroupMount } from '../../src/enrich/owners/cgroups/cgroup-mount.js';
import { until } from './until.js';

const mount = findCgroupMount();

/** Where version 2 is mounted; "" where it is not. */
export const cgroupFolder: string = typeof mount === 'string' ? '' : mount.folder;

/** Why tests that make control groups are skipped, or false. */
export const noCgroups: string | false = problem();

function problem(): string | false {
  if (cgroupFolder === '') return 'control groups of version 2 are not mounted';
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    accessSync(cgroupFolder, constants.W_OK);
    return false;
  } catch {
    return 'control groups may not be made here';
  }
}

/** Paths are the names' bytes, a character each (latin1). */
export interface CgroupRig {
  /** Path of its own group in the hierarchy. */
  readonly path: string;
  /** Its directory. */
  readonly folder: string;
  /** Makes a group below, with all above it, and returns its directory. */
  make(path: string): string;
  /** Removes a group and all below it. */
  remove(path: string): void;
  /** Starts a command in a group of the rig; resolves to its process's number. It is killed when the rig is closed. */
  start(path: string, command: string, ...words: string[]): Promise<number>;
  close(): Promise<void>;
}

let rigs = 0;

/** `name` tells whose groups they are. */
export function createCgroupRig(name: string): CgroupRig {
  const path = `/pcap-agg-test-${name}-${process.pid}-${++rigs}`;
  const folder = `${cgroupFolder}${path}`;
  const children: ReturnType<typeof spawn>[] = [];
  mkdirSync(folder);
  return {
    path,
    folder,
    make(below) {
      mkdirSync(bytes(`${folder}/${below}`), { recursive: true });
      return `${folder}/${below}`;
    },
    remove: (below) => removeTree(`${folder}/${below}`),
    async start(below, command, ...words) {
      // The shell moves itself before it becomes the command, so that all that it does is the group's.
      const script = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
      const child = spawn('sh', ['-c', script, `${folder}/${below}`, command, ...words], { stdio: 'pipe' });
      children.push(child);
      await once(child, 'spawn');
      return child.pid!;
    },
    async close() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      if (existsSync(folder)) await removeWhenEmpty(folder);
    },
  };
}

function removeTree(folder: string): void {
  for (const entry of readdirSync(bytes(folder), { withFileTypes: true, encoding: 'latin1' })) {
    if (entry.isDirectory()) removeTree(`${folder}/${entry.name}`);
  }
  rmdirSync(bytes(folder));
}

/** A process that was killed leaves its group a moment later. */
async function removeWhenEmpty(folder: string): Promise<void> {
  await until(`${folder} can be removed`, () => {
    try {
      removeTree(folder);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
      throw error;
    }
  });
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}
