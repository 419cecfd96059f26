import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatIPv4, formatIPv6 } from '../../src/packet/address.js';
import { protocolName } from '../../src/packet/numbers.js';
import { FlowRecord, type RecordFormat } from '../../src/record/record.js';
import { formatUtc } from '../../src/record/utc-time.js';
import { legacyFields, legacyFormat } from '../support/formats.js';

const window = { startUs: 1_473_377_300_000_000, endUs: 1_473_377_309_073_292 };

function encoded(format: RecordFormat, record: FlowRecord): string {
  const bytes = new Uint8Array(7 + format.maxRecordBytes);
  const end = format.encode(record, bytes, 7);
  assert.ok(end - 7 <= format.maxRecordBytes);
  return Buffer.from(bytes.subarray(7, end)).toString();
}

/** The record as a plain object, made without regard to cost: what the bytes must say. */
function plain(record: FlowRecord): Record<string, unknown> {
  const { key, rest } = record;
  const ports = new DataView(new ArrayBuffer(4));
  ports.setUint32(0, key.ports, true);
  const port = (at: number) => (key.hasPorts && !rest ? ports.getUint16(at) : '');
  const source =
    key.family === 4
      ? formatIPv4(key.source0)
      : formatIPv6(key.source0, key.source1, key.source2, key.source3);
  const target =
    key.family === 4
      ? formatIPv4(key.target0)
      : formatIPv6(key.target0, key.target1, key.target2, key.target3);
  const sourceAddress = rest ? '*' : source;
  const targetAddress = rest ? '*' : target;
  return {
    source_IP: sourceAddress,
    source_PORT: port(0),
    target_IP: targetAddress,
    target_PORT: port(2),
    type: protocolName(key.protocol),
    count: record.forward.packets,
    length: record.forward.payloadBytes,
    source_HOST: record.sourcePtr ?? sourceAddress,
    target_HOST: record.targetPtr ?? targetAddress,
    time: '2016-09-08 23:28:29.073292',
    datadog_service: record.service,
    packet_flow: record.packetFlow,
  };
}

function sshRecord(): FlowRecord {
  const record = new FlowRecord();
  record.key.source0 = 0x030011ac;
  record.key.target0 = 0x010011ac;
  record.key.hasPorts = 1;
  record.key.ports = 0xa2d51600 | 0;
  record.key.protocol = 6;
  record.forward.packets = 1;
  record.forward.payloadBytes = 52;
  return record;
}

test('a record is one line with the fields in their order and no spaces', () => {
  const format = legacyFormat();
  format.openWindow(window);
  assert.equal(
    encoded(format, sshRecord()),
    '{"source_IP":"172.17.0.3","source_PORT":22,"target_IP":"172.17.0.1","target_PORT":54690,"type":"TCP","count":1,"length":52,' +
      '"source_HOST":"172.17.0.3","target_HOST":"172.17.0.1","time":"2016-09-08 23:28:29.073292","datadog_service":"none","packet_flow":"none"}\n',
  );
  assert.deepEqual(Object.keys(JSON.parse(encoded(format, sshRecord()))), legacyFields);
});

test('what found the table full is a record of everyone', () => {
  const format = legacyFormat();
  format.openWindow(window);
  const record = sshRecord();
  record.rest = true;
  assert.equal(
    encoded(format, record),
    '{"source_IP":"*","source_PORT":"","target_IP":"*","target_PORT":"","type":"TCP","count":1,"length":52,' +
      '"source_HOST":"*","target_HOST":"*","time":"2016-09-08 23:28:29.073292","datadog_service":"none","packet_flow":"none"}\n',
  );
});

const word = fc.oneof(fc.constant(0), fc.integer());
const wholeNumber = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(12_000),
  fc.integer({ min: 0, max: 53 }).map((power) => 2 ** power),
  fc.integer({ min: 1, max: 15 }).map((power) => 10 ** power),
  fc.integer({ min: 1, max: 15 }).map((power) => 10 ** power - 1),
);
const host = fc.option(
  fc.oneof(
    fc.domain(),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      maxLength: 60,
    }),
    fc.constantFrom('NXDOMAIN', '', '\u007f"\\\n', 'é.example', '\ud800'),
  ),
);
const service = fc.oneof(
  fc.constantFrom('none', 'agents', 'agents,api,apm'),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
);

