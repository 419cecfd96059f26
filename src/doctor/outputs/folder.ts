/** What a run can do with the folders of an output once it has given up its rights. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { shellWords } from '../commands.js';
import { type Finding, fail } from '../finding.js';
import type { OutputSubject } from './output.js';

/** Called without rights; empty where nothing is wrong. */
export function findingsOnFolders({
  target,
  scheme,
  address,
  rotates,
  spool,
}: OutputSubject): readonly Finding[] {
  const findings: Finding[] = [];
  const user = process.getuid?.() ?? 0;
  if (scheme === 'file' && rotates) {
    const folder = dirname(resolve(address));
    if (existsSync(folder) && !may(folder, constants.W_OK | constants.X_OK)) {
      const found = `${target}: rotate= makes new files in ${folder}, where user ${user}, whom a run becomes, has no right to write`;
      findings.push(fail(`${found}; choose a folder of that user's`, `ls -ld ${shellWords([folder])}`));
    }
  }
  if (spool !== undefined) {
    const folder = nearest(resolve(spool));
    if (!may(folder, constants.X_OK)) {
      const found = `${target}: spool ${resolve(spool)}: user ${user}, whom a run becomes, cannot get there`;
      findings.push(fail(`${found}; choose another folder`, `namei -l ${shellWords([folder])}`));
    } else if (folder === resolve(spool) && ![0, user].includes(statSync(folder).uid)) {
      const found = `${target}: spool ${folder}: it belongs to user ${statSync(folder).uid}, who could put other folders there`;
      const remedy = `choose one of root's, or of user ${user}, whom a run becomes`;
      findings.push(fail(`${found}; ${remedy}`, `ls -ld ${shellWords([folder])}`));
    }
  }
  return findings;
}

/** The folder itself, or the one above it that is there. */
export function nearest(path: string): string {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
