import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConversationKnowledge } from '../../../src/flow/conversations/conversation-knowledge.js';
import { isOneWay } from '../../../src/flow/conversations/one-way.js';
import { isTargetClient, reasonOf } from '../../../src/flow/conversations/role.js';
import { SYN_ACK_SEEN, SYN_SEEN, Tally } from '../../../src/flow/tally.js';
import { hashSeed } from '../../../src/packet/hash.js';
import type { Packet } from '../../../src/packet/packet.js';
import {
  between,
  hostWith,
  knowledgeOf,
  type ProtocolWord,
  tallyOf,
  windowWith,
} from '../../support/conversations.js';
import { testSeed } from '../../support/flows.js';
import { seededRandom } from '../../support/random.js';

const [FIN, RST, ACK] = [0x01, 0x04, 0x10];
const none = new Tally();

interface Judged {
  /** "source" or "target", and why. */
  readonly client: string;
  readonly startUs: number;
  readonly id: string;
}

function judge(
  knowledge: ConversationKnowledge,
  key: Packet,
  there: Partial<Tally> = {},
  back?: Partial<Tally>,
  sourceFirst = true,
): Judged {
  const tally = tallyOf(there);
  const { role, startUs, idHigh, idLow } = knowledge.judge(
    key,
    tally,
    back === undefined ? none : tallyOf(back),
    sourceFirst,
    isOneWay(key, tally),
  );
  const client = `${isTargetClient(role) ? 'target' : 'source'} ${reasonOf(role)}`;
  return { client, startUs, id: `${idHigh.toString(16)} ${idLow.toString(16)}` };
}

/** Judges in a window of its own. */
function judgeNext(
  knowledge: ConversationKnowledge,
  ...question: Parameters<typeof judge> extends [unknown, ...infer Rest] ? Rest : never
): Judged {
  knowledge.enter(windowWith([]));
  return judge(knowledge, ...question);
}

