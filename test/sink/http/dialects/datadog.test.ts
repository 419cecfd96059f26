/** Bodies for Datadog's intake. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { datadog } from '../../../../src/sink/http/dialects/datadog.js';
import { bodyOf, factsOf, overheadKept, recordText, runOf, runShape } from './runs.js';

const host = 'h "ö"';
const dialect = datadog(factsOf('https://intake.example', { host }));

test('each record says which host it is from, as an Agent would', () => {
  fc.assert(
    fc.property(fc.array(recordText, { minLength: 1, maxLength: 9 }), runShape, (texts, shape) => {
      const run = runOf(texts, shape);
      const expected = texts.map((text) => ({ hostname: host, ...(JSON.parse(text) as object) }));
      assert.deepEqual(JSON.parse(bodyOf(dialect, run)), expected);
      assert.ok(overheadKept(dialect, run));
    }),
    { seed: 202, numRuns: 200 },
  );
  assert.equal(
    bodyOf(dialect, runOf(['{}', '{}'])),
    `[{"hostname":"h \\"\\u00f6\\""},{"hostname":"h \\"\\u00f6\\""}]`,
  );
});
