/** The schema `full` against the table of values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { full } from '../../../src/record/schemas/full.js';
import { values } from '../../../src/record/values.js';
import { jsonOf } from '../../support/formats.js';
import { flowRecord } from '../../support/random-records.js';
import { webConversation } from '../../support/records.js';

const said = { tags: ['env:prod'], service: 'network-flows', conversations: true };

test('has every value under its name, in their order, and can have each of them', () => {
  const names = Object.keys(values);
  assert.deepEqual(
    full.fields.map(({ name }) => name),
    names,
  );
  const seen = new Set<string>();
  fc.assert(
    fc.property(flowRecord, (record) => {
      const told = Object.keys(jsonOf(full, record, said, true));
      assert.deepEqual(
        told,
        names.filter((name) => told.includes(name)),
      );
      for (const name of told) seen.add(name);
    }),
    { seed: 13, numRuns: 300 },
  );
  assert.deepEqual(
    names.filter((name) => !seen.has(name)),
    [],
    'values that no record has',
  );
});

test('names are flat and in snake case, and no byte is just a byte', () => {
  for (const name of Object.keys(values)) {
    assert.match(name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    if (name.endsWith('bytes')) assert.match(name, /(^|_)(payload|ip|wire)_bytes$/);
  }
});

test('leaves out what is absent: the number without --seq, and what nobody said', () => {
  const told = jsonOf(full, webConversation(), { conversations: true });
  for (const name of ['sequence', 'tags', 'service_name', 'rest', 'vlan_outer'])
    assert.ok(!(name in told), name);
  assert.equal(told['agent'], 'test-agent');
});