describe('the client', () => {
  const cases: readonly {
    readonly name: string;
    readonly ends: string;
    readonly protocol?: ProtocolWord;
    readonly there?: Partial<Tally>;
    readonly back?: Partial<Tally>;
    readonly sourceFirst?: boolean;
    readonly listens?: readonly string[];
    readonly client: string;
  }[] = [
    {
      name: 'sent a SYN',
      ends: '192.0.2.1 443 > 192.0.2.2 50000',
      there: { tcpFlags: SYN_SEEN | 2 },
      client: 'source syn',
    },
    {
      name: 'sent a SYN, seen from the way back',
      ends: '192.0.2.1 443 > 192.0.2.2 50000',
      there: { tcpFlags: ACK },
      back: { tcpFlags: SYN_SEEN | 2 },
      client: 'target syn',
    },
    {
      name: 'got a SYN with an ACK',
      ends: '192.0.2.1 50000 > 192.0.2.2 443',
      there: { tcpFlags: SYN_ACK_SEEN | 0x12 },
      client: 'target syn',
    },
    {
      name: 'got a SYN with an ACK, of which the answers are seen',
      ends: '192.0.2.1 443 > 192.0.2.2 50000',
      there: { tcpFlags: ACK },
      back: { tcpFlags: SYN_ACK_SEEN | 0x12 },
      client: 'source syn',
    },
    {
      name: 'is not said by two SYNs',
      ends: '192.0.2.1 443 > 192.0.2.2 50000',
      there: { tcpFlags: SYN_SEEN | 2 },
      back: { tcpFlags: SYN_SEEN | 2 },
      client: 'target registered-port',
    },
    {
      name: 'is not said by flags that nobody read',
      ends: '192.0.2.1 443 > 192.0.2.2 50000',
      there: { tcpFlags: -1 },
      back: { tcpFlags: ACK },
      client: 'target registered-port',
    },
    {
      name: 'asks for an echo',
      ends: '192.0.2.1 > 192.0.2.2',
      protocol: 'icmp',
      there: { icmpType: 8 },
      sourceFirst: false,
      client: 'source icmp-type',
    },
    {
      name: 'gets an echo',
      ends: '192.0.2.1 > 192.0.2.2',
      protocol: 'icmp',
      there: { icmpType: 0 },
      client: 'target icmp-type',
    },
    {
      name: 'gets an echo of a question that is seen',
      ends: '192.0.2.1 > 192.0.2.2',
      protocol: 'icmp',
      there: { icmpType: 0 },
      back: { icmpType: 8 },
      client: 'target icmp-type',
    },
    {
      name: 'asks for the time',
      ends: '192.0.2.1 > 192.0.2.2',
      protocol: 'icmp',
      there: { icmpType: 13 },
      back: { icmpType: 14 },
      client: 'source icmp-type',
    },
    {
      name: 'spoke first where both ask',
      ends: '192.0.2.1 > 192.0.2.2',
      protocol: 'icmp',
      there: { icmpType: 8 },
      back: { icmpType: 8 },
      sourceFirst: false,
      client: 'target first-packet',
    },
    {
      name: 'asks for an echo by IPv6',
      ends: '2001:db8::1 > 2001:db8::2',
      protocol: 'icmp6',
      there: { icmpType: 128 },
      back: { icmpType: 129 },
      client: 'source icmp-type',
    },
    {
      name: 'gets an echo by IPv6',
      ends: '2001:db8::1 > 2001:db8::2',
      protocol: 'icmp6',
      there: { icmpType: 129 },
      client: 'target icmp-type',
    },
    {
      name: 'looks for its neighbour',
      ends: 'fe80::1 > fe80::2',
      protocol: 'icmp6',
      there: { icmpType: 136 },
      back: { icmpType: 135 },
      client: 'target icmp-type',
    },
    {
      name: 'sends an ICMP error',
      ends: '192.0.2.1 > 192.0.2.2',
      protocol: 'icmp',
      there: { icmpType: 3 },
      client: 'source one-way',
    },
    {
      name: 'sends to a group',
      ends: '192.0.2.1 5353 > 224.0.0.251 5353',
      protocol: 'udp',
      client: 'source one-way',
    },
    {
      name: 'sends to a group of IPv6',
      ends: 'fe80::1 547 > ff02::1:2 40000',
      protocol: 'udp',
      client: 'source one-way',
    },
    {
      name: 'sends to everybody',
      ends: '0.0.0.0 67 > 255.255.255.255 60000',
      protocol: 'udp',
      client: 'source one-way',
    },
    {
      name: 'is a host of 239.255.255.255, the last group',
      ends: '192.0.2.1 1 > 239.255.255.255 60000',
      protocol: 'udp',
      client: 'source one-way',
    },
    {
      name: 'uses the higher port with 240.0.0.1, which is no group',
      ends: '192.0.2.1 1 > 240.0.0.1 2',
      protocol: 'udp',
      client: 'target lower-port',
    },
    {
      name: 'does not listen',
      ends: '192.0.2.1 80 > 192.0.2.2 50000',
      listens: ['tcp 50000'],
      client: 'source listening-port',
    },
    {
      name: 'is not known by a port of another protocol',
      ends: '192.0.2.1 80 > 192.0.2.2 50000',
      listens: ['udp 50000'],
      client: 'target registered-port',
    },
    {
      name: "is not known by a port of this host that is another host's",
      ends: '192.0.2.1 50000 > 192.0.2.2 40000',
      listens: ['tcp 50000'],
      client: 'source lower-port',
    },
    {
      name: 'has an ephemeral port',
      ends: '192.0.2.1 40000 > 192.0.2.2 20000',
      client: 'source registered-port',
    },
    {
      name: "has a user port that is nobody's service",
      ends: '192.0.2.1 8080 > 192.0.2.2 5000',
      client: 'target registered-port',
    },
    {
      name: "has the higher of two services' ports",
      ends: '192.0.2.1 53 > 192.0.2.2 123',
      protocol: 'udp',
      client: 'target lower-port',
    },
    {
      name: 'has the higher of two ephemeral ports',
      ends: '192.0.2.1 60000 > 192.0.2.2 50000',
      client: 'source lower-port',
    },
    {
      name: 'spoke first where the ports are equal',
      ends: '192.0.2.1 123 > 192.0.2.2 123',
      protocol: 'udp',
      sourceFirst: false,
      client: 'target first-packet',
    },
    {
      name: 'spoke first where there are no ports',
      ends: '192.0.2.1 > 192.0.2.2',
      protocol: 'gre',
      client: 'source first-packet',
    },
    {
      name: 'spoke first where nobody knows an ICMP type',
      ends: '192.0.2.1 > 192.0.2.2',
      protocol: 'icmp',
      client: 'source first-packet',
    },
  ];
  for (const { name, ends, protocol, there, back, sourceFirst, listens = [], client } of cases) {
    test(name, () => {
      const knowledge = knowledgeOf(hostWith(['192.0.2.2'], listens));
      assert.equal(judgeNext(knowledge, between(ends, protocol), there, back, sourceFirst).client, client);
    });
  }

  test('is not known by a listening port where both ends listen', () => {
    const knowledge = knowledgeOf(hostWith(['::1'], ['tcp 443', 'tcp 50000']));
    assert.equal(judgeNext(knowledge, between('::1 50000 > ::1 443')).client, 'source registered-port');
  });
});

