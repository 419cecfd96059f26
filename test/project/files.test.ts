/** Habits of the house that neither the compiler nor the linter holds. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { projectFiles, projectRoot, readProjectFile } from '../support/project.js';

const maxLines = 300;

const files = [
  ...projectFiles('src', '.ts'),
  ...projectFiles('test', '.ts'),
  ...projectFiles('bench', '.ts', '.c', '.h'),
  ...projectFiles('fixtures', '.ts'),
  ...projectFiles('native', '.mjs', '.c', '.h').filter((file) => !file.startsWith('native/build/')),
];
const production = files.filter((file) => !file.startsWith('test/'));

/** What must not stay behind in a file. This one spells it out, and is let off. */
const leftovers: readonly (readonly [what: string, pattern: RegExp, where: readonly string[]])[] = [
  ['a note to self', /\b(TODO|FIXME|XXX|HACK)\b/, files],
  ['a compiler error that was silenced', /@ts-(ignore|nocheck|expect-error)/, files],
  ['a rule that was silenced for a whole file', /biome-ignore-all/, files],
  [
    'an enum, where a const table does',
    /^\s*(export )?(const )?enum /m,
    production.filter((file) => file.endsWith('.ts')),
  ],
  ['a print for debugging', /\bconsole\./, production.filter((file) => file.startsWith('src/'))],
  ['a test that runs alone', /\.only\(|only: true/, files],
  ['a path of one machine', /['"`](\/work\/|\/home\/|\/tmp\/)/, production],
];

/** All that belongs to the top level; what a tool or a trial drops there by accident does not. */
const topLevel = [
  ...['.ci', 'bench', 'docs', 'fixtures', 'native', 'native-notes', 'src', 'test'],
  ...['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md'],
  ...['.gitignore', '.npmrc', 'biome.json', 'package-lock.json', 'package.json', 'tsconfig.json'],
];
const { status, stdout: listed } = spawnSync('git', ['ls-files'], { cwd: projectRoot, encoding: 'utf8' });
const noGit = status === 0 ? false : 'only git knows which files belong to the project';

describe('the top level', () => {
  test('has what belongs to it and nothing else', { skip: noGit }, () => {
    const entries = new Set(
      listed
        .trimEnd()
        .split('\n')
        .map((path) => path.split('/')[0]),
    );
    assert.deepEqual([...entries].sort(), topLevel.toSorted());
  });
});

describe('every file', () => {
  test(`that is not a test has at most ${maxLines} lines`, () => {
    const long = production
      .map((file) => `${file}: ${readProjectFile(file).trimEnd().split('\n').length} lines`)
      .filter((line) => Number(/: (\d+) lines$/.exec(line)![1]) > maxLines);
    assert.deepEqual(long, []);
  });

  for (const [what, pattern, where] of leftovers) {
    test(`is free of ${what}`, () => {
      const found = where.filter(
        (file) => !file.endsWith('files.test.ts') && pattern.test(readProjectFile(file)),
      );
      assert.deepEqual(found, []);
    });
  }
});
