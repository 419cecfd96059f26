/** TypeScript to dist/, and the program of it to dist/bundle, where a source is newer than the last build. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundle } from './bundle.mjs';
import { changedMs, filesUnder, newestMs } from './files.mjs';
import { project, run, say } from './run.mjs';

const sources = [
  ...['src', 'test', 'bench', 'fixtures', 'tsconfig.json', 'node_modules/.package-lock.json'],
  ...['bundle.mjs', 'code-cache.mjs', 'launcher.cjs', 'ascii-width.mjs', 'strict-assert.mjs'].map(
    (name) => `native/${name}`,
  ),
];
const target = join(project, 'dist');
/** Written after a build without errors: the version of Node whose bytecode it holds. */
const stamp = join(target, '.built');

/** True if it built anything. */
export function compileIfStale() {
  const sourcesMs = Math.max(...sources.map((source) => newestMs(join(project, source))));
  if (changedMs(stamp) > sourcesMs && readFileSync(stamp, 'utf8') === process.version) return false;
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
  writeFileSync(stamp, process.version);
}

/** Compiled files whose source is gone: a deleted test would run for ever. */
function removeOrphans() {
  for (const file of existsSync(target) ? filesUnder(target) : []) {
    const source = join(project, relative(target, file)).replace(/\.js(\.map)?$/, '.ts');
    if (!existsSync(source)) rmSync(file);
  }
}
