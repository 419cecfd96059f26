import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allowsColour } from '../../../src/view/terminal/table.js';
import { cutInMiddle, groupedDigits, shortBytes } from '../../../src/view/terminal/table-text.js';
import { type Flow, flowsOf, table, window } from './table-rig.js';

const ssh: Flow = {
  source: '172.17.0.3',
  target: '172.17.0.1',
  ports: [22, 54690],
  protocol: 6,
  count: 1234,
  length: 1_234_567,
};

const mixed: readonly Flow[] = [
  { source: 'fe80::1', target: 'ff02::1', protocol: 58, count: 2, length: 128 },
  ssh,
  {
    source: '10.0.0.5',
    target: '3.233.144.10',
    ports: [43122, 443],
    protocol: 6,
    count: 812,
    length: 98_123,
    names: ['web-1.internal', 'agent-http-intake.logs.datadoghq.com'],
    label: ['outgoing', 'agents,api,apm'],
  },
  {
    source: '2001:db8::1',
    target: '2001:db8::2',
    ports: [53, 5353],
    protocol: 17,
    count: 1,
    length: 99,
    names: ['NXDOMAIN', 'evil\u001b[2J\u202e.example'],
    label: ['incoming', 'logs'],
  },
  { source: '0.0.0.0', target: '0.0.0.0', protocol: 17, count: 100_000, length: 9_999_500, overflow: true },
];

test('a table has the window, its sums, and the flows with the most bytes', () => {
  assert.deepEqual(table(mixed, 80, 24), [
    '2016-09-08 23:28:20 to 23:28:40 UTC: 5 flows, 102,049 packets, 11.3 MB',
    'SOURCE              TARGET             TYPE       PACKETS    BYTES  SERVICE',
    '*                   *                  UDP        100,000  10.0 MB',
    '172.17.0.3:22       172.17.0.1:54690   TCP          1,234  1.23 MB',
    'web-1.in…nal:43122  agent-ht….com:443  TCP            812  98.1 kB  to ag…pi,apm',
    'fe80::1             ff02::1            IPv6-ICMP        2    128 B',
    '[2001:db8::1]:53    evil?[2J…ple:5353  UDP              1     99 B  from logs',
  ]);
});

test('a host has the name that was asked for, as nothing but text', () => {
  const owned: Flow = { ...ssh, names: ['laptop.example', 'cdn-7.example'] };
  const lines = table(
    [
      { ...owned, length: 3, asked: ['shop.example', 'www.shop.example'] },
      { ...owned, length: 2, asked: [null, 'looked-up.example'] },
      { ...owned, length: 1, asked: ['evil\u001b[2J\u202e.example', null] },
      owned,
    ],
    120,
    24,
  );
  const targets = lines.slice(2).map((line) => line.split(/ {2,}/)[1]);
  assert.deepEqual(targets, [
    `cdn-7.example:${ssh.ports![1]}`,
    `shop.example:${ssh.ports![1]}`,
    `looked-up.example:${ssh.ports![1]}`,
    `evil?[2J?.example:${ssh.ports![1]}`,
  ]);
});

test('what stands for an address is nothing but text, in any script', () => {
  const [, , line] = table([{ ...ssh, sourceFold: 'Büro\u001b[2J\n\u202ex' }], 120, 24);
  assert.equal(line!.split(/ {2,}/)[0], `Büro?[2J??x:${ssh.ports![0]}`);
});

test('what does not fit is summed up in the last line', () => {
  assert.deepEqual(table(mixed, 160, 7), [
    '2016-09-08 23:28:20 to 23:28:40 UTC: 5 flows, 102,049 packets, 11.3 MB',
    'SOURCE         TARGET            TYPE  PACKETS    BYTES',
    '*              *                 UDP   100,000  10.0 MB',
    '172.17.0.3:22  172.17.0.1:54690  TCP     1,234  1.23 MB',
    '… and 3 more flows, 815 packets, 98.3 kB',
  ]);
});

