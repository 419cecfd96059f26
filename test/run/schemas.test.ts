/** The schemas by their names, and those of users' files. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../src/host/failure.js';
import { schemaNamed } from '../../src/run/schemas.js';
import { recordPlaces } from '../../src/verify/numbered-record.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const numbered = { numbered: true, names: { chosen: false } };

test('each schema has its table', async () => {
  for (const name of Object.keys(recordPlaces)) assert.equal((await schemaNamed(name, numbered)).name, name);
});

test("a user's table is numbered only where it has a place for the number", async () => {
  const folder = temporaryFolder();
  const table = (...values: string[]) =>
    folder.file('own.json', JSON.stringify(values.map((value) => ({ name: value, value }))));
  const file = table('packets');
  assert.equal((await schemaNamed(file, { ...numbered, numbered: false })).fields.length, 1);
  await assert.rejects(
    schemaNamed(file, numbered),
    new UsageError(
      `--seq: ${file} has no place for the number; add {"name": "sequence", "value": "sequence"} and {"name": "agent", "value": "agent"}`,
    ),
  );
  assert.equal((await schemaNamed(table('packets', 'agent', 'sequence'), numbered)).fields.length, 3);
});
