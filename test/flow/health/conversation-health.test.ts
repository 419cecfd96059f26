import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConversationKnowledge } from '../../../src/flow/conversations/conversation-knowledge.js';
import { ConversationReader } from '../../../src/flow/conversations/conversation-reader.js';
import { nothingKnown } from '../../../src/flow/conversations/guessed-roles.js';
import { connectionStates, outcomes } from '../../../src/flow/health/connection-state.js';
import type { ConversationHealth } from '../../../src/flow/health/conversation-health.js';
import type { ClosedWindow } from '../../../src/flow/open-windows.js';
import { FlowReading } from '../../../src/flow/reading.js';
import { END, READING } from '../../../src/flow/walk.js';
import type { WalkSettings } from '../../../src/flow/walk-settings.js';
import type { Packet } from '../../../src/packet/packet.js';
import { icmpErrors } from '../../../src/packet/quoted.js';
import { DATAGRAM, NO_SEGMENT } from '../../../src/packet/segment.js';
import { packetsOf, windowOfHealth } from '../../support/connections.js';
import { between, type ProtocolWord } from '../../support/conversations.js';
import { testSeed } from '../../support/flows.js';
import { allFlows, walkOver } from '../../support/folds.js';

/** What is told of a record, without what is 0. */
type Told = Readonly<Record<string, unknown>>;

const counted = (words: readonly string[], counts: Uint32Array) =>
  Object.fromEntries(words.map((word, at) => [word, counts[at]!]));

function toldOf(health: ConversationHealth): Told {
  const { states, outcomes: went, icmpError, ...numbers } = health;
  const all = { ...numbers, ...counted(connectionStates, states), ...counted(outcomes, went) };
  const told = Object.entries(all).filter(([, value]) => value !== 0 && value !== false);
  return Object.fromEntries(icmpError === 0 ? told : [...told, ['icmpError', icmpErrors[icmpError]]]);
}

/** Each record's health, told with these settings. */
function healthOf(window: ClosedWindow, settings: Partial<WalkSettings> = { biflow: true }): Told[] {
  const walk = walkOver(window, { ...allFlows, ...settings });
  const reading = new FlowReading();
  const told: Told[] = [];
  for (let step = walk.step(reading); step !== END; step = walk.step(reading))
    if (step === READING) told.push(toldOf(reading.health));
  return told;
}

const ofConnection = (history: string) => healthOf(windowOfHealth(packetsOf(history)));

/** Of what is no TCP: a packet with this mark, at this time in milliseconds. */
function datagram(
  ends: string,
  protocol: ProtocolWord,
  ms: number,
  payloadMark: number,
  icmpType = -1,
): Packet {
  const timestampUs = 1_000_000 + 1_000 * ms;
  const rest = { segment: DATAGRAM, timestampUs, payloadMark, payloadBytes: 40, icmpType };
  return between(ends, protocol, rest);
}

const asks = '192.0.2.1 40000 > 192.0.2.2 53';
const answers = '192.0.2.2 53 > 192.0.2.1 40000';
const calls = '192.0.2.1 40000 > 192.0.2.2 5004';
const called = '192.0.2.2 5004 > 192.0.2.1 40000';
const ping = (ms: number, sequence: number) => datagram('192.0.2.1 > 192.0.2.2', 'icmp', ms, sequence + 1, 8);
const pong = (ms: number, sequence: number) => datagram('192.0.2.2 > 192.0.2.1', 'icmp', ms, sequence + 1, 0);

/** What a handshake with 1 ms to the server and 1 ms to the client and back comes to. */
const handshake = {
  handshakes: 1,
  clientNetworkUs: 1_000,
  serverNetworkUs: 1_000,
  longestHandshakeUs: 2_000,
};
const response = (ms: number) => ({ responses: 1, responseUs: 1_000 * ms, longestResponseUs: 1_000 * ms });
const twoWay = { conversations: 1, twoWay: 1 };
const open = { ...twoWay, S1: 1, established: 1 };

describe('a connection', () => {
  test('has the two ways of its handshake, and how long its server took to answer', () => {
    assert.deepEqual(ofConnection('ShADaad'), [{ ...open, ...handshake, ...response(3) }]);
    assert.deepEqual(ofConnection('ShADd'), [{ ...open, ...handshake, ...response(1) }]);
    assert.deepEqual(ofConnection('ShA'), [{ ...open, ...handshake }]);
  });

  test('tells the same of itself in the records of both directions', () => {
    const window = windowOfHealth(packetsOf('ShADaad'));
    const told = { ...open, ...handshake, ...response(3) };
    assert.deepEqual(healthOf(window, { biflow: false, roles: true }), [told, told]);
    assert.deepEqual(healthOf(window, allFlows), [{}, {}], 'nobody asks for roles');
  });

  test('has no handshake where a SYN came again, and has a response', () => {
    const told = [{ ...open, ...response(1) }];
    assert.deepEqual(ofConnection('SShADd'), told);
    assert.deepEqual(ofConnection('ShShADd'), told);
    const late = packetsOf('ShhADd');
    for (const packet of late.slice(2)) packet.timestampUs += 1_000_000;
    assert.deepEqual(healthOf(windowOfHealth(late)), told);
  });

  test('has neither where both opened it, where it was opened before, or where one direction is all there is', () => {
    assert.deepEqual(ofConnection('SshHAaDd'), [open]);
    assert.deepEqual(ofConnection('DdA'), [{ ...twoWay, OTH: 1, established: 1 }]);
    assert.deepEqual(ofConnection('hADd'), [open]);
    assert.deepEqual(ofConnection('SAD'), [{ conversations: 1, S0: 1 }]);
    assert.deepEqual(ofConnection('S'), [{ conversations: 1, S0: 1, unanswered: 1 }]);
  });

  test('has no response where its server spoke first', () => {
    assert.deepEqual(ofConnection('ShAdDd'), [{ ...open, ...handshake }]);
  });

  test('has no handshake where the clock went back in it', () => {
    const packets = packetsOf('ShADd');
    packets[1]!.timestampUs -= 10_000;
    assert.deepEqual(healthOf(windowOfHealth(packets)), [{ ...open, ...response(1) }]);
  });
});

