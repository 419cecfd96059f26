/** Bodies and answers of OTLP over HTTP. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../../../src/host/failure.js';
import { otel } from '../../../../src/record/schemas/otel.js';
import { otlp } from '../../../../src/sink/http/dialects/otlp.js';
import { jsonOf } from '../../../support/formats.js';
import { flowRecord } from '../../../support/random-records.js';
import { assertHas, bodyOf, factsOf, numbered, overheadKept, runOf, runShape } from './runs.js';

interface Message {
  fromObject(object: object): unknown;
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  toObject(
    message: unknown,
    options: { readonly longs: StringConstructor; readonly arrays: boolean },
  ): object;
}

const { opentelemetry } = createRequire(import.meta.url)(
  '@opentelemetry/otlp-transformer/build/src/generated/root.js',
) as {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: { readonly logs: { readonly v1: { readonly ExportLogsServiceRequest: Message } } };
    };
  };
};

/** What a collector has after it took a request in JSON and passed it on as protobuf. */
function passedOn(body: string): unknown {
  const request = opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
  const bytes = request.encode(request.fromObject(JSON.parse(body) as object)).finish();
  return request.toObject(request.decode(bytes), { longs: String, arrays: true });
}

const facts = factsOf('https://collector.example:4318', { schema: 'otel' });
const dialect = otlp(facts);
const said = { tags: ['env:prod'], service: 'network-flows', conversations: true };

test('a request passes through protobuf unchanged, with a resource and a scope around its records', () => {
  fc.assert(
    fc.property(fc.array(flowRecord, { minLength: 1, maxLength: 4 }), runShape, (records, shape) => {
      const texts = records.map((record) => wellFormed(jsonOf(otel, record, said, true)));
      const run = runOf(texts, shape);
      const body = bodyOf(dialect, run);
      assert.deepEqual(JSON.parse(body), requestOf(texts));
      assert.deepEqual(passedOn(body), requestOf(texts, { entityRefs: [] }, { attributes: [] }));
      assert.ok(overheadKept(dialect, run));
    }),
    { seed: 4318, numRuns: 60 },
  );
});

/** `ofResource` and `ofScope` is what they have beside what is sent. */
function requestOf(texts: readonly string[], ofResource: object = {}, ofScope: object = {}): object {
  const attributes = [
    { key: 'service.name', value: { stringValue: 'pcap-agg' } },
    { key: 'host.name', value: { stringValue: 'test-host' } },
  ];
  const scope = { name: 'pcap-agg', version: '1.2.3', ...ofScope };
  const logRecords = texts.map((text) => JSON.parse(text) as unknown);
  return {
    resourceLogs: [{ resource: { attributes, ...ofResource }, scopeLogs: [{ scope, logRecords }] }],
  };
}

/** The record's JSON with texts as UTF-8 can have them: without half a pair of surrogates. */
function wellFormed(json: object): string {
  return JSON.stringify(json, (_, value: unknown) =>
    typeof value === 'string' ? Buffer.from(value).toString() : value,
  );
}

test('it is sent to /v1/logs, or to the path that is written', () => {
  assert.equal(dialect.url.href, 'https://collector.example:4318/v1/logs');
  assert.equal(otlp({ ...facts, url: new URL('http://h/otlp/v1/logs') }).url.href, 'http://h/otlp/v1/logs');
  passedOn(dialect.probe!.body!);
});

test('records of another schema are refused', () => {
  assert.throws(
    () => otlp(factsOf('http://h:4318', { schema: 'ecs' })),
    (error: Error) =>
      error instanceof UsageError &&
      error.message === "records of the schema 'ecs' are no log records of OTLP; write ?schema=otel",
  );
});

test('the standard variable has the headers', () => {
  const headers = dialect.key!.headers;
  assert.equal(dialect.key!.variable, 'OTEL_EXPORTER_OTLP_HEADERS');
  assert.deepEqual(headers('api-key=abc,x-tenant = a%20b , Authorization=Basic%20dTpw=='), {
    'api-key': 'abc',
    'x-tenant': 'a b',
    Authorization: 'Basic dTpw==',
  });
  assert.deepEqual(headers('a=b=c,'), { a: 'b=c' });
  for (const wrong of ['secret', '=secret', 'a=%zz', 'a=%0d%0aX: secret', 'a b=secret', 'a='])
    assert.throws(
      () => headers(wrong),
      (error: Error) => error instanceof UsageError && !error.message.includes('secret'),
      wrong,
    );
});

test('a success may be without a word, and a part may be rejected', () => {
  const run = runOf(numbered(5));
  const of = (body: string) => dialect.accepted!(body, run);
  const warning = '{"partialSuccess":{"errorMessage":"be careful","rejectedLogRecords":"0"}}';
  for (const body of ['', ' ', '{}', '{"partialSuccess":{}}', '{"partialSuccess":null}', warning])
    assert.deepEqual(of(body), { kind: 'sent' }, body);
  for (const count of ['2', '"2"'])
    assert.deepEqual(of(`{"partialSuccess":{"rejectedLogRecords":${count},"errorMessage":"too\\nold"}}`), {
      kind: 'each',
      again: [],
      rejected: [3, 4],
      why: 'too old (which records they are is not said: their packets are those of others)',
    });
  for (const count of [5, 6, 1e300])
    assert.deepEqual(of(`{"partialSuccess":{"rejectedLogRecords":${count}}}`), {
      kind: 'drop',
      reason: 'rejected',
      why: 'the reader gives no reason',
    });
  for (const count of ['-1', '"x"', '[]', '0.5', 'null'])
    assert.deepEqual(of(`{"partialSuccess":{"rejectedLogRecords":${count}}}`), { kind: 'sent' });
  for (const body of ['<html>', 'null', '7']) assertHas(of(body), { kind: 'retry', mayHaveArrived: true });
});

test('what the specification says is never retried, is not', () => {
  const run = runOf(numbered(2));
  const of = (status: number, body = '') => dialect.refused!(status, body, run);
  for (const status of [301, 401, 403, 413, 429, 502, 503, 504]) assert.equal(of(status), undefined);
  for (const status of [400, 408, 415, 500, 501, 507])
    assertHas(of(status), { kind: 'drop', reason: 'rejected' });
  assert.deepEqual(of(400, '{"code":3,"message":"cannot be decoded"}'), {
    kind: 'drop',
    reason: 'rejected',
    why: 'HTTP 400: cannot be decoded',
  });
});
