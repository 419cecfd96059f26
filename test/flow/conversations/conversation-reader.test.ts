import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ConversationKnowledge,
  conversationFigures,
} from '../../../src/flow/conversations/conversation-knowledge.js';
import { ConversationReader } from '../../../src/flow/conversations/conversation-reader.js';
import type { ClosedWindow } from '../../../src/flow/open-windows.js';
import { FlowReading } from '../../../src/flow/reading.js';
import { figureNames, type Tally } from '../../../src/flow/tally.js';
import { END, READING, ReaderWalk, rowReader, type Walk } from '../../../src/flow/walk.js';
import type { Packet } from '../../../src/packet/packet.js';
import { between, conversationTable, knowledgeOf, windowWith } from '../../support/conversations.js';
import { keyOf, newTable, packetOf, reverseKeyOf, tableAndRows } from '../../support/flows.js';
import { seededRandom } from '../../support/random.js';

interface Direction {
  readonly key: string;
  readonly tally: Tally;
}

/** What `walk` tells, each reading as `take` copies it. No more steps than flows, and one for the end. */
function readings<Taken>(walk: Walk, take: (reading: FlowReading) => Taken): Taken[] {
  const reading = new FlowReading();
  const flows = walk.mostReadings;
  const taken: Taken[] = [];
  for (let steps = 0; ; steps++) {
    const step = walk.step(reading);
    if (step === READING) taken.push(take(reading));
    if (step !== END) continue;
    assert.equal(walk.step(reading), END);
    assert.deepEqual([taken.length, steps <= flows], [walk.mostReadings, true]);
    return taken;
  }
}

const copyOf = (reading: FlowReading) => structuredClone({ ...reading });

/** Each direction by itself, those of a record of the rest among them. */
function directions(reading: FlowReading): Direction[] {
  const { key, rest, forward, reverse } = reading;
  const names = rest ? [`* ${key.protocol}`, 'none'] : [keyOf(key), reverseKeyOf(key)];
  return [forward, reverse].flatMap((tally, way) =>
    tally.packets === 0 ? [] : [{ key: names[way]!, tally: structuredClone(tally) }],
  );
}

const inOrder = (some: readonly Direction[]) => some.map((direction) => JSON.stringify(direction)).toSorted();

function conversations(window: ClosedWindow, biflow: boolean, knowledge: ConversationKnowledge): Walk {
  return new ReaderWalk(new ConversationReader(window, { biflow, knowledge }));
}

const sent = (bytes: number) => ({ payloadBytes: bytes });

test('both directions are one reading, in the place of the earlier, told from the client', () => {
  const window = windowWith([
    between('192.0.2.2 443 > 192.0.2.1 50000', 'tcp', sent(1_000)),
    between('192.0.2.1 50001 > 192.0.2.2 443', 'tcp', sent(1)),
    between('192.0.2.1 50000 > 192.0.2.2 443', 'tcp', sent(10)),
    between('192.0.2.2 443 > 192.0.2.1 50000', 'tcp', sent(2_000)),
    between('2001:db8::9 53 > 2001:db8::1 40000', 'udp', sent(80)),
  ]);
  const told = readings(conversations(window, true, knowledgeOf()), copyOf);
  assert.deepEqual(
    told.map(({ key, forward, reverse, flows, client, decidedBy, rest }) => ({
      ends: keyOf(key as Packet),
      there: [forward.packets, forward.payloadBytes],
      back: [reverse.packets, reverse.payloadBytes],
      ...{ flows, client, decidedBy, rest },
    })),
    [
      { ends: '192.0.2.1 50000 > 192.0.2.2 443', there: [1, 10], back: [2, 3_000], flows: 2 },
      { ends: '192.0.2.1 50001 > 192.0.2.2 443', there: [1, 1], back: [0, 0], flows: 1 },
      { ends: '2001:db8::1 40000 > 2001:db8::9 53', there: [0, 0], back: [1, 80], flows: 1 },
    ].map(({ ends, ...expected }, at) => ({
      ends: keyOf(between(ends, at === 2 ? 'udp' : 'tcp')),
      ...expected,
      ...{ client: 'source', decidedBy: 'registered-port', rest: false },
    })),
  );
});

