/** Opens a file for records with all rights, and checks that the rights that are left will do. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PermissionError, UsageError } from '../../host/failure.js';
import type { Log } from '../../host/log.js';
import { loadNative } from '../../host/native.js';
import type { Identity } from '../../host/rights/privileges.js';
import { FileTransport, type Rotation } from './file-transport.js';
import { isPermissionProblem, problemText } from './problems.js';

export interface FileOutput {
  /** What the user called it, and how it was given. */
  readonly target: string;
  readonly option: string;
  /** The path. */
  readonly address: string;
  readonly rotate: Omit<Rotation, 'keep'> | undefined;
  readonly keep: number;
}

export interface FileEdges {
  readonly identity: Identity | undefined;
  readonly log: Pick<Log, 'limited'>;
  readonly nowMs: () => number;
  checkLater(check: () => void): void;
}

/** Throws a UsageError or a PermissionError. */
export async function openFile(output: FileOutput, edges: FileEdges): Promise<FileTransport> {
  const { target, option, address, rotate, keep } = output;
  const { identity, log, nowMs } = edges;
  const place = `${option} ${target}`;
  // The working directory may change later.
  const path = resolve(address);
  const opening = { owner: identity, lock: loadNative().native?.lockFile, isRoot: process.getuid?.() === 0 };
  if (rotate !== undefined) edges.checkLater(() => checkRights(path, place, identity));
  try {
    return await FileTransport.open({
      path,
      opening,
      rotation: rotate && { ...rotate, keep },
      say: (subject, text) => log.limited(`${target} ${subject}`, `${target}: ${text}`),
      nowMs,
    });
  } catch (cause) {
    const message = `${place}: ${problemText(cause)}`;
    if (isPermissionProblem(cause as NodeJS.ErrnoException)) throw new PermissionError(message, { cause });
    throw new UsageError(message, { cause });
  }
}

/** Rotation renames the file, makes a new one and reads the old one, all with the rights that are left. */
function checkRights(path: string, place: string, identity: Identity | undefined): void {
  const folder = dirname(path);
  const user = identity?.name ?? process.getuid?.();
  const orRoot = identity === undefined ? '' : ', or stay root with "-Z root"';
  if (!may(folder, constants.W_OK | constants.X_OK))
    throw new PermissionError(
      `${place}: rotate= makes new files in ${folder}, where user ${user} has no right to write; choose a folder of that user (install -d -o ${user} FOLDER)${orRoot}`,
    );
  if (!may(path, constants.R_OK | constants.W_OK) || !mayRename(statSync(folder), statSync(path).uid))
    throw new PermissionError(
      `${place}: rotate= renames the file, and user ${user} has no right to; chown ${user} ${path}${orRoot}`,
    );
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** In a folder like /tmp, a file is renamed by its owner only, or the folder's. */
function mayRename(folder: { readonly mode: number; readonly uid: number }, owner: number): boolean {
  const uid = process.getuid?.();
  return (folder.mode & stickyBit) === 0 || uid === 0 || uid === owner || uid === folder.uid;
}

const stickyBit = 0o1000;
