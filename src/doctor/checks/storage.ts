/** Folders that outputs write to, their own or a spool's: whether they are there, can be written to, and have room. */
import { accessSync, constants, existsSync, lstatSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { loadNative } from '../../host/native.js';
import { FolderLock, folderNameOf, LockedError } from '../../sink/spool/folder.js';
import { asRoot, shellWords } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';
import { nearest } from '../outputs/folder.js';
import type { OutputSubject } from '../outputs/output.js';

export const storage: Check = { name: 'storage', run };

/** Files grow for as long as there is room: with less, the end is near. */
const fewBytes = 100_000_000;

async function run({ outputs }: Subject): Promise<Finding[]> {
  return outputs.flatMap((output) => [
    ...(output.scheme === 'file' ? [findingOnFile(output)] : []),
    ...(output.spool === undefined ? [] : [findingOnSpool(output, output.spool)]),
  ]);
}

function findingOnFile({ target, address }: OutputSubject): Finding {
  const path = resolve(address);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return fail(`${target}: it is a folder; name a file in it`);
  if (found?.isSymbolicLink())
    return fail(`${target}: it is a symbolic link, which is not followed; name the file itself`);
  if (found?.isFile() === false) return fail(`${target}: it is no regular file; name a file`);
  const folder = dirname(path);
  if (!existsSync(folder))
    return fail(`${target}: there is no folder ${folder}`, asRoot(`mkdir -p ${shellWords([folder])}`));
  return problemWith(target, folder) ?? findingOnRoom(target, folder, fewBytes);
}

function findingOnSpool({ target, spoolBytes }: OutputSubject, spool: string): Finding {
  const parent = resolve(spool);
  const name = `${target}: spool ${parent}`;
  const own = join(parent, folderNameOf(target));
  if (isLocked(own))
    return fail(
      `${name}: another pcap-agg keeps its records there; end it, or give each a folder of its own`,
    );
  // A run makes those that are not there.
  const present = nearest(parent);
  const problem = problemWith(name, present);
  if (problem !== undefined) return problem;
  const { mode } = statSync(present);
  if ((mode & othersWrite) !== 0 && (mode & sticky) === 0)
    return fail(
      `${name}: others may write to ${present}; choose a folder that only its owner may write to`,
      `ls -ld ${shellWords([present])}`,
    );
  return findingOnRoom(name, present, spoolBytes);
}

const othersWrite = 0o022;
const sticky = 0o1000;

/** A folder that is not there is not locked, and is not made. */
function isLocked(folder: string): boolean {
  const { native } = loadNative();
  if (native === undefined || !existsSync(join(folder, 'lock'))) return false;
  const lock = new FolderLock(folder, native);
  try {
    lock.take();
  } catch (error) {
    // Other checks report any other problem.
    return error instanceof LockedError;
  }
  lock.release();
  return false;
}

/** With the rights that a run opens it with. */
function problemWith(name: string, folder: string): Finding | undefined {
  if (!statSync(folder).isDirectory()) return fail(`${name}: ${folder} is no folder`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail(`${name}: cannot write in ${folder} (${code})`, `ls -ld ${shellWords([folder])}`);
  }
}

function findingOnRoom(name: string, folder: string, wantedBytes: number): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  const found = `${name}: ${megabytes(freeBytes)} MB are free`;
  if (freeBytes >= wantedBytes) return ok(found);
  return warn(`${found}, and ${megabytes(wantedBytes)} MB may be needed`, `df -h ${shellWords([folder])}`);
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(0);