describe('what earlier windows told', () => {
  const there = between('192.0.2.9 20000 > 192.0.2.2 30000');
  const back = between('192.0.2.2 30000 > 192.0.2.9 20000');
  const opened = { tcpFlags: SYN_SEEN | 2, firstUs: 7_000 };

  test('stays, from either way, though the ports say something else', () => {
    const knowledge = knowledgeOf();
    const first = judgeNext(knowledge, back, { tcpFlags: ACK, firstUs: 7_500 }, opened);
    assert.deepEqual([first.client, first.startUs], ['target syn', 7_000]);
    const later = judgeNext(knowledge, there, { tcpFlags: ACK, firstUs: 20_000_000 });
    assert.deepEqual(later, { ...first, client: 'source earlier-window' });
    assert.deepEqual(judgeNext(knowledge, back, { tcpFlags: ACK, firstUs: 40_000_000 }), {
      ...first,
      client: 'target earlier-window',
    });
  });

  test('is told again as it was told first, however often its window is looked at', () => {
    const knowledge = knowledgeOf();
    const windows = [windowWith([]), windowWith([])];
    const answers = windows.map((window) => {
      const looks = [0, 1, 2].map(() => {
        knowledge.enter(window);
        return judge(knowledge, there, { tcpFlags: ACK | FIN, firstUs: 5 });
      });
      assert.deepEqual(looks.slice(1), [looks[0], looks[0]]);
      return looks[0]!;
    });
    assert.deepEqual(
      answers.map(({ client }) => client),
      ['target lower-port', 'target earlier-window'],
    );
    assert.equal(answers[0]!.id, answers[1]!.id);
  });

  test('gives way to a SYN', () => {
    const knowledge = knowledgeOf();
    const guess = judgeNext(knowledge, there, { tcpFlags: ACK, firstUs: 1 });
    const seen = judgeNext(knowledge, there, { ...opened, firstUs: 2 });
    assert.deepEqual([guess.client, seen], ['target lower-port', { ...guess, client: 'source syn' }]);
    assert.equal(judgeNext(knowledge, there, { tcpFlags: ACK, firstUs: 3 }).client, 'source earlier-window');
  });

  for (const [name, closing] of Object.entries({ FIN, RST })) {
    test(`ends with a ${name}, which a SYN follows`, () => {
      const knowledge = knowledgeOf();
      const first = judgeNext(knowledge, there, opened, { tcpFlags: ACK | closing, firstUs: 7_100 });
      const straggler = judgeNext(knowledge, back, { tcpFlags: ACK, firstUs: 21_000_000 });
      assert.equal(straggler.id, first.id);
      const second = judgeNext(knowledge, back, { tcpFlags: SYN_SEEN | 2, firstUs: 41_000_000 });
      assert.deepEqual([second.client, second.startUs], ['source syn', 41_000_000]);
      assert.notEqual(second.id, first.id);
      const repeated = judgeNext(knowledge, back, { tcpFlags: SYN_SEEN | 2, firstUs: 61_000_000 });
      assert.equal(repeated.id, second.id, 'a SYN that is sent again begins nothing');
    });
  }

  test('is known for three windows after the last packet, and not for ever', () => {
    for (let phase = 0; phase < 3; phase++) {
      const knowledge = knowledgeOf();
      const pass = (windows: number) => {
        for (let i = 0; i < windows; i++) knowledge.enter(windowWith([]));
      };
      pass(phase);
      const first = judgeNext(knowledge, there, { firstUs: 1 });
      pass(2);
      assert.equal(judgeNext(knowledge, there, { firstUs: 2 }).id, first.id);
      pass(5);
      assert.equal(judgeNext(knowledge, there, { firstUs: 3 }).startUs, 3);
    }
  });

  test('does not mix errors with questions between the same hosts', () => {
    const knowledge = knowledgeOf();
    const ping = between('192.0.2.1 > 192.0.2.2', 'icmp');
    const pong = between('192.0.2.2 > 192.0.2.1', 'icmp');
    const answers = [0, 1].map(() => {
      knowledge.enter(windowWith([]));
      return [
        judge(knowledge, ping, { icmpType: 8, firstUs: 1 }),
        judge(knowledge, pong, { icmpType: 3, firstUs: 1 }),
        judge(knowledge, ping, { icmpType: 3, firstUs: 1 }),
      ];
    });
    const clients = ['source icmp-type', 'source one-way', 'source one-way'];
    for (const answer of answers)
      assert.deepEqual(
        answer.map(({ client }) => client),
        clients,
      );
    assert.equal(new Set(answers[0]!.map(({ id }) => id)).size, 3);
    assert.deepEqual(
      answers[1]!.map(({ id }) => id),
      answers[0]!.map(({ id }) => id),
    );
  });
});

