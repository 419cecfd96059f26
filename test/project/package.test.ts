/** package.json and its lock file: what gets onto a user's machine, and what of it may run there. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot, readProjectFile } from '../support/project.js';

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly engines: Readonly<Record<string, string>>;
}

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}

const manifest = JSON.parse(readProjectFile('package.json')) as Manifest;
const lock = JSON.parse(readProjectFile('package-lock.json')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
const all = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };

describe('dependencies', () => {
  test('at run time are these three', () => {
    assert.deepEqual(Object.keys(manifest.dependencies), ['dns-packet', 'yargs']);
    assert.deepEqual(Object.keys(manifest.optionalDependencies), ['cap']);
  });

  test('have a written reason each', () => {
    const notes = readProjectFile('native-notes/dependencies.md');
    const described = [...notes.matchAll(/^## (.+)$/gm)].flatMap((match) => match[1]!.split(', '));
    assert.deepEqual(described.sort(), Object.keys(all).sort());
  });

  test('are exact versions, the ones in the lock file', () => {
    const versions = Object.keys(all).map((name) => [name, lock.packages[`node_modules/${name}`]?.version]);
    assert.deepEqual(Object.fromEntries(versions), all);
  });

  test('are locked by their content, from npm only', () => {
    const loose = locked.filter(
      ([, { integrity, resolved = 'https://registry.npmjs.org/' }]) =>
        !integrity?.startsWith('sha512-') || !resolved.startsWith('https://registry.npmjs.org/'),
    );
    assert.deepEqual(loose, []);
  });
});

describe('install scripts', () => {
  test('are allowed to cap only', () => {
    const withScript = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
    assert.deepEqual(withScript, ['node_modules/cap', 'node_modules/esbuild', 'node_modules/protobufjs']);
    assert.deepEqual(manifest.allowScripts, { cap: true, esbuild: false, protobufjs: false });
  });

  test('of the package itself do not exist', () => {
    const hooks = [
      'preinstall',
      'install',
      'postinstall',
      'prepare',
      'prepublish',
      'preprepare',
      'postprepare',
    ];
    assert.deepEqual(
      hooks.filter((name) => name in manifest.scripts),
      [],
    );
  });
});

describe('the published package', () => {
  const pack = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  const [packed] = JSON.parse(pack.stdout) as [{ readonly files: readonly { readonly path: string }[] }];
  const paths = packed.files.map(({ path }) => path);

  test('holds what it takes to run, to compile the addon and to read about it', () => {
    const wanted = [
      ...['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md'],
      ...['native/binding.gyp', 'native/npm-script.mjs', 'dist/bundle/main.cjs'],
    ];
    assert.deepEqual(
      wanted.filter((path) => !paths.includes(path)),
      [],
    );
    assert.equal(paths.filter((path) => /^dist\/bundle\/program-[0-9a-f]{16}\.cache$/.test(path)).length, 1);
  });

  test('is built before it is packed', () => {
    assert.equal(manifest.scripts['prepack'], manifest.scripts['set-up']);
  });

  test('holds nothing else', () => {
    const folders =
      /^(dist\/bundle|docs|native|native-notes)\/|^(README|CHANGELOG|SECURITY)\.md$|^LICENSE$|^package\.json$/;
    assert.deepEqual(
      paths.filter((path) => !folders.test(path) || path.startsWith('native/build/')),
      [],
    );
  });
});

test('the scripts that people call are there', () => {
  const wanted = [
    'start',
    'test',
    'build',
    'lint',
    'format',
    'types',
    'fixtures',
    'check:captures',
    'bench',
    'fuzz',
    'soak',
  ];
  assert.deepEqual(
    wanted.filter((name) => !(name in manifest.scripts)),
    [],
  );
  assert.deepEqual(manifest.engines, { node: '>=20.19' });
  assert.ok(existsSync(join(projectRoot, '.ci', 'run')));
});
