/** Tables on terminals of every width: what has no room is left out, and what is shown is true. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Flow, flowsOf, table, window } from './table-rig.js';

const meter: Flow = {
  source: '198.51.100.18',
  target: '198.51.100.1',
  ports: [40485, 9001],
  protocol: 17,
  count: 31_487,
  length: 31_487_000,
};

const everyKind: readonly Flow[] = [
  meter,
  {
    source: '2001:db8:0:42::17',
    target: '2001:db8:9::5',
    ports: [40000, 443],
    protocol: 6,
    count: 812,
    length: 98_123,
  },
  {
    source: '10.0.0.115',
    target: '3.233.144.10',
    ports: [43122, 443],
    protocol: 6,
    count: 640,
    length: 54_321,
    names: ['ip-10-0-0-115.ec2.internal', 'agent-http-intake.logs.datadoghq.com'],
    label: ['outgoing', 'agents,api,apm'],
  },
  { source: 'fe80::a8bb:ccff:fe12:8080', target: 'ff02::1:ff00:42', protocol: 58, count: 12, length: 864 },
  ...Array<Flow>(23).fill({ ...meter, count: 58, length: 500 }),
];

describe('every kind of flow', () => {
  const screens: Readonly<Record<number, readonly string[]>> = {
    20: [
      '27 flows, 31.7 MB',
      'SOURCE     TARGET',
      '…:40485    198…:9001',
      '[…]:40000  […]:443',
      'ip…:43122  agen…:443',
      '[fe80::…]  […:42]',
      '… 23 more flows',
    ],
    30: [
      '27 flows, 31.7 MB',
      'SOURCE          TARGET',
      '198.51.…:40485  198.51….1:9001',
      '[2001:…]:40000  [2001:…:5]:443',
      'ip-10-…l:43122  agent-…com:443',
      '[fe80::…:8080]  [ff02::1:…:42]',
      '… 23 more flows, 11.5 kB',
    ],
    40: [
      'until 23:28:40: 27 flows, 31.7 MB',
      'SOURCE           TARGET            BYTES',
      '198.51.…:40485   198.51….1:9001  31.5 MB',
      '[2001:…]:40000   [2001:…:5]:443  98.1 kB',
      'ip-10-0…l:43122  agent-…com:443  54.3 kB',
      '[fe80::…:8080]   [ff02::1:…:42]    864 B',
      '… 23 more flows, 1,334 packets, 11.5 kB',
    ],
    60: [
      '23:28:20 to 23:28:40: 27 flows, 34,285 packets, 31.7 MB',
      'SOURCE           TARGET          TYPE       PACKETS    BYTES',
      '198.51.…:40485   198.51….1:9001  UDP         31,487  31.5 MB',
      '[2001:…]:40000   [2001:…:5]:443  TCP            812  98.1 kB',
      'ip-10-0…l:43122  agent-…com:443  TCP            640  54.3 kB',
      '[fe80::…:8080]   [ff02::1:…:42]  IPv6-ICMP       12    864 B',
      '… and 23 more flows, 1,334 packets, 11.5 kB',
    ],
    80: [
      '2016-09-08 23:28:20 to 23:28:40 UTC: 27 flows, 34,285 packets, 31.7 MB',
      'SOURCE              TARGET             TYPE       PACKETS    BYTES  SERVICE',
      '198.51.….18:40485   198.51.100.1:9001  UDP         31,487  31.5 MB',
      '[2001:…17]:40000    [2001:…::5]:443    TCP            812  98.1 kB',
      'ip-10-0-…nal:43122  agent-ht….com:443  TCP            640  54.3 kB  to ag…pi,apm',
      '[fe80::a8bb…:8080]  ff02::1:ff00:42    IPv6-ICMP       12    864 B',
      '… and 23 more flows, 1,334 packets, 11.5 kB',
    ],
    120: [
      '2016-09-08 23:28:20 to 23:28:40 UTC: 27 flows, 34,285 packets, 31.7 MB',
      'SOURCE                            TARGET                                  TYPE       PACKETS    BYTES  SERVICE',
      '198.51.100.18:40485               198.51.100.1:9001                       UDP         31,487  31.5 MB',
      '[2001:db8:0:42::17]:40000         [2001:db8:9::5]:443                     TCP            812  98.1 kB',
      'ip-10-0-0-115.ec2.internal:43122  agent-http-intake.…s.datadoghq.com:443  TCP            640  54.3 kB  to agents,api,apm',
      'fe80::a8bb:ccff:fe12:8080         ff02::1:ff00:42                         IPv6-ICMP       12    864 B',
      '… and 23 more flows, 1,334 packets, 11.5 kB',
    ],
  };
  for (const [columns, screen] of Object.entries(screens)) {
    test(`in ${columns} columns`, () => assert.deepEqual(table(everyKind, Number(columns), 9), screen));
  }
});

test('addresses of IPv4 leave more columns', () => {
  const ntp: Flow = { ...meter, ports: [123, 123], count: 1, length: 48 };
  assert.deepEqual(table([meter, ntp, ntp], 40, 7), [
    'until 23:28:40: 3 flows, 31.5 MB',
    'SOURCE      TARGET      PACKETS    BYTES',
    '198…:40485  198.…:9001   31,487  31.5 MB',
    '198.…:123   198.…1:123        1     48 B',
    '… and 1 more flow, 1 packet, 48 B',
  ]);
});

test('one is not spoken of as many', () => {
  const icmp: Flow = { source: '192.0.2.1', target: '192.0.2.2', protocol: 1, count: 1, length: 1 };
  assert.deepEqual(table([icmp], 80, 24), [
    '2016-09-08 23:28:20 to 23:28:40 UTC: 1 flow, 1 packet, 1 B',
    'SOURCE     TARGET     TYPE  PACKETS  BYTES',
    '192.0.2.1  192.0.2.2  ICMP        1    1 B',
  ]);
  assert.deepEqual(table([icmp, icmp], 40, 6), [
    'until 23:28:40: 2 flows, 2 packets, 2 B',
    'SOURCE    TARGET    TYPE  PACKETS  BYTES',
    '192….2.1  192….2.2  ICMP        1    1 B',
    '… and 1 more flow, 1 packet, 1 B',
  ]);
});

test('the heading gives up UTC, the date, the start, the packets, the end, and the bytes, in this order', () => {
  /** Every heading that some width has, the longest first. */
  const headings = (startUs: number, endUs: number) => {
    const widths = Array.from({ length: 100 }, (_, index) => 100 - index);
    return [...new Set(widths.map((columns) => table([meter], columns, 24, false, { startUs, endUs })[0]!))];
  };
  const { startUs } = window;
  assert.deepEqual(headings(startUs, startUs + 20e6), [
    '2016-09-08 23:28:20 to 23:28:40 UTC: 1 flow, 31,487 packets, 31.5 MB',
    '2016-09-08 23:28:20 to 23:28:40: 1 flow, 31,487 packets, 31.5 MB',
    '23:28:20 to 23:28:40: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:40: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:40: 1 flow, 31.5 MB',
    '1 flow, 31.5 MB',
    '1 flow',
    '…',
  ]);
  assert.deepEqual(headings(startUs, startUs + 500_000).slice(0, 4), [
    '2016-09-08 23:28:20.000 to 23:28:20.500 UTC: 1 flow, 31,487 packets, 31.5 MB',
    '2016-09-08 23:28:20.000 to 23:28:20.500: 1 flow, 31,487 packets, 31.5 MB',
    '23:28:20.000 to 23:28:20.500: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:20.500: 1 flow, 31,487 packets, 31.5 MB',
  ]);
  assert.deepEqual(headings(startUs, startUs + 86_400e6).slice(0, 4), [
    '2016-09-08 23:28:20 to 2016-09-09 23:28:20 UTC: 1 flow, 31,487 packets, 31.5 MB',
    '2016-09-08 23:28:20 to 2016-09-09 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
    'until 2016-09-09 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
  ]);
  assert.deepEqual(headings(0, startUs).slice(0, 4), [
    'until 2016-09-08 23:28:20 UTC: 1 flow, 31,487 packets, 31.5 MB',
    'until 2016-09-08 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:20: 1 flow, 31.5 MB',
  ]);
});

