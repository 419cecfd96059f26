/**
 * `npm run test:nodes`: files, the engine `batch` and the default command under other versions of Node, with the bindings
 * that were compiled for this one. The npm package `node` brings each; about 50 MB come over the network the first time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { npm, project, run, say } from './run.mjs';
import { setUp } from './set-up.mjs';

const versions = ['22', '24', '26'];
const tests = ['dist/test/program/any-node.test.js', 'dist/test/program/replay.test.js'];

export function testNodes() {
  setUp();
  const failed = versions.filter((version) => !passes(nodeOf(version)));
  if (failed.length > 0) throw new Error(`tests fail under Node ${failed.join(', ')}`);
}

/** The path of its program. Throws an Error where it cannot be installed. */
function nodeOf(version) {
  const folder = join(project, 'build', 'nodes', version);
  const program = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(program)) return program;
  say(`installing Node ${version}`);
  const words = ['install', '--no-save', '--foreground-scripts', '--prefix', folder, `node@${version}`];
  const { succeeded, output } = run(npm(...words));
  if (succeeded && existsSync(program)) return program;
  throw new Error(`Node ${version} could not be installed:\n${output}`);
}

function passes(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  say(`tests under Node ${stdout.trim()}`);
  return (
    spawnSync(node, ['--test', '--enable-source-maps', ...tests], { cwd: project, stdio: 'inherit' })
      .status === 0
  );
}