describe('what is no TCP', () => {
  test('has the time of a response where there is one, and was not answered where there is none', () => {
    const web = '192.0.2.1 40000 > 192.0.2.2 443';
    const back = '192.0.2.2 443 > 192.0.2.1 40000';
    assert.deepEqual(healthOf(windowOfHealth([datagram(web, 'udp', 0, 7), datagram(back, 'udp', 5, 8)])), [
      { ...twoWay, answered: 1, ...response(5) },
    ]);
    assert.deepEqual(healthOf(windowOfHealth([datagram(web, 'udp', 0, 7)])), [
      { conversations: 1, unanswered: 1 },
    ]);
    assert.deepEqual(healthOf(windowOfHealth([datagram(back, 'udp', 0, 7)])), [{ conversations: 1 }]);
  });

  test('has none where it went on from the window before, and no mark tells question from answer', () => {
    const knowledge = new ConversationKnowledge(testSeed, nothingKnown, 100);
    const inTurn = (packets: readonly Packet[]) => {
      const reading = new FlowReading();
      new ConversationReader(windowOfHealth(packets), { biflow: true, knowledge }).read(0, reading);
      return toldOf(reading.health);
    };
    const call = (ms: number) => [datagram(calls, 'udp', ms, 5), datagram(called, 'udp', ms + 1, 6)];
    const dns = (ms: number) => [datagram(asks, 'udp', ms, 7), datagram(answers, 'udp', ms + 1, 7)];
    const answered = { ...twoWay, answered: 1 };
    assert.deepEqual(inTurn(call(0)), { ...answered, ...response(1) });
    assert.deepEqual(inTurn(call(20_000)), answered);
    assert.deepEqual(inTurn(dns(40_000)), { ...answered, ...response(1) });
    assert.deepEqual(inTurn(dns(60_000)), { ...answered, ...response(1) });
  });

  test('on port 53 pairs a question with its own answer only', () => {
    const told = (first: number, second: number) =>
      healthOf(windowOfHealth([datagram(asks, 'udp', 0, first), datagram(answers, 'udp', 5, second)]));
    assert.deepEqual(told(7, 7), [{ ...twoWay, answered: 1, ...response(5) }]);
    assert.deepEqual(told(7, 8), [{ ...twoWay, answered: 1 }]);
    assert.deepEqual(told(0, 0), [{ ...twoWay, answered: 1 }], 'too short for an identifier');
  });

  test('has the round trip of the first ping, where that was answered', () => {
    assert.deepEqual(healthOf(windowOfHealth([ping(0, 1), pong(9, 1), ping(1_000, 2), pong(1_020, 2)])), [
      { ...twoWay, answered: 1, ...response(9) },
    ]);
    assert.deepEqual(healthOf(windowOfHealth([ping(0, 1), ping(1_000, 2), pong(1_020, 2)])), [
      { ...twoWay, answered: 1 },
    ]);
    assert.deepEqual(healthOf(windowOfHealth([pong(0, 1), ping(900, 2), pong(920, 2)])), [
      { ...twoWay, answered: 1 },
    ]);
  });

  test('is not said to be without an answer where the answer may be among statements', () => {
    const statement = datagram('192.0.2.2 > 192.0.2.1', 'icmp', 5, 1, 3);
    assert.deepEqual(healthOf(windowOfHealth([ping(0, 1), statement, pong(9, 1)])), [
      { conversations: 1 },
      {},
    ]);
    assert.deepEqual(healthOf(windowOfHealth([ping(0, 1)])), [{ conversations: 1, unanswered: 1 }]);
  });

  test('that asks nobody has no health', () => {
    const toMany = '192.0.2.1 5353 > 224.0.0.251 5353';
    assert.deepEqual(healthOf(windowOfHealth([datagram(toMany, 'udp', 0, 7)])), [{}]);
  });
});

