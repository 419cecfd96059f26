/** Whole conversations in each schema: whole records, as they were looked at and written down. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
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

test('the examples of docs/schemas.md are records of the goldens', () => {
  const guide = readProjectFile('docs/schemas.md');
  assert.equal(withExamples(guide), guide, 'npm run expect');
});
