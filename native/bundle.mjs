/**
 * The compiled program in few files, in dist/bundle: what users run. Node takes most of a short run's time to find, read
 * and compile modules one by one; see native-notes/start-up.md.
 *
 *     main.cjs        native/launcher.cjs: starts program.cjs with what V8 made of it before
 *     program.cjs     everything the process runs; program-….cache: V8's bytecode for it
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeCodeCache } from './code-cache.mjs';
import { project } from './run.mjs';

/** What yargs loads and does not need here: 20 ms and 4 ms of every start. */
const lighter = {
  'string-width': './native/ascii-width.mjs',
  assert: './native/strict-assert.mjs',
};

export function bundle() {
  // Only here: there are no packages yet when a fresh checkout is set up.
  const { buildSync } = createRequire(join(project, 'package.json'))('esbuild');
  const target = join(project, 'dist/bundle');
  rmSync(target, { recursive: true, force: true });
  buildSync({
    absWorkingDir: project,
    bundle: true,
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    // A compiled addon stays where its package is.
    external: ['cap'],
    logLevel: 'warning',
    entryPoints: ['dist/src/main.js'],
    outfile: join(target, 'program.cjs'),
    format: 'cjs',
    alias: lighter,
    define: {
      // CommonJS has none.
      'import.meta.url': 'bundleUrl',
      // yargs wants it as it loads, which loads Node's streams: 3 ms. The width of the help is given to it.
      'process.stdout.columns': 'undefined',
    },
    banner: { js: "'use strict';const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    supported: { 'dynamic-import': false },
  });
  const content = createHash('sha256').update(readFileSync(join(target, 'program.cjs')));
  const launcher = readFileSync(join(project, 'native/launcher.cjs'), 'utf8');
  const main = launcher.replace('CONTENT', content.digest('hex').slice(0, 16));
  writeFileSync(join(target, 'main.cjs'), main, { mode: 0o755 });
  makeCodeCache();
}
