/** The folder of a spool: made and given away with all rights, used and locked with those that are left. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PermissionError, UsageError } from '../../host/failure.js';
import type { Native } from '../../host/native.js';
import { openOwnFile } from './own-file.js';

const { O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

interface Owner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The folder's name for a target: recognisable, and different for each target. */
export function folderNameOf(target: string): string {
  const readable = target.replace(/[^A-Za-z0-9.]+/g, '-').slice(0, 60);
  const hash = createHash('sha256').update(target).digest('hex').slice(0, 8);
  return `${readable.replace(/^[-.]+/, '')}-${hash}`;
}

/**
 * Makes the folder `name` in `parent`, and `parent` if it is missing, for `identity` (undefined is the process
 * itself), who also gets what an earlier run left there as root. Returns its path. Throws a UsageError that begins with
 * `place` when that fails, or when others could replace the folder.
 */
export function makeFolder(parent: string, name: string, identity: Owner | undefined, place: string): string {
  const path = join(resolve(parent), name);
  try {
    makeFor(identity, dirname(path));
    checkParent(statSync(dirname(path)), dirname(path), identity, place);
    makeFor(identity, path);
    const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
    try {
      checkFolder(fstatSync(descriptor), path, identity, place);
      if (identity !== undefined) giveAway(descriptor, path, identity);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw folderProblem(error as Error, path, undefined, place);
  }
  return path;
}

/** Makes every missing folder of the path. */
function makeFor(owner: Owner | undefined, path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFor(owner, dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
  if (owner !== undefined) giveNew(path, owner);
}

/** Whoever may write to the folder around it may have put a link in its place meanwhile. */
function giveNew(path: string, { uid, gid }: Owner): void {
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    fchownSync(descriptor, uid, gid);
  } finally {
    closeSync(descriptor);
  }
}

const othersWrite = 0o022;
const sticky = 0o1000;

function isTrusted(uid: number, identity: Owner | undefined): boolean {
  return uid === 0 || uid === process.getuid?.() || uid === identity?.uid || process.getuid === undefined;
}

function checkParent({ uid, mode }: Stats, path: string, identity: Owner | undefined, place: string): void {
  const isOpen = (mode & othersWrite) !== 0 && (mode & sticky) === 0;
  if (isTrusted(uid, identity) && !isOpen) return;
  throw new UsageError(
    `${place}: others may write to ${path}, and put folders of their own there; choose a folder that only root may write to, or only the user that pcap-agg runs as`,
  );
}

function checkFolder({ uid, mode }: Stats, path: string, identity: Owner | undefined, place: string): void {
  if (isTrusted(uid, identity) && (mode & othersWrite) === 0) return;
  throw new UsageError(
    `${place}: ${path} belongs to somebody else, or others may write to it; delete it, or choose another folder`,
  );
}

/**
 * Only for a folder that root owns, where nobody else can have put files: elsewhere a file might belong to someone whom the new
 * owner must not replace.
 */
function giveAway(descriptor: number, path: string, { uid, gid }: Owner): void {
  if (process.getuid?.() !== 0 || fstatSync(descriptor).uid !== 0) return;
  const inside = `/proc/self/fd/${descriptor}`;
  for (const name of readdirSync(path)) {
    const file = openOwnFile(join(inside, name), O_RDONLY);
    fchownSync(file, uid, gid);
    closeSync(file);
  }
  fchownSync(descriptor, uid, gid);
}

/** What is wrong with a folder, as a line for the user. */
export function folderProblem(
  error: Error,
  path: string,
  user: string | undefined,
  place: string,
): UsageError | PermissionError {
  const { code } = error as NodeJS.ErrnoException;
  const remedies: Readonly<Record<string, string>> = {
    EACCES: `${user ?? 'this user'} has to be able to enter and write it: give it to ${user ?? 'this user'} (chown -R), choose a folder that can be reached, or name another user with -Z`,
    ENOTDIR: 'name a folder',
    EROFS: 'choose a folder that can be written to',
    ENOSPC: 'make room there, or choose another folder',
    ELOOP: 'a link stands there; delete it, or choose another folder',
  };
  const remedy = remedies[code ?? ''] ?? 'choose another folder';
  const text = `${place}: ${path} cannot be used (${code ?? error.message}); ${remedy}`;
  return new (code === 'EACCES' ? PermissionError : UsageError)(text, { cause: error });
}

/** Another process has the lock. */
export class LockedError extends Error {}

/** Keeps two processes from using one folder. */
export class FolderLock {
  readonly #path: string;
  readonly #native: Pick<Native, 'lockFile'> | undefined;
  #descriptor: number | undefined;

  /** Without the addon, nothing is locked. */
  constructor(folder: string, native: Pick<Native, 'lockFile'> | undefined) {
    this.#path = join(folder, 'lock');
    this.#native = native;
  }

  /** Takes it, also again after the file was deleted. Throws a LockedError when another process has it. */
  take(): void {
    this.release();
    const descriptor = openOwnFile(this.#path, O_RDWR | O_CREAT);
    const problem = this.#native?.lockFile(descriptor) ?? 0;
    if (problem === 0) {
      this.#descriptor = descriptor;
      return;
    }
    closeSync(descriptor);
    throw new LockedError(`another process or output keeps its records in ${dirname(this.#path)}`);
  }

  release(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
