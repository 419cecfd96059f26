import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UsageError } from '../../../src/host/failure.js';
import { openStream, type StreamOutput } from '../../../src/sink/tcp/open.js';

const noTls = { ca: undefined, cert: undefined, key: undefined, servername: undefined, verifies: true };

/** Opens "SCHEME://ADDRESS" and gives what was logged. */
async function open(scheme: string, address: string, more: Partial<StreamOutput> = {}) {
  const lines: string[] = [];
  const target = `${scheme}://${address}`;
  const output = {
    scheme,
    address,
    target,
    option: '--to',
    framing: 'newline',
    tls: noTls,
    queueBytes: 1 << 26,
  } as const;
  const edges = {
    name: target,
    host: 'web-1',
    connects: () => undefined,
    nowMs: () => 0,
    log: { line: (text: string) => lines.push(text) },
  };
  const transport = await openStream({ ...output, ...more }, edges);
  return { transport, lines };
}

describe('opening a stream', () => {
  test('connects to nobody yet, and keeps as much as a queue allows', async () => {
    const { transport, lines } = await open('tcp', '[::1]:5170/');
    assert.equal(transport.limits.bytesUnderWay, 16 << 20);
    assert.equal(transport.limits.bytes, 64 << 10);
    const small = await open('tcp', 'reader.test:5170', { queueBytes: 1 << 16 });
    assert.equal(small.transport.limits.bytesUnderWay, 1 << 15);
    assert.equal(small.transport.limits.bytes, 1 << 15);
    assert.deepEqual(lines, []);
  });

  test('says loudly that anybody will do for the reader', async () => {
    const { lines } = await open('tls', 'reader.test:6514', { tls: { ...noTls, verifies: false } });
    assert.deepEqual(lines, [
      'tls://reader.test:6514: WARNING: verify=off: anybody on the way can pass for the reader, and read the records; for a test only',
    ]);
    assert.deepEqual((await open('tls', 'reader.test:6514')).lines, []);
  });

  test('names the output where it cannot be one', async () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['tcp', 'reader.test', /^--to tcp:\/\/reader\.test: there is no port; write tcp:\/\/HOST:PORT/],
      ['syslog+tls', 'reader.test:0', /^--to syslog\+tls:\/\/reader\.test:0: '0' is no port/],
      [
        'unix-stream',
        `/${'x'.repeat(107)}`,
        /: this cannot be the path of a socket; write one of at most 107 bytes$/,
      ],
      ['unix-stream', '/a\0b', /: this cannot be the path of a socket/],
    ];
    for (const [scheme, address, message] of cases)
      await assert.rejects(open(scheme, address), (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        return true;
      });
  });
});
