/** Folders that outputs write to, their own or a spool's: whether they are there, can be written to, and have room. */
import { accessSync, constants, existsSync, lstatSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { asRoot, shellWords } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';
import type { OutputSubject } from '../outputs/output.js';

export const storage: Check = { name: 'storage', run };

/** Files grow for as long as there is room: with less, the end is near. */
const fewBytes = 100_000_000;

async function run({ outputs }: Subject): Promise<Finding[]> {
  return outputs.flatMap((output) => [
    ...(output.scheme === 'file' ? [findingOnFile(output)] : []),
    ...(output.spool === undefined ? [] : [findingOnSpool(output.target, output.spool, output.spoolBytes)]),
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

function findingOnSpool(target: string, spool: string, spoolBytes: number): Finding {
  const folder = resolve(spool);
  const name = `${target}: spool ${folder}`;
  // A run makes the folder, but none above it.
  const present = existsSync(folder) ? folder : dirname(folder);
  if (!existsSync(present))
    return fail(`${name}: there is no folder ${present}`, asRoot(`mkdir -p ${shellWords([present])}`));
  return problemWith(name, present) ?? findingOnRoom(name, present, spoolBytes);
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
