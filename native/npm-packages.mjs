/** The packages of package-lock.json, exactly. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { changedMs } from './files.mjs';
import { npm, project, run, say } from './run.mjs';

/** npm puts the reason first and pages of advice after it. */
const shownLines = 8;

const options = [
  '--ignore-scripts',
  '--include=dev',
  '--include=optional',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  // Without a network npm would wait for more than a minute before it said so.
  '--fetch-retry-maxtimeout=15000',
];

/**
 * True if it installed anything. No script of any package runs: `cap` is the only one that has one, it is compiled apart,
 * and so a machine without a compiler keeps it, to be compiled later.
 */
export function installPackages() {
  if (areInstalled()) return false;
  say('installing npm packages');
  const { succeeded, output } = run(npm('ci', ...options));
  if (succeeded) return true;
  process.stderr.write(`${output.split('\n').slice(0, shownLines).join('\n')}\n`);
  throw new Error("npm ci failed, see above; with npm's registry in reach, start again");
}

/** npm writes its own copy of the lock file last. An install without a compiler may have left `cap` out. */
function areInstalled() {
  const modules = join(project, 'node_modules');
  return (
    changedMs(join(modules, '.package-lock.json')) >= changedMs(join(project, 'package-lock.json')) &&
    ['cap', 'typescript'].every((name) => existsSync(join(modules, name)))
  );
}
