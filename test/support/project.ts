/** The checkout that the tests run in: its files as they were written, not as they were compiled. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The nearest folder above the compiled tests that has a package-lock.json. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package-lock.json')) ? folder : findRoot(dirname(folder));
}

export function readProjectFile(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

/** Paths from the root, with slashes, of all files under a folder whose names end so; sorted. */
export function projectFiles(folder: string, ...endings: readonly string[]): string[] {
  const start = join(projectRoot, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort();
}

/** A module of the set-up, which is plain JavaScript and is not compiled. */
export async function importScript<T>(path: string): Promise<T> {
  return (await import(pathToFileURL(join(projectRoot, path)).href)) as T;
}
