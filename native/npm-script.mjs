/** What package.json's scripts call: `node native/npm-script.mjs NAME [ARGUMENT…]`. Plain JavaScript, for machines that have nothing yet. */
import { buildBindings } from './bindings.mjs';
import { makeCodeCache } from './code-cache.mjs';
import { compile } from './compile.mjs';
import { testNodes } from './other-nodes.mjs';
import { proof } from './proof.mjs';
import { say } from './run.mjs';
import { setUp } from './set-up.mjs';
import { start } from './start.mjs';
import { test } from './test.mjs';

const scripts = { start, test, 'test-nodes': testNodes, 'set-up': setUp, build: compile, bindings, proof };
const [name, ...args] = process.argv.slice(2);

/** What is made for the machine that it runs on: all that an installed package still lacks. */
function bindings() {
  buildBindings();
  makeCodeCache();
}

try {
  await scripts[name](args);
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
