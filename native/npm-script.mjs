/** What package.json's scripts call: `node native/npm-script.mjs NAME [ARGUMENT…]`. Plain JavaScript, for machines that have nothing yet. */
import { buildBindings } from './bindings.mjs';
import { compile } from './compile.mjs';
import { say } from './run.mjs';
import { setUp } from './set-up.mjs';
import { start } from './start.mjs';
import { test } from './test.mjs';

const scripts = { start, test, 'set-up': setUp, build: compile, bindings: buildBindings };
const [name, ...args] = process.argv.slice(2);

try {
  await scripts[name](args);
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