const flowRecord = fc
  .record({
    family: fc.constantFrom(4 as const, 6 as const),
    words: fc.tuple(word, word, word, word, word, word, word, word),
    ports: fc.integer(),
    hasPorts: fc.constantFrom(0 as const, 1 as const),
    protocol: fc.nat(255),
    overflow: fc.boolean(),
    count: wholeNumber,
    length: wholeNumber,
    sourcePtr: host,
    targetPtr: host,
    service,
    packetFlow: fc.constantFrom('none' as const, 'incoming' as const, 'outgoing' as const),
  })
  .map(({ family, words, ports, hasPorts, protocol, ...rest }) => {
    const record = Object.assign(new FlowRecord(), rest);
    const [source0, source1, source2, source3, target0, target1, target2, target3] = words;
    const addresses = { source0, source1, source2, source3, target0, target1, target2, target3 };
    Object.assign(record.key, { family, ports, hasPorts, protocol, ...addresses });
    return record;
  });

test('the bytes are those of JSON.stringify of a plain object', () => {
  const format = legacyFormat();
  format.openWindow(window);
  fc.assert(
    fc.property(flowRecord, (record) => {
      assert.equal(encoded(format, record), Buffer.from(`${JSON.stringify(plain(record))}\n`).toString());
    }),
    { seed: 8259, numRuns: 5000 },
  );
});

test('with an agent every record ends in its number', () => {
  const format = legacyFormat('web-1 "é"');
  format.openWindow(window);
  let seq = 0;
  fc.assert(
    fc.property(flowRecord, (record) => {
      const expected = { ...plain(record), agent: 'web-1 "é"', seq: ++seq };
      assert.equal(encoded(format, record), Buffer.from(`${JSON.stringify(expected)}\n`).toString());
    }),
    { seed: 8259, numRuns: 300 },
  );
});

test('no record is longer than promised, whatever its names are', () => {
  const format = legacyFormat('a'.repeat(300));
  format.openWindow(window);
  const record = sshRecord();
  const { key } = record;
  key.family = 6;
  for (const name of [
    'source0',
    'source1',
    'source2',
    'source3',
    'target0',
    'target1',
    'target2',
    'target3',
  ] as const) {
    key[name] = -1;
  }
  key.ports = -1;
  record.forward.packets = record.forward.payloadBytes = 2 ** 53;
  record.packetFlow = 'outgoing';
  record.sourcePtr = record.targetPtr = '\u0001'.repeat(253);
  for (const label of [
    '\u0001'.repeat(10_000),
    '€'.repeat(10_000),
    `${'\u0001'.repeat(85)},x`,
    'service,'.repeat(10_000),
  ]) {
    record.service = label;
    for (key.protocol = 0; key.protocol < 256; key.protocol++) {
      const bytes = new Uint8Array(format.maxRecordBytes);
      const end = format.encode(record, bytes, 0);
      JSON.parse(Buffer.from(bytes.subarray(0, end)).toString());
    }
  }
});

test('a name longer than any of the DNS gives way to the address', () => {
  const format = legacyFormat();
  format.openWindow(window);
  const record = sshRecord();
  record.sourcePtr = 'a'.repeat(253);
  record.targetPtr = 'a'.repeat(254);
  assert.deepEqual(JSON.parse(encoded(format, record)), { ...plain(record), target_HOST: '172.17.0.1' });
});

test('services that do not fit are left out by whole names', () => {
  const format = legacyFormat();
  format.openWindow(window);
  const record = sshRecord();
  const serviceOf = (service: string) => {
    record.service = service;
    return JSON.parse(encoded(format, record)).datadog_service;
  };
  const names = Array.from({ length: 60 }, (_, i) => `service-${i}`);
  assert.equal(serviceOf(names.slice(0, 40).join(',')), names.slice(0, 40).join(','));
  assert.equal(serviceOf(names.join(',')), names.slice(0, 47).join(','));
  assert.equal(serviceOf('x'.repeat(512)), 'x'.repeat(512));
  assert.equal(serviceOf('x'.repeat(513)), 'x'.repeat(85));
  for (let i = 0; i < 1000; i++) assert.equal(serviceOf(`label-${i}`), `label-${i}`);
});

test('each window has its own time', () => {
  const format = legacyFormat();
  const times = [0, 1, 951_782_400_000_000, 1_709_251_199_999_999].map((endUs) => {
    format.openWindow({ startUs: 0, endUs });
    return JSON.parse(encoded(format, sshRecord())).time;
  });
  assert.deepEqual(times, [
    '1970-01-01 00:00:00.000000',
    '1970-01-01 00:00:00.000001',
    '2000-02-29 00:00:00.000000',
    '2024-02-29 23:59:59.999999',
  ]);
});

test('times outside the four-digit years are the nearest that are not', () => {
  assert.deepEqual([-1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 2 ** 64].map(formatUtc), [
    '1970-01-01 00:00:00.000000',
    '1970-01-01 00:00:00.000000',
    '9999-12-31 23:59:59.000000',
    '9999-12-31 23:59:59.000000',
  ]);
});
