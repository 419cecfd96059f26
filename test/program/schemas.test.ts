/** Whole conversations in each schema: whole records, as they were looked at and written down. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fixturesFolder } from '../support/fixtures.js';
import { offline, runProgram } from '../support/program.js';
import { readProjectFile } from '../support/project.js';
import { runGolden, schemaGoldens, withExamples } from '../support/schema-goldens.js';

describe('records of conversations', { concurrency: 2 }, () => {
  for (const golden of schemaGoldens) {
    test(golden.name, async () => {
      const { exitCode, stdout, stderr } = await runGolden(golden);
      assert.equal(stdout, readFileSync(golden.path, 'utf8'), 'read the difference, then npm run expect');
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /^pcap-agg: balanced$/m);
      for (const line of stdout.split('\n').slice(0, -1)) JSON.parse(line);
    });
  }
});

test('a replay gives the same records, byte for byte', async () => {
  const args = ['-r', `${fixturesFolder}conversation-web.pcap`, '--schema', 'full', ...offline];
  const [first, second] = [await runProgram(args), await runProgram(args)];
  assert.equal(first.exitCode, 0, first.stderr);
  assert.match(first.stdout, /"source_ip"/);
  assert.equal(second.stdout, first.stdout);
});

test('the examples of docs/schemas.md are records of the goldens', () => {
  const guide = readProjectFile('docs/schemas.md');
  assert.equal(withExamples(guide), guide, 'npm run expect');
});
