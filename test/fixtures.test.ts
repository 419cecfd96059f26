import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { fixtures, withRows } from '../fixtures/make.js';
import { projectFiles, projectRoot, readProjectFile } from './support/project.js';

const remedy = 'differs from the tables: npm run fixtures';

test('every fixture is what its table says', () => {
  for (const { name, bytes } of fixtures) {
    const [file, made] = [readFileSync(join(projectRoot, 'fixtures', name)), Buffer.from(bytes())];
    assert.ok(plain(name, file).equals(plain(name, made)), `fixtures/${name} ${remedy}`);
  }
});

test('every fixture has one name, and every file a row', () => {
  assert.equal(new Set(fixtures.map(({ name }) => name)).size, fixtures.length);
  const readme = readProjectFile('fixtures/README.md');
  assert.equal(withRows(readme), readme, `fixtures/README.md ${remedy}`);
  const withoutRow = projectFiles('fixtures', '')
    .filter((path) => !/\.ts$|\.jsonl$|^fixtures\/ipfix\/.*\.hex$|README\.md$/.test(path))
    .filter((path) => !readme.includes(`| \`${path.replace('fixtures/', '')}\` |`));
  assert.deepEqual(withoutRow, []);
});

/** Compressed bytes differ between versions of zlib; what is whole is compared without compression. */
function plain(name: string, bytes: Buffer): Buffer {
  const isWhole = name.endsWith('.gz') && !/cut|corrupt/.test(name);
  return isWhole ? gunzipSync(bytes) : bytes;
}