describe('of several windows', () => {
  const SYN = 0x02;
  const ACK = 0x10;
  const at = (seconds: number, tcpFlags: number) => ({ timestampUs: seconds * 1e6, tcpFlags });
  const windows = [
    [
      between('192.0.2.1 20000 > 192.0.2.2 30000', 'tcp', at(1, SYN)),
      between('192.0.2.2 30000 > 192.0.2.1 20000', 'tcp', at(2, SYN | ACK)),
    ],
    [between('192.0.2.9 1 > 192.0.2.2 2', 'udp', at(21, 0))],
    [between('192.0.2.2 30000 > 192.0.2.1 20000', 'tcp', at(41, ACK))],
  ].map((packets) => windowWith(packets));

  for (const biflow of [true, false]) {
    test(`a conversation that was idle goes on as the same, biflow ${biflow}`, () => {
      const knowledge = knowledgeOf();
      const told = windows.map((window) =>
        readings(conversations(window, biflow, knowledge), ({ key, client, decidedBy, idHigh, idLow }) => ({
          ...{ key: keyOf(key), client, decidedBy, id: [idHigh, idLow] },
        })),
      );
      const ends = [windows[0]!, windows[2]!].map(({ table }) =>
        readings(new ReaderWalk(rowReader(table)), ({ key }) => [keyOf(key), reverseKeyOf(key)]),
      );
      const { id } = told[0]![0]!;
      const opened = { client: 'source', decidedBy: 'syn', id };
      const [[there, back]] = ends[0] as [[string, string]];
      assert.deepEqual(
        [told[0], told[2]],
        biflow
          ? [[{ ...opened, key: there }], [{ ...opened, key: there, decidedBy: 'earlier-window' }]]
          : [
              [
                { ...opened, key: there },
                { ...opened, key: back, client: 'target' },
              ],
              [{ key: back, client: 'target', decidedBy: 'earlier-window', id }],
            ],
      );
      assert.notDeepEqual(told[1]![0]!.id, id);
    });
  }
});

describe('who spoke first', () => {
  const there = '192.0.2.1 > 192.0.2.2';
  const back = '192.0.2.2 > 192.0.2.1';
  for (const [name, theirUs, backUs, client] of [
    ['is known by the clock, though the rows stand in another order', 5, 3, back],
    ['is known by the order of the rows where the clock does not tell', 4, 4, there],
  ] as const) {
    test(name, () => {
      const window = windowWith([
        between(there, 'gre', { timestampUs: theirUs }),
        between(back, 'gre', { timestampUs: backUs }),
      ]);
      // Also where nothing is remembered from one direction to the other.
      for (const most of [10, 0]) {
        const told = (biflow: boolean) =>
          readings(conversations(window, biflow, knowledgeOf(undefined, most)), (reading) => [
            reading.client === 'source' ? keyOf(reading.key) : reverseKeyOf(reading.key),
            reading.decidedBy,
          ]);
        const expected = [keyOf(between(client, 'gre')), 'first-packet'];
        assert.deepEqual([told(true), told(false)], [[expected], [expected, expected]]);
      }
    });
  }
});