describe('the memory of conversations', () => {
  test('holds no more than it is for, keeps what it holds, and counts the windows in which that was too little', () => {
    const knowledge = knowledgeOf(undefined, 100);
    const keyOf = (port: number) => between(`192.0.2.1 ${port} > 192.0.2.2 443`);
    const fill = () => {
      knowledge.enter(windowWith([]));
      return Array.from(
        { length: 150 },
        (_, port) => judge(knowledge, keyOf(1 + port), { firstUs: port }).client,
      );
    };
    assert.equal(knowledge.windowsFull, 0);
    const [first, second] = [fill(), fill()];
    const earlier = second.map((client) => client.endsWith('earlier-window'));
    assert.equal(earlier.filter(Boolean).length, 100);
    assert.ok(earlier.slice(0, 100).every(Boolean));
    assert.deepEqual(second.slice(100), first.slice(100));
    assert.equal(knowledge.windowsFull, 2);
  });

  test('keeps apart what random numbers make', () => {
    const random = seededRandom(5);
    const knowledge = knowledgeOf();
    knowledge.enter(windowWith([]));
    const ids = new Set<string>();
    for (let i = 0; i < 50_000; i++) {
      const ports = `${random() % 65_536} > ${i % 2 ? '192.0.2.2' : '198.51.100.9'} ${random() % 65_536}`;
      const { id, startUs } = judge(knowledge, between(`10.0.${i >> 8}.${i & 0xff} ${ports}`), {
        firstUs: i,
      });
      assert.equal(startUs, i);
      ids.add(id);
    }
    assert.equal(ids.size, 50_000);
  });
});

describe('an id', () => {
  test('is of both ends and the start alone, whatever the seed of the run', () => {
    const startUs = 1_700_000_000_123_456;
    const idOf = (ends: string, protocol?: ProtocolWord, firstUs = startUs, seed = testSeed) =>
      judgeNext(knowledgeOf(undefined, 10, seed), between(ends, protocol), { firstUs }).id;
    const id = idOf('2001:db8::1 50000 > 2001:db8::2 443');
    assert.equal(id, '9e4b6dbc 70a30a8f');
    const same = [
      idOf('2001:db8::2 443 > 2001:db8::1 50000'),
      idOf('2001:db8::1 50000 > 2001:db8::2 443', 'tcp', startUs, hashSeed([5, 6, 7, 8])),
    ];
    assert.deepEqual(same, [id, id]);
    const others = [
      id,
      idOf('2001:db8::2 443 > 2001:db8::1 50001'),
      idOf('2001:db8::2 443 > 2001:db8:1::1 50000'),
      idOf('2001:db8::2 443 > 2001:db8::1 50000', 'udp'),
      idOf('2001:db8::2 443 > 2001:db8::1 50000', 'tcp', startUs + 1),
      idOf('2001:db8::2 443 > 2001:db8::1 50000', 'tcp', startUs + 2 ** 32),
      idOf('192.0.2.1 50000 > 192.0.2.2 443'),
    ];
    assert.equal(new Set(others).size, others.length);
  });
});
