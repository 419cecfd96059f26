import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Outbox } from '../../../src/sink/outbox.js';
import { syslogFraming } from '../../../src/sink/tcp/syslog-framing.js';
import { encodedOf } from '../encoded.js';

const newYear2026Ms = Date.UTC(2026, 0, 1, 0, 0, 0, 7);

function framed(host: string, lines: readonly string[], skip = 0): string {
  const outbox = new Outbox(1 << 20);
  outbox.push(encodedOf(lines));
  for (let i = 0; i < skip; i++) outbox.take(0);
  const { overhead, frame } = syslogFraming(host, 42);
  const run = outbox.take(1 << 20)!;
  const bytes = frame(run, newYear2026Ms);
  assert.ok(bytes.length <= run.end - run.start + run.records * overhead.record + overhead.run);
  return Buffer.from(bytes).toString();
}

describe('the framing of syslog', () => {
  test('puts a header and the length before each record, and leaves the newline out', () => {
    const header = '<134>1 2026-01-01T00:00:00.007Z web-1 pcap-agg 42 - - ';
    const length = (record: string) => header.length + Buffer.byteLength(record);
    const long = `{"x":"${'y'.repeat(20_000)}"}`;
    const records = ['{"n":1}', '{"name":"żółw"}', long];
    assert.equal(
      framed(
        'web-1',
        records.map((record) => `${record}\n`),
      ),
      records.map((record) => `${length(record)} ${header}${record}`).join(''),
    );
    assert.equal(length('{"n":1}'), 61);
  });

  test('begins where the run begins', () => {
    assert.match(
      framed('h', ['{"n":1}\n', '{"n":2}\n', '{"n":3}\n'], 1),
      /^57 <[^{]+\{"n":2\}57 <[^{]+\{"n":3\}$/,
    );
  });

  test('has no host name that RFC 5424 does not have', () => {
    for (const host of ['', 'a b', 'żółw', 'x'.repeat(256), 'a\nb'])
      assert.match(framed(host, ['{}\n']), /^52 <134>1 \S+ - pcap-agg 42 - - \{\}$/);
  });
});
