/**
 * The compiled program in few files, in dist/bundle: what users run. Node takes most of a short run's time to find,
 * read and compile modules one by one; bundled, a ten-packet replay starts in less than half the time.
 */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { project } from './run.mjs';

/** Entries of the process and of its threads; each finds the other by its name beside it. */
const entries = ['main.js', 'lane-thread.js'];

export function bundle() {
  // Only here: there are no packages yet when a fresh checkout is set up.
  const { buildSync } = createRequire(join(project, 'package.json'))('esbuild');
  const target = join(project, 'dist/bundle');
  rmSync(target, { recursive: true, force: true });
  buildSync({
    absWorkingDir: project,
    entryPoints: entries.map((entry) => `dist/src/${entry}`),
    outdir: target,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    // A compiled addon stays where its package is.
    external: ['cap'],
    // yargs measures the width of text in every script of the world, which costs 20 ms to load; --help is ASCII.
    alias: { 'string-width': './native/ascii-width.mjs' },
    // What is still CommonJS inside (dns-packet) asks for Node's modules by require.
    banner: {
      js: "import{createRequire as bundledRequire}from'node:module';const require=bundledRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
