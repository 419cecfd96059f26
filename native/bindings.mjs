/**
 * The two bindings to libpcap that are compiled on this machine: the `cap` package and the project's own addon. Both
 * may be missing: files and tcpdump's text are read without them.
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { changedMs, newestMs } from './files.mjs';
import { find, project, run, say } from './run.mjs';
import { provide } from './system-packages.mjs';

const bindings = () => [
  {
    name: 'cap',
    folder: capFolder(),
    file: 'build/Release/cap.node',
    sources: ['src', 'binding.gyp'],
    // An assertion in cap aborts the whole process when its interface goes down.
    environment: { CXXFLAGS: '-DNDEBUG' },
    isStale: (content) => /__assert_(fail|rtn)/.test(content),
  },
  {
    name: 'the batch engine',
    folder: join(project, 'native'),
    file: 'build/Release/capture.node',
    sources: ['src', 'binding.gyp'],
    environment: {},
    isStale: () => false,
  },
];

/** What the compilation needs of the system. */
const needs = ['c++', 'make', 'python3', 'libpcap'];

/** Builds what does not load, does not fit this Node, or is older than its sources. True if it built anything. */
export function buildBindings() {
  const unfit = bindings().filter(
    (binding) => existsSync(join(binding.folder, 'binding.gyp')) && !fits(binding),
  );
  if (unfit.length === 0 || !provide(needs, 'live capture')) return false;
  return unfit.map(build).includes(true);
}

/** Beside this package's other dependencies, or wherever npm has put it for a package that depends on this one. */
function capFolder() {
  try {
    return dirname(createRequire(import.meta.url).resolve('cap/package.json'));
  } catch {
    return join(project, 'node_modules/cap');
  }
}

function fits({ folder, file, sources, isStale }) {
  const path = join(folder, file);
  const newestSourceMs = Math.max(...sources.map((source) => newestMs(join(folder, source))));
  if (changedMs(path) < newestSourceMs || isStale(readFileSync(path, 'latin1'))) return false;
  try {
    createRequire(import.meta.url)(path);
    return true;
  } catch {
    return false;
  }
}

/** A build that failed is not tried again until its sources or Node change: every start would wait for it. */
function build({ name, folder, sources, environment }) {
  const log = join(project, 'build', 'set-up', `${basename(folder)}.log`);
  const key = [
    process.version,
    process.arch,
    ...sources.map((source) => newestMs(join(folder, source))),
  ].join(' ');
  if (existsSync(log) && readFileSync(log, 'utf8').startsWith(`${key}\n`)) {
    say(`${name} did not build: see ${log}, delete it to try again`);
    return false;
  }
  say(`compiling ${name}`);
  const { succeeded, output } = run([process.execPath, nodeGyp(), 'rebuild'], {
    folder,
    environment: { ...environment, ...headers() },
  });
  if (succeeded) return true;
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, `${key}\n${output}`);
  say(`${name} did not build, all else works: see ${log}`);
  return false;
}

/** npm brings its node-gyp along. */
function nodeGyp() {
  const inNpm = () => createRequire(realpathSync(find('npm'))).resolve('node-gyp/bin/node-gyp.js');
  return process.env.npm_config_node_gyp ?? inNpm();
}

/** Node's headers, where they were installed beside it: else node-gyp downloads them. */
function headers() {
  const prefix = dirname(dirname(process.execPath));
  const versionFile = join(prefix, 'include', 'node', 'node_version.h');
  if (!existsSync(versionFile)) return {};
  const text = readFileSync(versionFile, 'utf8');
  const [major, minor, patch] = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`^#define NODE_${part}_VERSION (\\d+)$`, 'm').exec(text)?.[1],
  );
  return `v${major}.${minor}.${patch}` === process.version ? { npm_config_nodedir: prefix } : {};
}
