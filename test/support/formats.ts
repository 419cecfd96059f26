/** Formats, and what they share, for tests. */
import assert from 'node:assert/strict';
import { createJsonFormat } from '../../src/record/json.js';
import type { FlowRecord, RecordFormat } from '../../src/record/record.js';
import { legacy } from '../../src/record/schemas/legacy.js';
import type { Schema } from '../../src/record/schemas/schema.js';
import type { RunFacts } from '../../src/record/values/value.js';
import { recordWindow } from './records.js';

export const testFacts: RunFacts = {
  host: 'test-host',
  agent: 'test-agent',
  version: '0.0.0',
  tags: [],
  service: undefined,
  conversations: false,
  recordSettings: '',
};

export const legacyFields: readonly string[] = legacy.fields.map(({ name }) => name);

/** With an agent, its records are numbered. */
export function legacyFormat(agent?: string): RecordFormat {
  const facts = { ...testFacts, agent: agent ?? testFacts.agent };
  return createJsonFormat({ schema: legacy, facts, numbered: agent !== undefined });
}

/** A record of `recordWindow` in a schema, read back from its line. */
export function jsonOf(
  schema: Schema,
  record: FlowRecord,
  facts: Partial<RunFacts> = {},
  numbered = false,
): Readonly<Record<string, unknown>> {
  const format = createJsonFormat({ schema, facts: { ...testFacts, ...facts }, numbered });
  format.openWindow(recordWindow);
  const bytes = Buffer.alloc(format.maxRecordBytes);
  const end = format.encode(record, bytes, 0);
  assert.ok(end <= format.maxRecordBytes);
  const line = bytes.toString('utf8', 0, end);
  const json = JSON.parse(line) as Record<string, unknown>;
  assert.equal(line, `${JSON.stringify(json)}\n`, 'as JSON.stringify writes it');
  return json;
}