test('an ICMP error is no answer, and a ping and its echoes are one conversation', () => {
  const window = windowWith([
    between('192.0.2.2 > 192.0.2.1', 'icmp', { icmpType: 0, timestampUs: 2 }),
    between('192.0.2.1 > 192.0.2.2', 'icmp', { icmpType: 8, timestampUs: 1 }),
    between('192.0.2.3 > 192.0.2.4', 'icmp', { icmpType: 8, timestampUs: 1 }),
    between('192.0.2.4 > 192.0.2.3', 'icmp', { icmpType: 3, timestampUs: 2 }),
  ]);
  const told = readings(
    conversations(window, true, knowledgeOf()),
    ({ key, flows, decidedBy, forward, reverse }) => [
      keyOf(key),
      flows,
      decidedBy,
      forward.icmpType,
      reverse.icmpType,
    ],
  );
  const [ping, other, error] = [
    '192.0.2.1 > 192.0.2.2',
    '192.0.2.3 > 192.0.2.4',
    '192.0.2.4 > 192.0.2.3',
  ].map((ends) => keyOf(between(ends, 'icmp')));
  assert.deepEqual(told, [
    [ping, 2, 'icmp-type', 8, 0],
    [other, 1, 'icmp-type', 8, -1],
    [error, 1, 'one-way', 3, -1],
  ]);
});

test('each direction by itself has the client that both of them have', () => {
  const window = windowWith([
    between('192.0.2.2 443 > 192.0.2.1 50000', 'tcp', sent(1_000)),
    between('192.0.2.1 50000 > 192.0.2.2 443', 'tcp', sent(10)),
  ]);
  const told = readings(conversations(window, false, knowledgeOf()), copyOf);
  assert.deepEqual(
    told.map(({ forward, reverse, flows, client, decidedBy }) => [
      forward.payloadBytes,
      reverse.packets,
      flows,
      client,
      decidedBy,
    ]),
    [
      [1_000, 0, 1, 'target', 'registered-port'],
      [10, 0, 1, 'source', 'registered-port'],
    ],
  );
  const ids = told.map(({ idHigh, idLow }) => [idHigh, idLow]);
  assert.deepEqual(ids[0], ids[1]);
  assert.deepEqual(
    readings(conversations(window, true, knowledgeOf()), ({ idHigh, idLow }) => [idHigh, idLow]),
    [ids[0]],
  );
});

test('the rest of a protocol is told as it is, after everything else', () => {
  const window = windowWith(
    ['192.0.2.1 1 > 192.0.2.2 2', '192.0.2.2 2 > 192.0.2.1 1', '192.0.2.1 3 > 192.0.2.2 4'].map((ends) =>
      between(ends, 'udp', sent(5)),
    ),
    conversationTable(1),
  );
  for (const biflow of [true, false]) {
    const [, rest] = readings(conversations(window, biflow, knowledgeOf()), copyOf);
    const { forward, reverse, flows, client, decidedBy, idHigh, idLow } = rest!;
    assert.deepEqual([forward.packets, forward.payloadBytes, reverse.packets, flows], [2, 10, 0, 0]);
    assert.deepEqual([rest!.rest, client, decidedBy, idHigh, idLow], [true, 'source', 'none', 0, 0]);
  }
});

test('a flow from an end to itself has no way back', () => {
  const window = windowWith([between('127.0.0.1 9 > 127.0.0.1 9', 'udp', sent(3))]);
  const [told] = readings(conversations(window, true, knowledgeOf()), copyOf);
  assert.deepEqual([told!.flows, told!.forward.packets, told!.reverse.packets], [1, 1, 0]);
});

