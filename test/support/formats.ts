/** Formats, and what they share, for tests. */
import { createJsonFormat } from '../../src/record/json.js';
import type { RecordFormat } from '../../src/record/record.js';
import { legacy } from '../../src/record/schemas/legacy.js';
import type { RunFacts } from '../../src/record/values/value.js';

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
