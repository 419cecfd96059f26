/** What is newer than what. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds since the epoch; 0 for what is not there. */
export function changedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The latest change in a file or under a folder. Folders count too: a file that was deleted is a change. */
export function newestMs(path) {
  const children = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(path) : [];
  return Math.max(changedMs(path), ...children.map((name) => newestMs(join(path, name))));
}

/** Every file under a folder, as paths that begin with it; none where it is not there. */
export function filesUnder(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
