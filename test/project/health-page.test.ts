/** What docs/health.md says of health, beside what the program says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectionStates, outcomes } from '../../src/flow/health/connection-state.js';
import { icmpErrors } from '../../src/packet/quoted.js';
import { healthValues } from '../../src/record/values/health.js';
import { segmentValues } from '../../src/record/values/segments.js';
import { readProjectFile } from '../support/project.js';

const page = readProjectFile('docs/health.md');
const ofConversation = Object.keys(healthValues);
const ofClient = Object.keys(segmentValues).filter((name) => name.startsWith('client_'));

/** The first cells of the table whose heading begins so. */
function firstCells(heading: string): readonly string[] {
  const [, rows = ''] = page.split(`\n| ${heading} |`);
  return rows
    .split('\n\n')[0]!
    .split('\n')
    .slice(2)
    .map((row) => row.split('|')[1]!.trim());
}

/** Names in a cell; "`connections_closed`, `…_reset`" goes on with what the first begins with. */
const namesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

describe('docs/health.md', () => {
  test('has each state and each outcome', () => {
    assert.deepEqual(firstCells('`conn_state`').flatMap(namesIn), [...connectionStates]);
    assert.deepEqual(firstCells('`outcome`').flatMap(namesIn), [...outcomes]);
    for (const error of icmpErrors.slice(1)) assert.ok(page.includes(`\`${error}\``), error);
  });

  test('has each value of health, and no other', () => {
    const named = [...new Set([...page.matchAll(/`((?:[a-z]+|…)_[a-z_]+)`/g)].map(([, name]) => name!))];
    const ends = [...ofConversation, ...ofClient];
    const unknown = named.filter((name) =>
      name.startsWith('…')
        ? !ends.some((end) => end.endsWith(name.slice(1)))
        : !ofConversation.includes(name),
    );
    assert.deepEqual(
      unknown.filter((name) => name !== 'conversation_id'),
      [],
    );
    const isNamed = (value: string) =>
      named.some((name) => (name.startsWith('…') ? value.endsWith(name.slice(1)) : value === name));
    // A word of its own.
    const single = (value: string) => page.includes(`\`${value}\``);
    assert.deepEqual(
      ends.filter((value) => !isNamed(value) && !single(value)),
      [],
    );
  });

  test('shows what a record can say', () => {
    const [, json] = /^```json\n(\{.*?\})\n```$/ms.exec(page)!;
    const record = JSON.parse(json!) as Record<string, unknown>;
    const known = new Set([...ofConversation, ...Object.keys(segmentValues)]);
    const isEnd = (name: string) => /^(client|server)_(ip|port)$/.test(name);
    assert.deepEqual(
      Object.keys(record).filter((name) => !known.has(name) && !isEnd(name)),
      [],
    );
    const { handshake_rtt_us, client_nw_latency_us, server_nw_latency_us } = record;
    assert.equal(handshake_rtt_us, Number(client_nw_latency_us) + Number(server_nw_latency_us));
  });
});
