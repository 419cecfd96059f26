import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTarget, TargetError } from '../../src/sink/target.js';

test('a target is a host and a port, with or without its scheme', () => {
  const targets: readonly (readonly [text: string, name: string, host: string, port: number])[] = [
    ['127.0.0.1:10518', '127.0.0.1:10518', '127.0.0.1', 10518],
    ['udp://127.0.0.1:1', '127.0.0.1:1', '127.0.0.1', 1],
    ['UDP://collector:65535', 'collector:65535', 'collector', 65535],
    ['collector.example.:514', 'collector.example.:514', 'collector.example.', 514],
    ['log_host-1.example:514', 'log_host-1.example:514', 'log_host-1.example', 514],
    ['[::1]:10518', '[::1]:10518', '::1', 10518],
    ['udp://[fe80::1%eth0]:10518', '[fe80::1%eth0]:10518', 'fe80::1%eth0', 10518],
    ['10.example:1', '10.example:1', '10.example', 1],
  ];
  for (const [text, name, host, port] of targets) assert.deepEqual(parseTarget(text), { name, host, port });
});

test('what is wrong with a target is said in one line that names it', () => {
  const write = 'write HOST:PORT, like 127.0.0.1:10518, collector.example:10518 or [::1]:10518';
  const port = 'write a number from 1 to 65535';
  const brackets = 'only an IPv6 address stands in brackets';
  const neither = 'is neither an address nor a host name';
  const wrong: readonly (readonly [text: string, message: string])[] = [
    ['', `: there is no port; ${write}`],
    ['127.0.0.1', `127.0.0.1: there is no port; ${write}`],
    ['[::1]', `[::1]: there is no port; ${write}`],
    ['::1', '::1: there is no port; write [::1]:10518'],
    ['2001:db8::1:10518', `2001:db8::1:10518: an IPv6 address stands in brackets; write [2001:db8::1]:10518`],
    [
      '1:2:3:4:5:6:7:8:10518',
      `1:2:3:4:5:6:7:8:10518: an IPv6 address stands in brackets; write [1:2:3:4:5:6:7:8]:10518`,
    ],
    [':10518', `:10518: there is no host; ${write}`],
    [
      'udp://:10518',
      'udp://:10518: there is no host; write udp://HOST:PORT, like udp://127.0.0.1:10518, udp://collector.example:10518 or udp://[::1]:10518',
    ],
    ['[]:10518', `[]:10518: there is no host; ${write}`],
    ['host:', `host:: '' is no port; ${port}`],
    ['host:0', `host:0: '0' is no port; ${port}`],
    ['host:65536', `host:65536: '65536' is no port; ${port}`],
    ['host:1e3', `host:1e3: '1e3' is no port; ${port}`],
    ['host:10518/', 'host:10518/: there is a path behind the port; leave it out'],
    ['[fe80::1]:0', "[fe80::1]:0: '0' is no port; write a number from 1 to 65535"],
    ['[fe80::1]:1', '[fe80::1]:1: it is an address of one link only; say which, as in [fe80::1%eth0]:1'],
    ['[127.0.0.1]:1', `[127.0.0.1]:1: '[127.0.0.1]' is no host, ${brackets}; ${write}`],
    ['[::1]x:1', `[::1]x:1: '[::1]x' is no host, ${brackets}; ${write}`],
    ['300.1.1.1:1', `300.1.1.1:1: '300.1.1.1' ${neither}; ${write}`],
    ['127.1:1', `127.1:1: '127.1' ${neither}; ${write}`],
    ['a..b:1', `a..b:1: 'a..b' ${neither}; ${write}`],
    ['a b:1', `a b:1: 'a b' ${neither}; ${write}`],
    ['user@host:1', `user@host:1: 'user@host' ${neither}; ${write}`],
    ['tcp://host:1', 'tcp://host:1: only udp is possible here; write HOST:PORT or udp://HOST:PORT'],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => parseTarget(text), { name: 'TargetError', message }, text);
  }
});

test('any text is a target or a reason', () => {
  const piece = fc.oneof(
    fc.constantFrom('udp://', '[', ']', ':', '::1', '%', '10518', '127.0.0.1', 'host', '.', '/', ' ', '\n'),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const text = pieces.join('');
      try {
        const { host, port } = parseTarget(text);
        assert.ok(host.length > 0 && port >= 1 && port <= 65_535);
      } catch (error) {
        assert.ok(error instanceof TargetError);
        assert.ok(error.message.startsWith(`${text}: `));
      }
    }),
    { seed: 768, numRuns: 5000 },
  );
});
