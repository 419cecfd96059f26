/** What docs/owners.md and README say of owners, beside what the program says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownerNames } from '../../src/enrich/owners/cgroups/cgroup-names.js';
import { noOwnerReasons, ownerKinds, ownerOrigins } from '../../src/record/owner.js';
import { valueNames } from '../../src/record/values.js';
import { readProjectFile } from '../support/project.js';

const page = readProjectFile('docs/owners.md');
const id = '91c57c2ae87a8d57123bbb3083b3e158b911c4fd485da131f636f83f979b092c';
const uid = '40934a46-d409-4f4a-bb8b-1ec0b0436320';

/** The cells of the table whose heading begins so, without code marks and without the heading. */
function tableOf(heading: string): string[][] {
  const tables = page.split('\n\n').filter((part) => part.startsWith(`| ${heading} |`));
  const rows = tables
    .find((part) => part.includes('\n| --- |'))!
    .trimEnd()
    .split('\n')
    .slice(2);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

const filled = (text: string): string =>
  text
    .replace('<short id>', id.slice(0, 12))
    .replace('<id>', id)
    .replace('<uid_>', uid.replaceAll('-', '_'))
    .replace('<uid>', uid);

describe('docs/owners.md', () => {
  test('says whose each control group is, as the program does', () => {
    const rows = tableOf('Control group');
    assert.ok(rows.length > 10);
    for (const [path, , kind, name] of rows) {
      const { kind: toldKind, name: toldName } = ownerNames(filled(path!));
      // A user's name is no matter of the path.
      const expected = kind === 'user' ? '' : filled(name!);
      assert.deepEqual([path, toldKind, toldName], [path, kind, expected]);
    }
    assert.deepEqual([...new Set(rows.map(([, , kind]) => kind))].sort(), [...ownerKinds].sort());
  });

  test('says how owners are known, and why they are not', () => {
    assert.deepEqual(
      tableOf('`owner_from`').map(([from]) => from),
      [...ownerOrigins],
    );
    assert.deepEqual(
      tableOf('`owner_missing`').map(([reason]) => reason),
      [...noOwnerReasons],
    );
  });

  test('has each value that is of the flow', () => {
    const named = tableOf('Value').flatMap(([names]) => names!.split(', '));
    const ofTheFlow = valueNames.filter((name) => /^owner(_|$)/.test(name));
    assert.deepEqual(named.sort(), [...ofTheFlow].sort());
  });
});

describe('records with owners', () => {
  const names = new Set<string>(valueNames);

  for (const file of ['docs/owners.md', 'README.md']) {
    test(`${file} shows what a record can say`, () => {
      const blocks = [...readProjectFile(file).matchAll(/^```json\n(\{.*?\})\n```$/gms)].map(
        ([, json]) => JSON.parse(json!) as Record<string, unknown>,
      );
      const shown = blocks.filter((record) => 'owner' in record);
      assert.equal(shown.length, 1);
      for (const record of shown) {
        assert.deepEqual(
          Object.keys(record).filter((name) => !names.has(name)),
          [],
        );
        const { kind, name } = ownerNames(record['owner_cgroup'] as string);
        assert.deepEqual([record['owner_kind'], record['owner']], [kind, name]);
      }
    });
  }
});