/** Flows that 250 columns show whole, in cells without two spaces side by side. */
const anyFlow = flowsOf(
  fc.oneof(fc.tuple(fc.ipV4(), fc.ipV4()), fc.tuple(fc.ipV6(), fc.ipV6())),
  fc.stringMatching(/^[a-z0-9.-]{1,60}$/),
  fc.stringMatching(/^[a-z0-9,]{1,30}$/),
);

const figures: readonly string[] = ['TYPE', 'PACKETS', 'BYTES'];

/** The first so many rows below a table's titles, each cell by its column's title. */
function rowsOf([, titleLine, ...lines]: readonly string[], count: number): Record<string, string>[] {
  const titles = titleLine!.split(/ +/);
  return lines.slice(0, count).map((line) => {
    const cells = line.split(/ {2,}/);
    return Object.fromEntries(titles.map((title, index) => [title, cells[index] ?? '']));
  });
}

/** Words without the punctuation that follows them. */
function wordsOf(line: string): string[] {
  return line.split(' ').map((word) => word.replace(/[:,]$/, ''));
}

function assertHonest(title: string, shown: string, whole: string): void {
  const message = `${title}: ${shown} for ${whole}`;
  if (shown === whole) return;
  assert.ok(!figures.includes(title), message);
  const isAddress = /:.*:/.test(whole);
  const text = isAddress && !whole.startsWith('[') ? `[${whole}]` : whole;
  const [head, tail, ...more] = shown.split('…');
  assert.ok(tail !== undefined && more.length === 0, message);
  assert.ok(text.startsWith(head!) && text.endsWith(tail) && shown.length <= text.length, message);
  const digit = isAddress ? '[0-9a-f]' : '[0-9]';
  const inNumber = new RegExp(`(?<=${digit})(?=${digit})`, 'y');
  for (const end of [head!.length, text.length - tail.length]) {
    inNumber.lastIndex = end;
    assert.ok(!inNumber.test(text), message);
  }
  const [port = ''] = (title === 'SERVICE' ? undefined : /\]:\d+$|(?<=^[^:]*):\d+$/.exec(text)) ?? [];
  assert.ok(tail.endsWith(port), message);
}

test('whatever the flows are, no number is cut, and every port is there', () => {
  const size = fc.record({
    columns: fc.integer({ min: 20, max: 300 }),
    rows: fc.integer({ min: 6, max: 12 }),
  });
  fc.assert(
    fc.property(fc.array(anyFlow, { minLength: 1, maxLength: 12 }), size, (flows, { columns, rows }) => {
      const lines = table(flows, columns, rows);
      const wholeLines = table(flows, 250, rows);
      assert.equal(lines.length, wholeLines.length);
      const shown = Math.min(flows.length, rows - 5);
      const summaries = (of: readonly string[]) => [of[0]!, ...of.slice(2 + shown)].flatMap(wordsOf);
      const knownWords = new Set(['until', '…', ...summaries(wholeLines)]);
      for (const word of summaries(lines)) assert.ok(knownWords.has(word), word);
      const wholeRows = rowsOf(wholeLines, shown);
      for (const [index, row] of rowsOf(lines, shown).entries()) {
        for (const [title, cell] of Object.entries(row)) {
          const whole = wholeRows[index]![title]!;
          assert.ok(!whole.includes('…'), whole);
          assertHonest(title, cell, whole);
        }
      }
    }),
    { seed: 40, numRuns: 500 },
  );
});
