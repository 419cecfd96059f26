/** The npm package `cap`: whether it loads, and whether it was built so that it cannot abort the process. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadNative } from '../../host/native.js';
import { loadCap } from '../../source/live/cap-module.js';
import { bindingsCommand, shellWords } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';

export const cap: Check = { name: 'cap', run };

async function run({ engine }: Subject): Promise<Finding[]> {
  const loaded = loadCap();
  if (loaded.cap === undefined) {
    if (engine === 'batch') return [ok('not here, and not needed by the engine batch')];
    const { reason } = loaded;
    if (engine === 'cap' || loadNative().native === undefined) return [fail(reason, bindingsCommand())];
    return [ok(`${reason}; the engine batch captures in its place`)];
  }
  const folder = capFolder();
  if (folder === undefined) return [ok('it loads')];
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  if (!hasAssertions(readFileSync(join(folder, 'build/Release/cap.node')))) return [ok(`version ${version}`)];
  return [
    warn(
      `version ${version}, built with an assertion that ends the whole program when its interface goes down`,
      `cd ${shellWords([dirname(dirname(folder))])} && CXXFLAGS=-DNDEBUG npm rebuild cap`,
    ),
  ];
}

/** Undefined where it was built in another way than by node-gyp in its own folder. */
function capFolder(): string | undefined {
  try {
    const path = createRequire(import.meta.url).resolve('cap/package.json');
    readFileSync(join(dirname(path), 'build/Release/cap.node'));
    return dirname(path);
  } catch {
    return undefined;
  }
}

/** A call of assert(3)'s: __assert_fail on Linux, __assert_rtn on macOS. */
export function hasAssertions(compiled: Buffer): boolean {
  return compiled.includes('__assert_fail') || compiled.includes('__assert_rtn');
}
