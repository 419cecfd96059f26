import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KeptSockets } from '../../../../src/enrich/owners/sockets/kept-sockets.js';
import { SocketAnswer } from '../../../../src/enrich/owners/sockets/socket-questions.js';
import {
  IS_MISSED,
  KNOWN,
  LISTENER,
  NOBODY,
  SOCKET,
} from '../../../../src/enrich/owners/sockets/socket-state.js';
import { AddressHash } from '../../../../src/enrich/tables/address-hash.js';
import { IS_NEW, IS_VAGUE } from '../../../../src/record/connection-signs.js';
import { seededRandom } from '../../../support/random.js';

const lifeUs = 60e6;
const hash = new AddressHash();
const key = new Int32Array(10);

function open(capacity: number) {
  const clock = { nowMs: 2 ** 31 - 1_500 };
  const kept = new KeptSockets(capacity, lifeUs, () => clock.nowMs);
  const take = (number: number) => {
    key[3] = number;
    return kept.take(hash.ofIPv4(number), key, 0);
  };
  const find = (number: number) => {
    key[3] = number;
    return kept.find(hash.ofIPv4(number), key, 0);
  };
  return { kept, take, find, clock };
}

function answer(cgroupId: number, userId: number, kind: 'socket' | 'listener' = 'socket'): SocketAnswer {
  const isListener = kind === 'listener';
  return Object.assign(new SocketAnswer(), {
    isFound: true,
    isListener,
    isConnected: !isListener,
    cgroupId,
    userId,
  });
}

/** Known as what, of which group and user. */
const told = ({ kept, take }: ReturnType<typeof open>, number: number, startUs: number, signs = 0) => {
  const row = take(number);
  const known = kept.judge(row, signs, startUs);
  return known === NOBODY ? known : [known, kept.cgroupId(row), kept.userId(row)];
};

