import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { stateFixtures } from '../../fixtures/tables/states.js';
import { connectionStates } from '../../src/flow/health/connection-state.js';
import { fixturesFolder } from '../support/fixtures.js';

/** schemas.test.ts holds that the program prints these records. */
test('each capture of states is told as the state that it is called by', () => {
  const lines = readFileSync(`${fixturesFolder}states/states.full.jsonl`, 'utf8').trimEnd().split('\n');
  const told = lines.map((line) => `states/${JSON.parse(line).conn_state}.pcap`);
  assert.deepEqual(
    told,
    stateFixtures.map(({ name }) => name),
  );
  assert.deepEqual(
    told,
    [...connectionStates].map((state) => `states/${state}.pcap`),
  );
});
