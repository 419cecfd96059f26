/** TypeScript to dist/, and the program of it to dist/bundle, where a source is newer than the last build. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundle } from './bundle.mjs';
import { changedMs, filesUnder, newestMs } from './files.mjs';
import { project, run, say } from './run.mjs';

const sources = [
  ...['src', 'test', 'bench', 'fixtures', 'tsconfig.json'],
  ...['native/bundle.mjs', 'native/ascii-width.mjs', 'node_modules/.package-lock.json'],
];
const target = join(project, 'dist');
/** Written after a build without errors. */
const stamp = join(target, '.built');

/** True if it built anything. */
export function compileIfStale() {
  if (changedMs(stamp) > Math.max(...sources.map((source) => newestMs(join(project, source))))) return false;
  say('compiling TypeScript');
  compile();
  return true;
}

/** Throws if tsc finds an error, or esbuild. */
export function compile() {
  rmSync(stamp, { force: true });
  removeOrphans();
  const { succeeded, output } = run([process.execPath, join(project, 'node_modules/typescript/bin/tsc')]);
  if (!succeeded) {
    process.stderr.write(output);
    throw new Error('the build failed: see above');
  }
  bundle();
  writeFileSync(stamp, '');
}

/** Compiled files whose source is gone: a deleted test would run for ever. */
function removeOrphans() {
  for (const file of existsSync(target) ? filesUnder(target) : []) {
    const source = join(project, relative(target, file)).replace(/\.js(\.map)?$/, '.ts');
    if (!existsSync(source)) rmSync(file);
  }
}
