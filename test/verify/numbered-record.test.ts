/** What `verify` reads of records, against the schemas that write them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datadog } from '../../src/record/schemas/datadog.js';
import { ecs } from '../../src/record/schemas/ecs.js';
import { full } from '../../src/record/schemas/full.js';
import { legacy } from '../../src/record/schemas/legacy.js';
import { ocsf } from '../../src/record/schemas/ocsf.js';
import { otel } from '../../src/record/schemas/otel.js';
import type { Schema, SchemaField } from '../../src/record/schemas/schema.js';
import type { ValueName } from '../../src/record/values.js';
import { readNumberedRecord, recordPlaces } from '../../src/verify/numbered-record.js';
import { jsonOf } from '../support/formats.js';
import { restOf, webConversation } from '../support/records.js';

const schemas = [legacy, datadog, ecs, otel, ocsf, full];

function placeOf(schema: Schema, value: ValueName): readonly string[] {
  const named = (field: SchemaField): (readonly string[])[] => {
    if ('attributes' in field)
      return field.attributes.flatMap((each) =>
        'value' in each && each.value === value ? [[field.name, each.name]] : [],
      );
    return 'value' in field && field.value === value ? [field.name.split('.')] : [];
  };
  const places = [...schema.fields, ...schema.numbered].flatMap(named);
  assert.equal(places.length, 1, `${value} in ${schema.name}`);
  return places[0]!;
}

test('agent, number and sums are where each schema has them', () => {
  const places = schemas.map((schema) => [
    schema.name,
    {
      agent: placeOf(schema, 'agent'),
      sequence: placeOf(schema, 'sequence'),
      packets: placeOf(schema, 'packets'),
      payloadBytes: placeOf(schema, 'payload_bytes'),
    },
  ]);
  assert.deepEqual(recordPlaces, Object.fromEntries(places));
});

for (const schema of schemas) {
  test(`a numbered record of ${schema.name} is read, and one without a number is none`, () => {
    const read = (...args: Parameters<typeof jsonOf>) => readNumberedRecord(JSON.stringify(jsonOf(...args)));
    const told = { agent: 'test-agent', sequence: 1 };
    assert.deepEqual(read(schema, webConversation(), { conversations: true }, true), {
      ...told,
      packets: 18,
      payloadBytes: 6_022,
    });
    assert.deepEqual(read(schema, restOf(17, 5), {}, true), { ...told, packets: 5, payloadBytes: 500 });
    assert.equal(read(schema, webConversation()), undefined);
  });
}

test('attributes are read only where they are what OTLP writes', () => {
  const line = (sequence: unknown) =>
    JSON.stringify({
      attributes: [
        null,
        [],
        { key: 'pcap_agg.agent', value: { stringValue: 'a' } },
        { key: 'pcap_agg.packets', value: { intValue: '2' } },
        { key: 'pcap_agg.payload_bytes', value: { intValue: '10' } },
        { key: 'pcap_agg.sequence', value: sequence },
      ],
    });
  assert.deepEqual(readNumberedRecord(line({ intValue: '7' })), {
    agent: 'a',
    sequence: 7,
    packets: 2,
    payloadBytes: 10,
  });
  const others = ['', '-1', '1.5', '1e3', ' 1', '9007199254740993', null, {}];
  for (const intValue of others) assert.equal(readNumberedRecord(line({ intValue })), undefined);
  for (const value of [undefined, null, '7', 7, [], { stringValue: '7' }])
    assert.equal(readNumberedRecord(line(value)), undefined);
});
