/** Each schema's bytes against JSON.stringify of the same record as a plain object, whatever the record. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createJsonFormat } from '../../../src/record/json.js';
import type { FlowRecord } from '../../../src/record/record.js';
import { datadog } from '../../../src/record/schemas/datadog.js';
import { ecs } from '../../../src/record/schemas/ecs.js';
import { full } from '../../../src/record/schemas/full.js';
import { legacy } from '../../../src/record/schemas/legacy.js';
import { ocsf } from '../../../src/record/schemas/ocsf.js';
import { otel } from '../../../src/record/schemas/otel.js';
import type { Schema, ValueField } from '../../../src/record/schemas/schema.js';
import { hashWindow } from '../../../src/record/values/ids.js';
import type { Line, RunFacts } from '../../../src/record/values/value.js';
import { valueNames } from '../../../src/record/values.js';
import { testFacts } from '../../support/formats.js';
import { plainRecord } from '../../support/plain-record.js';
import { flowRecord } from '../../support/random-records.js';

const own = (name: string, fields: Schema['fields']): Schema => ({ name, fields, numbered: [] });
const every = valueNames.map((name): ValueField => ({ name, value: name }));

const schemas: readonly Schema[] = [
  legacy,
  datadog,
  ecs,
  otel,
  ocsf,
  full,
  own('every value', every),
  own(
    'every value, absent null',
    every.map((field) => ({ ...field, absent: null })),
  ),
  own(
    'every value, absent a text',
    every.map((field) => ({ ...field, absent: 'é"' })),
  ),
  own('every value as an attribute', [{ name: 'a.attributes', attributes: every }]),
  own(
    'every value in an object of its own',
    every.map((field) => ({ ...field, name: `a.${field.name}.é"` })),
  ),
  own('numbers in quotes, and for what is absent', [
    { name: 'a', value: 'vlan_outer', quoted: true },
    { name: 'b', value: 'mpls_label', absent: 0 },
    { name: 'c', value: 'direction', words: { ingress: 1 }, absent: 99 },
    { name: 'd', attributes: [{ name: 'e', value: 'direction', words: { ingress: 1 }, absent: 99 }] },
  ]),
  own('objects and lists', [
    { name: 'a.b.ip', value: 'source_ip' },
    { name: 'empty.vlan.id', value: 'vlan_outer' },
    { name: 'empty.vlan.mixed', value: 'vlan_mixed' },
    { name: 'a.b.kind', constant: ['network', 'é'] },
    {
      name: 'a.list',
      attributes: [
        { name: 'x.y', value: 'mpls_label' },
        { name: 'z', value: 'tcp_flag_names' },
      ],
    },
    { name: 'a.c', value: 'source_port', absent: null },
    { name: 'service', value: 'service_name' },
    { name: 'direction', value: 'direction', words: { ingress: 'in', passing: 3 } },
    { name: 'client', value: 'roles_from', words: { syn: 1 }, absent: 'no' },
    { name: 'last.alone', value: 'icmp_type' },
    { name: 'a.list', attributes: [{ name: 'last', value: 'icmp_code' }] },
  ]),
  own('what may be nothing', [
    { name: 'a.b', value: 'mpls_label' },
    { name: 'c', value: 'service_name' },
    { name: 'd', attributes: [] },
  ]),
];

const allFacts: readonly RunFacts[] = [
  testFacts,
  {
    host: 'é.example',
    agent: 'web-1 "é"',
    version: '1.2.3',
    tags: ['env:prod', 'team:é'],
    service: 'a "service"\n\ud800',
    conversations: true,
    recordSettings: '{"top":10}',
  },
];

const window = { startUs: 1_473_377_300_000_000, endUs: 1_473_377_309_073_292 };

function assertSame(schema: Schema, facts: RunFacts, numbered: boolean): void {
  const fields = numbered ? [...schema.fields, ...schema.numbered] : schema.fields;
  const format = createJsonFormat({ schema, facts, numbered });
  format.openWindow(window);
  const bytes = new Uint8Array(7 + format.maxRecordBytes);
  const view = new DataView(bytes.buffer);
  const line: Line = {
    bytes,
    view,
    facts,
    window,
    windowHash: hashWindow(facts, window),
    sequence: numbered ? 0 : -1,
  };
  const check = (record: FlowRecord) => {
    if (numbered) line.sequence++;
    // The second time, what is kept of it is copied.
    format.encode(record, bytes, 7);
    if (numbered) line.sequence++;
    bytes.fill(0xff);
    const end = format.encode(record, bytes, 7);
    assert.ok(end - 7 <= format.maxRecordBytes, 'longer than promised');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(7, end));
    const plain = JSON.stringify(plainRecord(fields, record, line));
    assert.equal(text, new TextDecoder().decode(new TextEncoder().encode(`${plain}\n`)));
  };
  fc.assert(fc.property(flowRecord, check), { seed: 8259, numRuns: 200 });
}

for (const schema of schemas) {
  describe(schema.name, () => {
    for (const numbered of [false, true]) {
      for (const facts of allFacts) {
        test(`is what JSON.stringify makes of it, ${numbered ? '' : 'not '}numbered, by ${facts.agent}`, () =>
          assertSame(schema, facts, numbered));
      }
    }
  });
}
