/** A user's own table of fields, and the records that are written by it. */
import assert from 'node:assert/strict';
import { createJsonFormat } from '../../../src/record/json.js';
import { FlowRecord } from '../../../src/record/record.js';
import { parseSchema, SchemaFault } from '../../../src/record/schemas/custom.js';
import type { Schema } from '../../../src/record/schemas/schema.js';
import { valueNames } from '../../../src/record/values.js';
import { nearest } from '../../../src/settings/nearest.js';
import { testFacts } from '../../support/formats.js';
import { bytesOf, type Target, textOf } from './target.js';

/** Of as little as possible, and of much. */
const records = [new FlowRecord(), fullRecord()];

function fullRecord(): FlowRecord {
  const record = new FlowRecord();
  Object.assign(record.key, { protocol: 6, hasPorts: 1, ports: 0x1234_5678 });
  const figures = {
    packets: 3,
    ipBytes: 120,
    wireBytes: 162,
    firstUs: 1e15,
    lastUs: 2e15,
    tcpFlags: 0x1b,
    ttl: 64,
  };
  Object.assign(record.forward, figures);
  Object.assign(record.reverse, figures);
  const names = { sourcePtr: '"é"', sourceDns: 'laptop.example', serverName: 'intake.example' };
  const labels = { targetNetwork: '\ud800', interfaceName: 'eth0', service: 'agents,api' };
  return Object.assign(record, names, labels, { direction: 'egress', packetFlow: 'outgoing', idLow: -1 });
}

function run(input: Uint8Array): void {
  const schema = parsed(textOf(input));
  if (schema === undefined) return;
  const format = createJsonFormat({ schema, facts: { ...testFacts, tags: ['a:b'] }, numbered: true });
  format.openWindow({ startUs: 0, endUs: 1e15 });
  for (const record of records) {
    const bytes = new Uint8Array(format.maxRecordBytes);
    const line = new TextDecoder('utf-8', { fatal: true }).decode(
      bytes.subarray(0, format.encode(record, bytes, 0)),
    );
    assert.ok(line.endsWith('}\n'));
    JSON.parse(line);
  }
}

/** Undefined where it was refused, in one line that is short enough to be read. */
function parsed(text: string): Schema | undefined {
  try {
    return parseSchema('own.json', text, nearest);
  } catch (error) {
    assert.ok(error instanceof SchemaFault, (error as Error).stack);
    assert.match(error.message, /^[^\p{Cc}\p{Zl}\p{Zp}]{1,400}$/u);
    return undefined;
  }
}

const fields = [
  { name: '@timestamp', value: 'window_end_iso' },
  { name: 'source.ip', value: 'source_ip', absent: null },
  { name: 'source.port', value: 'source_port', absent: '' },
  { name: 'a.b.c', value: 'services' },
  { name: 'a.d', constant: 'é"\\' },
  { name: 'e', constant: -1.5e3 },
];

export const schemas: Target = {
  name: 'schemas',
  seeds: () =>
    [
      JSON.stringify(fields),
      JSON.stringify(fields, null, 1),
      JSON.stringify(valueNames.map((value) => ({ name: value.replaceAll('_', '.'), value }))),
      '[{"name":"a","constant":1},{"name":"a.b","value":"tags"}]',
      '[{"name":"a","constant":{"x":[null]}}]',
    ].map(bytesOf),
  words: [
    ...valueNames,
    '"name":',
    '"value":',
    '"absent":',
    '"constant":',
    '[{',
    '},{',
    '}]',
    'null',
    '\\ud800',
  ].map(bytesOf),
  maxBytes: 4_096,
  run,
};