describe('what is kept of sockets', () => {
  test('is of those that were asked for last, as many as there is room for', () => {
    const { kept, take, find } = open(50);
    const plain = new Map<number, number>();
    const random = seededRandom(7);
    let evicted = 0;
    for (let step = 0; step < 30_000; step++) {
      const number = random() % 80;
      if (random() % 4 > 0) {
        const row = find(number);
        assert.equal(row < 0 ? undefined : kept.cgroupId(row), plain.get(number));
        continue;
      }
      const row = take(number);
      if (!plain.has(number)) {
        // What another had in that row's place is forgotten.
        assert.deepEqual([kept.known(row), kept.has(row, KNOWN | IS_MISSED)], [NOBODY, false]);
        if (plain.size === 50) {
          plain.delete(plain.keys().next().value!);
          evicted++;
        }
      }
      plain.delete(number);
      plain.set(number, step + 1);
      kept.found(row, answer(step + 1, 5), IS_NEW, step);
    }
    assert.deepEqual([kept.size, kept.evicted], [50, evicted]);
    assert.ok(evicted > 1_000);
  });

  test('is asked for once in a window, until all of it is known', () => {
    const { kept, take } = open(5);
    const row = take(1);
    assert.deepEqual([kept.tell(row, 0), kept.tell(row, 0)], [true, false]);
    kept.missed(row, 0, 0);
    assert.equal(kept.tell(row, 0), true);
    kept.found(row, answer(7, 1, 'listener'), 0, 0);
    assert.equal(kept.tell(row, 0), true);
    kept.found(row, answer(8, -1), 0, 0);
    assert.equal(kept.isUserMissing(row, 0), true);
    assert.equal(kept.tell(row, 0), true);
    kept.found(row, answer(8, 1), 0, 0);
    assert.deepEqual(
      [kept.isUserMissing(row, 0), kept.tell(row, 0), kept.tell(row, 10)],
      [false, false, true],
    );
    kept.unanswered(row);
    assert.equal(kept.tell(row, 10), true);
  });

  test('is the best that is known: the socket before who listens, and a user before none', () => {
    const rig = open(5);
    const row = rig.take(1);
    const { kept } = rig;
    kept.found(row, answer(7, 1, 'listener'), IS_NEW, 0);
    assert.deepEqual(told(rig, 1, 0), [LISTENER, 7, 1]);
    // Not accepted yet: by whom is not certain.
    kept.found(row, answer(7, -1), 0, 0);
    assert.deepEqual(told(rig, 1, 0), [LISTENER, 7, 1]);
    kept.found(row, answer(7, 2), 0, 0);
    assert.deepEqual(told(rig, 1, 0), [SOCKET, 7, 2]);
    // Closed, with bytes still to send.
    kept.found(row, answer(7, -1), 0, 0);
    kept.found(row, answer(8, 3, 'listener'), 0, 0);
    kept.missed(row, IS_NEW, 0);
    assert.deepEqual(told(rig, 1, 0), [SOCKET, 7, 2]);
    // A connection that nobody has accepted has no user, and who listens where it is will have it.
    const other = rig.take(2);
    kept.found(other, answer(7, -1), IS_NEW, 0);
    assert.deepEqual(told(rig, 2, 0), [SOCKET, 7, -1]);
    kept.found(other, answer(7, 3, 'listener'), 0, 0);
    assert.deepEqual(told(rig, 2, 0), [LISTENER, 7, 3]);
    // Of another group, with no user: the earlier one's is not this one's.
    kept.found(other, answer(9, -1), 0, 0);
    assert.deepEqual(told(rig, 2, 0), [SOCKET, 9, -1]);
  });

  test('serves the windows that it was found for, and later ones without a sign of another connection', () => {
    const rig = open(5);
    const { kept } = rig;
    const row = rig.take(1);
    const socket = [SOCKET, 7, 1];
    kept.found(row, answer(7, 1), IS_NEW, 20e6);
    kept.found(row, answer(7, 1), 0, 40e6);
    const windows = [0, 20e6, 40e6, 60e6, 100e6, 101e6];
    assert.deepEqual(
      windows.map((startUs) => told(rig, 1, startUs)),
      [NOBODY, socket, socket, socket, socket, NOBODY],
    );
    assert.deepEqual(
      windows.map((startUs) => told(rig, 1, startUs, IS_VAGUE)),
      [NOBODY, socket, socket, NOBODY, NOBODY, NOBODY],
    );
    kept.missed(row, 0, 60e6);
    assert.deepEqual(told(rig, 1, 60e6), socket);
    // Then somebody else's begins, and is over before anybody asks.
    kept.missed(row, IS_NEW, 80e6);
    assert.deepEqual(
      [40e6, 60e6, 80e6].map((startUs) => told(rig, 1, startUs)),
      [socket, NOBODY, NOBODY],
    );
    // The first one's user has a third.
    kept.found(row, answer(7, 1), IS_NEW, 100e6);
    assert.deepEqual(
      [60e6, 80e6, 100e6].map((startUs) => told(rig, 1, startUs)),
      [NOBODY, NOBODY, socket],
    );
  });

  test('is of another connection where a record has its first packet, whoever asked for it', () => {
    const rig = open(5);
    rig.kept.found(rig.take(1), answer(7, 1), IS_NEW, 0);
    assert.deepEqual(told(rig, 1, 20e6, IS_NEW), NOBODY);
    assert.deepEqual([told(rig, 1, 0), told(rig, 1, 40e6)], [[SOCKET, 7, 1], NOBODY]);
  });

  test('goes back with the clock, and is not taken for what is to come', () => {
    const rig = open(5);
    const row = rig.take(1);
    rig.kept.found(row, answer(7, 1), IS_NEW, 7_200e6);
    assert.deepEqual(told(rig, 1, 3_600e6), NOBODY);
    assert.equal(rig.kept.tell(row, 3_600e6), true);
    rig.kept.found(row, answer(7, 1), 0, 3_600e6);
    assert.deepEqual([told(rig, 1, 3_600e6), told(rig, 1, 3_620e6, IS_VAGUE)], [[SOCKET, 7, 1], NOBODY]);
  });

  test('that a SYN told serves the window that its flow is told of in', () => {
    const rig = open(5);
    const { kept } = rig;
    const row = rig.take(1);
    kept.foundEarly(row, answer(7, 1), 0);
    assert.deepEqual([told(rig, 1, 0), told(rig, 1, 20e6)], [NOBODY, NOBODY]);
    assert.equal(kept.tell(row, 20e6), false);
    assert.deepEqual([told(rig, 1, 0), told(rig, 1, 20e6)], [NOBODY, [SOCKET, 7, 1]]);
    // Another one, whose flow was told of just before.
    const late = rig.take(2);
    kept.tell(late, 20e6);
    kept.missed(late, IS_NEW, 20e6);
    kept.foundEarly(late, answer(8, 1), 20e6);
    assert.deepEqual([told(rig, 2, 0), told(rig, 2, 20e6)], [NOBODY, [SOCKET, 8, 1]]);
    // The same ports again: what was told of before stays without an owner, where it is another's.
    rig.clock.nowMs += 2_001;
    kept.foundEarly(row, answer(9, 1), 20e6);
    assert.deepEqual(told(rig, 1, 20e6), NOBODY);
    kept.tell(row, 40e6);
    assert.deepEqual([told(rig, 1, 20e6), told(rig, 1, 40e6)], [NOBODY, [SOCKET, 9, 1]]);
    kept.foundEarly(row, answer(9, 1), 40e6);
    assert.deepEqual(told(rig, 1, 40e6), [SOCKET, 9, 1]);
  });

  test('that a SYN told while its flow waited for an answer serves that flow', () => {
    const rig = open(5);
    const { kept } = rig;
    const row = rig.take(1);
    kept.tell(row, 20e6);
    kept.foundEarly(row, answer(7, 1), 20e6);
    kept.missed(row, IS_NEW, 20e6);
    assert.deepEqual([told(rig, 1, 0), told(rig, 1, 20e6)], [NOBODY, [SOCKET, 7, 1]]);
  });

  test('that a SYN told serves no flow that is told two seconds later', () => {
    for (const [ms, isDue] of [
      [2_000, false],
      [2_001, true],
    ] as const) {
      const rig = open(5);
      const row = rig.take(1);
      rig.kept.foundEarly(row, answer(7, 1), 0);
      rig.clock.nowMs += ms;
      assert.equal(rig.kept.tell(row, 20e6), isDue);
      assert.deepEqual(told(rig, 1, 20e6), isDue ? NOBODY : [SOCKET, 7, 1]);
    }
  });

  test('that a SYN told when its flow had been told of serves no later flow', () => {
    const rig = open(5);
    const { kept } = rig;
    const row = rig.take(1);
    const isAsked = (startUs: number) => {
      assert.equal(kept.tell(row, startUs), true);
      kept.missed(row, IS_NEW, startUs);
      return told(rig, 1, startUs, IS_NEW);
    };
    // It was found when its flow was told of, and its SYN is read afterwards.
    kept.tell(row, 0);
    kept.found(row, answer(7, 1), IS_NEW, 0);
    assert.equal(kept.foundEarly(row, answer(7, 1), 0), false);
    assert.deepEqual(told(rig, 1, 0), [SOCKET, 7, 1]);
    assert.equal(isAsked(1e6), NOBODY);
    // It was missed, as another one before.
    assert.equal(kept.foundEarly(row, answer(8, 1), 1e6), false);
    assert.equal(isAsked(2e6), NOBODY);
  });

  test('that two SYNs of others tell in a moment is of nobody', () => {
    const rig = open(5);
    const { kept } = rig;
    const row = rig.take(1);
    assert.deepEqual(
      [kept.foundEarly(row, answer(7, 1), 0), kept.foundEarly(row, answer(8, 1), 0)],
      [true, false],
    );
    assert.equal(kept.tell(row, 0), true);
    kept.missed(row, IS_NEW, 0);
    assert.equal(told(rig, 1, 0), NOBODY);
  });
});