test('colours set off the titles and nothing else', () => {
  assert.deepEqual(table([ssh, { ...ssh, length: 1, count: 1 }], 80, 6, true), [
    '\x1b[1m2016-09-08 23:28:20 to 23:28:40 UTC: 2 flows, 1,235 packets, 1.23 MB\x1b[0m',
    '\x1b[2mSOURCE         TARGET            TYPE  PACKETS    BYTES\x1b[0m',
    '172.17.0.3:22  172.17.0.1:54690  TCP     1,234  1.23 MB',
    '\x1b[2m… and 1 more flow, 1 packet, 1 B\x1b[0m',
  ]);
  assert.deepEqual(
    [{}, { NO_COLOR: '' }, { NO_COLOR: '1' }, { TERM: 'dumb' }, { TERM: 'xterm' }].map(allowsColour),
    [true, true, false, false, true],
  );
});

test('the window is told as exactly as its length asks for', () => {
  const title = (startUs: number, endUs: number) =>
    table([ssh], 80, 24, false, { startUs, endUs })[0]!.split(': ')[0];
  const { startUs } = window;
  assert.equal(title(startUs, startUs + 500_000), '2016-09-08 23:28:20.000 to 23:28:20.500 UTC');
  assert.equal(title(startUs, startUs + 86_400e6), '2016-09-08 23:28:20 to 2016-09-09 23:28:20 UTC');
  assert.equal(title(0, startUs), 'until 2016-09-08 23:28:20 UTC');
});

const anyFlow = flowsOf(
  fc.tuple(fc.ipV6(), fc.ipV6()),
  fc.oneof(fc.domain(), fc.string({ unit: 'binary' })),
  fc.string({ unit: 'grapheme' }),
);

test('a record of several flows counts as so many, shown or not', () => {
  const group = { ...ssh, flows: 20 };
  const rest = { ...ssh, length: 1, overflow: true, flows: 0 } as const;
  const lines = table([group, rest, { ...ssh, length: 2, flows: 300 }], 80, 6);
  assert.match(lines[0]!, /UTC: 321 flows, 3,702 packets, /);
  assert.match(lines.at(-1)!, /^… and 301 more flows, 2,468 packets, 3 B$/);
});

test('whatever the names are, the table fits its terminal and holds nothing but text', () => {
  const sizes = fc.record({
    columns: fc.integer({ min: 1, max: 400 }),
    rows: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(anyFlow, { minLength: 1, maxLength: 60 }), sizes, (flows, { columns, rows }) => {
      const lines = table(flows, columns, rows);
      assert.ok(lines.length <= Math.max(rows - 2, 4));
      for (const line of lines) {
        assert.match(line, /^[\x20-\x7e…]*$/);
        assert.ok(line.length <= columns);
      }
    }),
    { seed: 80, numRuns: 300 },
  );
});

test('a table of the largest size fits into the room that is asked for', () => {
  const name = 'n'.repeat(253);
  const flow: Flow = { ...ssh, names: [name, name], label: ['outgoing', 's'.repeat(500)] };
  const lines = table(Array(1000).fill(flow), 10_000, 10_000);
  assert.equal(lines.length, 198);
  assert.ok(lines.every((line) => line.length <= 250));
  assert.equal(table(Array(1000).fill(flow), 10_000, 10_000, true).length, 198);
});

test('figures are short', () => {
  assert.deepEqual(
    [0, 999, 1000, 1049, 9995, 99_949, 999_499, 999_500, 12_345_678, 2 ** 53].map(shortBytes),
    ['0 B', '999 B', '1.00 kB', '1.05 kB', '9.99 kB', '99.9 kB', '999 kB', '1.00 MB', '12.3 MB', '9.01 PB'],
  );
  assert.deepEqual([0, 999, 1000, 1_234_567].map(groupedDigits), ['0', '999', '1,000', '1,234,567']);
  assert.deepEqual(
    [0, 1, 2, 5, 8, 9].map((width) => cutInMiddle('abcdefghi', width)),
    ['', '…', '…i', 'ab…hi', 'abc…fghi', 'abcdefghi'],
  );
});