/** Few ends, groups and ICMP among them, so that most flows have a reverse and some must not. */
function randomPackets(random: () => number, count: number, distinct: number): Packet[] {
  const address = () => {
    const one = random() % 20;
    if (one === 0) return 0x010000e0;
    return one === 1 ? -1 : (0xc0 | ((random() % distinct) << 24)) >> 0;
  };
  const addressOf6 = () => (random() % 15 === 0 ? 0xff : 0x20);
  return Array.from({ length: count }, () => {
    const family = random() % 3 === 0 ? 6 : 4;
    const icmp = family === 4 ? 1 : 58;
    const protocol = [6, 17, icmp, 47][random() % 4]!;
    const hasPorts = protocol === 6 || protocol === 17 ? 1 : 0;
    const port = () => [1, 80, 8080, 30_000, 50_000][random() % 5]! * 0x101;
    return packetOf({
      ...{ family, protocol, hasPorts },
      source0: family === 4 ? address() : addressOf6(),
      target0: family === 4 ? address() : addressOf6(),
      source3: random() % distinct,
      target3: random() % distinct,
      ports: hasPorts ? (port() << 16) | (port() & 0xffff) : 0,
      payloadBytes: random() % 1_500,
      ipBytes: random() % 2_000,
      wireBytes: random() % 3_000,
      timestampUs: 1e15 + (random() % 1e7),
      tcpFlags: protocol === 6 ? [0x02, 0x12, 0x10, 0x10, 0x10, 0x11, 0x04][random() % 7]! : 0,
      icmpType: protocol === icmp ? [0, 8, 3, 13, 14, 128, 129][random() % 7]! : -1,
      icmpCode: protocol === icmp ? random() % 2 : -1,
      ttl: random() % 256,
      outerVlan: (random() % 3) - 1,
      interface: random() % 2,
    });
  });
}

/** Whatever the walk, each row is told once, and as it is. */
function assertComplete(window: ClosedWindow, knowledge: ConversationKnowledge): void {
  const rows = inOrder(readings(new ReaderWalk(rowReader(window.table)), directions).flat());
  for (const biflow of [true, false, true]) {
    const told = readings(conversations(window, biflow, knowledge), directions).flat();
    assert.deepEqual(inOrder(told), rows);
  }
}

describe('every row is told once, whatever the traffic', () => {
  for (const distinct of [1, 3, 10, 300]) {
    test(`between ${distinct} hosts`, () => {
      const random = seededRandom(distinct);
      const knowledge = knowledgeOf(undefined, 200);
      for (const maxFlows of [30, 20_000]) {
        const table = newTable(maxFlows, new Set(figureNames));
        for (let window = 0; window < 3; window++) {
          assertComplete(windowWith(randomPackets(random, 1_500, distinct), table), knowledge);
          table.clear();
        }
      }
    });
  }

  test('where rows are full', () => {
    for (const ends of ['192.0.2.1 50000 > 192.0.2.2 443', '2001:db8::1 50000 > 2001:db8::2 443']) {
      const there = between(ends, 'tcp', sent(1));
      const back = between(ends.split(' > ').reverse().join(' > '), 'tcp', sent(100));
      const words = there.family === 4 ? 8 : 16;
      const { table, rows } = tableAndRows(there, new Set(conversationFigures));
      const fill = (position: number) => {
        table.apply();
        rows[position * words + 4] = -1;
      };
      table.add(back);
      for (const [position, packet] of [there, back, there].entries()) {
        fill(position);
        table.add(packet);
      }
      const window = windowWith([], table);
      assert.equal(table.size, 5);
      assertComplete(window, knowledgeOf());
      const told = readings(conversations(window, true, knowledgeOf()), ({ forward, reverse, client }) => [
        forward.packets,
        reverse.packets,
        client,
      ]);
      assert.deepEqual(told, [
        [0xffff_ffff, 0xffff_ffff, 'source'],
        [0xffff_ffff, 0, 'source'],
        [0, 1, 'source'],
        [1, 0, 'source'],
      ]);
    }
  });
});

test('a window is told alike as often as it is walked, and like the window of a second run', () => {
  const random = seededRandom(3);
  const windows = Array.from({ length: 6 }, () =>
    windowWith(randomPackets(random, 2_000, 6), conversationTable(400)),
  );
  const run = () => {
    const knowledge = knowledgeOf(undefined, 50);
    return windows.map((window) => {
      const first = readings(conversations(window, true, knowledge), copyOf);
      assert.deepEqual(readings(conversations(window, true, knowledge), copyOf), first);
      return first;
    });
  };
  const [first, second] = [run(), run()];
  assert.deepEqual(second, first);
  assert.ok(first.flat().some(({ decidedBy }) => decidedBy === 'earlier-window'));
});
