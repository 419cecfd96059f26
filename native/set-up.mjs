/**
 * From a checkout to a program: npm's packages, the bindings to libpcap, the compiled TypeScript. Each step looks first
 * whether it is needed; where all is done, that is all it costs.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildBindings } from './bindings.mjs';
import { compileIfStale } from './compile.mjs';
import { installPackages } from './npm-packages.mjs';
import { giveToOwner } from './privilege.mjs';
import { project } from './run.mjs';

/** What the steps make. */
const made = ['node_modules', 'native/build', 'dist', 'build'];

/** Throws an Error with a line for the user where there can be no program. */
export function setUp() {
  const done = [installPackages(), buildBindings(), compileIfStale()];
  if (done.includes(true)) giveToOwner(made.filter((folder) => existsSync(join(project, folder))));
}