describe('where the table was full', () => {
  const isPart = true;

  test('a conversation without a way back may have been answered', () => {
    assert.deepEqual(healthOf(windowOfHealth(packetsOf('Sh'), 1)), [{ isPart }, { isPart }]);
    assert.deepEqual(healthOf(windowOfHealth([ping(0, 1), pong(5, 1)], 1)), [{ isPart }, { isPart }]);
  });

  test('one with both is told', () => {
    const other = packetsOf('S', '192.0.2.1 50004');
    assert.deepEqual(healthOf(windowOfHealth([...packetsOf('ShADad'), ...other], 2)), [
      { ...open, ...handshake, ...response(2) },
      { isPart },
    ]);
  });

  test('only protocols that found it full have part of it', () => {
    const full = windowOfHealth([datagram(asks, 'udp', 0, 7), ...packetsOf('S')], 1);
    assert.deepEqual(healthOf(full), [{ conversations: 1, unanswered: 1 }, { isPart }]);
  });
});

describe('an ICMP error', () => {
  const quoting = (packets: readonly Packet[], error: (typeof icmpErrors)[number], quoted = packets[0]!) => {
    const window = windowOfHealth(packets);
    window.table.noteError(quoted, icmpErrors.indexOf(error));
    return healthOf(window);
  };
  const question = datagram(asks, 'udp', 0, 7);
  const answer = datagram(answers, 'udp', 5, 7);

  test('refuses what was not answered', () => {
    for (const icmpError of icmpErrors.slice(1, -1)) {
      assert.deepEqual(quoting([question], icmpError), [{ conversations: 1, refused: 1, icmpError }]);
      const told = { conversations: 1, S0: 1, refused: 1, icmpError };
      assert.deepEqual(quoting(packetsOf('SS'), icmpError), [told]);
    }
  });

  test('does not where it says that a packet took too long', () => {
    const icmpError = 'time-exceeded';
    assert.deepEqual(quoting([question], icmpError), [{ conversations: 1, unanswered: 1, icmpError }]);
  });

  test('changes nothing of what was answered: anybody can send one', () => {
    const icmpError = 'port-unreachable';
    const told = { ...twoWay, answered: 1, ...response(5), icmpError };
    assert.deepEqual(quoting([question, answer], icmpError), [told]);
    assert.deepEqual(quoting([question, answer], icmpError, answer), [told]);
    assert.deepEqual(quoting(packetsOf('ShADad'), icmpError), [
      { ...open, ...handshake, ...response(2), icmpError },
    ]);
  });
});

describe('a record of several conversations', () => {
  const several = [
    ...packetsOf('ShADad', '192.0.2.1 50000'),
    ...packetsOf('ShADaad', '192.0.2.1 50001'),
    ...packetsOf('Sr', '192.0.2.1 50002'),
    ...packetsOf('SADA', '192.0.2.1 50003'),
  ];
  const sums = {
    conversations: 4,
    twoWay: 3,
    ...{ S0: 1, S1: 2, REJ: 1, refused: 1, established: 2 },
    ...{ handshakes: 2, clientNetworkUs: 2_000, serverNetworkUs: 2_000, longestHandshakeUs: 2_000 },
    ...{ responses: 2, responseUs: 5_000, longestResponseUs: 3_000 },
  };
  const window = windowOfHealth(several);

  test('has their counts and sums, and the longest of each', () => {
    assert.deepEqual(healthOf(window, { biflow: true, groups: ['clients'] }), [sums]);
    assert.deepEqual(healthOf(window, { biflow: true, top: 0 }), [sums]);
  });

  test('has those of its own direction, and each connection once where both are in it', () => {
    const ofServer = { ...sums, conversations: 3, S0: undefined };
    const { S0, ...others } = ofServer;
    assert.equal(S0, undefined);
    assert.deepEqual(healthOf(window, { roles: true, groups: ['clients'] }), [sums, others]);
    assert.deepEqual(healthOf(window, { roles: true, top: 0 }), [sums]);
    assert.deepEqual(healthOf(window, { roles: true, groups: ['clients'], top: 0 }), [sums]);
  });

  test('is of a part where anything in it is not known', () => {
    const unread = Object.assign(packetsOf('S', '192.0.2.1 50004')[0]!, { segment: NO_SEGMENT });
    const more = windowOfHealth([...several, unread]);
    const part = { ...sums, isPart: true };
    assert.deepEqual(healthOf(more, { biflow: true, groups: ['clients'] }), [part]);
    assert.deepEqual(healthOf(more, { biflow: true, top: 0 }), [part]);
  });

  test('is of a part where the table was full', () => {
    // The RST that refused the third found it full.
    const full = windowOfHealth(several, 5);
    const { S0, REJ, refused, ...others } = sums;
    assert.deepEqual([S0, REJ, refused], [1, 1, 1]);
    const part = { ...others, conversations: 2, twoWay: 2, isPart: true };
    assert.deepEqual(healthOf(full, { biflow: true, top: 0 }), [part]);
  });

  test('has nothing of the one told before', () => {
    const told = healthOf(windowOfHealth([...several, datagram(asks, 'udp', 0, 7)]), {
      biflow: true,
      groups: ['clients'],
    });
    assert.deepEqual(told, [sums, { conversations: 1, unanswered: 1 }]);
  });
});
