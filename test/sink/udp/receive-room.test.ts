/** Who waits for room in a receive buffer: a model of the kernel's, with readers and other senders of every speed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AsksReceiver,
  ReceiveBuffer,
  type ReceiveBufferState,
} from '../../../src/sink/udp/receive-buffer.js';
import { seededRandom } from '../../support/random.js';

const datagramBytes = 300;
/** What Linux takes for it. */
const memoryBytes = 1_280;
const tickMs = 5;
const perTick = 100;

interface Situation {
  readonly limitBytes: number;
  /** Datagrams a millisecond that the collector reads. */
  readonly readsPerMs: number;
  /** Datagrams a millisecond that somebody else sends, who does not ask. */
  readonly othersPerMs: number;
}

/** A socket's receive buffer: what is read is free again a quarter of it at a time, or when all is read (udp.c). */
class Buffer implements AsksReceiver {
  readonly #situation: Situation;
  unread = 0;
  dropped = 0;
  #read = 0;
  #readDue = 0;
  #othersDue = 0;
  ownDropped = 0;

  constructor(situation: Situation) {
    this.#situation = situation;
  }

  receiveBuffer(): ReceiveBufferState {
    const { limitBytes } = this.#situation;
    const unreadBytes = this.unread * memoryBytes;
    return {
      unreadBytes,
      usedBytes: unreadBytes + this.#read * memoryBytes,
      limitBytes,
      dropped: this.dropped >>> 0,
      socket: 1,
    };
  }

  arrive(own: boolean): void {
    const { limitBytes } = this.#situation;
    if ((this.unread + this.#read) * memoryBytes > limitBytes) {
      this.dropped++;
      if (own) this.ownDropped++;
    } else {
      this.unread++;
    }
  }

  pass(ms: number): void {
    const { readsPerMs, othersPerMs, limitBytes } = this.#situation;
    // In steps so small that both come in turns.
    const steps = 50 * ms;
    for (let step = 0; step < steps; step++) {
      this.#othersDue += othersPerMs / 50;
      for (; this.#othersDue >= 1; this.#othersDue--) this.arrive(false);
      this.#readDue = Math.min(this.#readDue + readsPerMs / 50, Math.max(1, readsPerMs / 50));
      for (; this.#readDue >= 1 && this.unread > 0; this.#readDue--) {
        this.unread--;
        this.#read++;
      }
      if (this.unread === 0 || this.#read * memoryBytes >= limitBytes / 4) this.#read = 0;
    }
  }
}

/** Sends at a pace of 20,000 a second for `ms`, or until all is sent. */
function send(situation: Situation, datagrams: number, ms: number) {
  const buffer = new Buffer(situation);
  const receiver = new ReceiveBuffer();
  let sent = 0;
  let nowMs = 0;
  let longestIdleMs = 0;
  for (; nowMs < ms && sent < datagrams; nowMs += tickMs) {
    for (let turn = 0; turn < perTick && sent < datagrams; turn++) {
      if (!receiver.hasRoomFor(datagramBytes, nowMs, buffer)) break;
      buffer.arrive(true);
      receiver.sent();
      sent++;
    }
    longestIdleMs = Math.max(longestIdleMs, receiver.idleMs);
    buffer.pass(tickMs);
  }
  receiver.look(nowMs, buffer);
  return { sent, nowMs, longestIdleMs, dropped: buffer.ownDropped, bound: receiver.datagramsDropped };
}

test('nothing is lost, nor held back from a reader, where nobody else sends', () => {
  const random = seededRandom(20261126);
  for (let round = 0; round < 60; round++) {
    const limitBytes = [2_304, 4_608, 65_536, 212_992, 16 << 20][random() % 5]!;
    // From one in ten milliseconds to more than is sent.
    const readsPerMs = 0.1 * 1_000 ** ((random() % 1_000) / 1_000);
    const situation = { limitBytes, readsPerMs, othersPerMs: 0 };
    const datagrams = 2_000;
    const { sent, longestIdleMs, dropped, bound } = send(situation, datagrams, 60_000);
    const text = JSON.stringify(situation);
    assert.deepEqual([sent, dropped, bound], [datagrams, 0, 0], text);
    assert.ok(longestIdleMs < 1_000, `${longestIdleMs} ms: ${text}`);
  }
});

test('nearly all is held back from a collector that reads nothing, also where others send to it', () => {
  for (const othersPerMs of [0, 0.2, 4]) {
    const situation = { limitBytes: 212_992, readsPerMs: 0, othersPerMs };
    const { sent, nowMs, longestIdleMs, dropped, bound } = send(situation, 2_000, 20_000);
    // What it has room for, and one a second.
    assert.ok(sent < 200);
    assert.equal(nowMs, 20_000);
    assert.ok(dropped <= 20 && dropped <= bound && bound <= 20, `${dropped} dropped, at most ${bound}`);
    assert.ok(longestIdleMs > 19_000);
  }
});

test('others who take all the room do not keep a reader from it for ever, nor are they followed', () => {
  for (const readsPerMs of [0.5, 2, 10]) {
    for (const flood of [1.5, 3, 10]) {
      const situation = { limitBytes: 212_992, readsPerMs, othersPerMs: flood * readsPerMs };
      const ms = 60_000;
      const { sent, longestIdleMs, dropped, bound } = send(situation, 2_000, ms);
      const text = `${sent} sent, ${dropped} dropped, at most ${bound}: ${JSON.stringify(situation)}`;
      assert.ok(sent >= ms / 200, text);
      assert.ok(longestIdleMs < 1_000, `${longestIdleMs} ms: ${text}`);
      assert.ok(dropped <= bound && bound <= sent, text);
    }
  }
});

test('several that wait do not take each other for a flood', () => {
  const situation = { limitBytes: 212_992, readsPerMs: 0.3, othersPerMs: 0 };
  const buffer = new Buffer(situation);
  const senders = Array.from({ length: 8 }, () => ({ receiver: new ReceiveBuffer(), sent: 0 }));
  const each = 1_000;
  let nowMs = 0;
  for (; senders.some(({ sent }) => sent < each) && nowMs < 60_000; nowMs += tickMs) {
    // A flood of a second, after which they are on their own.
    const flood = nowMs >= 2_000 && nowMs < 3_000 ? 20 : 0;
    for (let i = 0; i < flood; i++) buffer.arrive(false);
    for (const sender of senders) {
      for (let turn = 0; turn < perTick && sender.sent < each; turn++) {
        if (!sender.receiver.hasRoomFor(datagramBytes, nowMs, buffer)) break;
        buffer.arrive(true);
        sender.receiver.sent();
        sender.sent++;
      }
    }
    buffer.pass(tickMs);
  }
  assert.ok(buffer.ownDropped < 500, `${buffer.ownDropped} dropped`);
});

test('a reader that takes one datagram in more than a second is not taken for another', () => {
  for (const betweenMs of [1_100, 1_400, 2_500]) {
    const situation = { limitBytes: 212_992, readsPerMs: 1 / betweenMs, othersPerMs: 0 };
    const { sent, dropped } = send(situation, 2_000, 30_000);
    assert.ok(sent < 170 && dropped === 0, `${sent} sent, ${dropped} dropped: ${betweenMs} ms`);
  }
});

test('where datagrams leave no trace another socket gets them', () => {
  const asleep = { unreadBytes: 200_000, usedBytes: 200_000, limitBytes: 212_992, dropped: 0, socket: 1 };
  const link = { receiveBuffer: () => asleep };
  const receiver = new ReceiveBuffer();
  const sentMs: number[] = [];
  for (let nowMs = 0; nowMs < 14_000; nowMs += tickMs) {
    if (!receiver.hasRoomFor(datagramBytes, nowMs, link)) continue;
    receiver.sent();
    sentMs.push(nowMs);
  }
  // Two to see it, then all for ten seconds, then it is looked at anew.
  assert.deepEqual(sentMs.slice(0, 3), [1_000, 2_000, 2_005]);
  assert.deepEqual(sentMs.slice(-2), [11_995, 13_000]);
  assert.equal(sentMs.length, 1 + 2_000 + 1);
  assert.ok(receiver.idleMs < 10_000);
});

test('it is said at the most how many were dropped, and the counter may overflow', () => {
  const random = seededRandom(7);
  for (let round = 0; round < 100; round++) {
    const situation = {
      limitBytes: 65_536,
      readsPerMs: (random() % 40) / 4,
      othersPerMs: (random() % 80) / 4,
    };
    const { sent, dropped, bound } = send(situation, 3_000, 3_000);
    assert.ok(
      dropped <= bound && bound <= sent,
      `${dropped}, ${bound}, ${sent}: ${JSON.stringify(situation)}`,
    );
  }
  const counts = [2 ** 32 - 3, 4];
  const state = { unreadBytes: 0, usedBytes: 0, limitBytes: 212_992, socket: 1 };
  const link = { receiveBuffer: () => ({ ...state, dropped: counts.shift()! }) };
  const receiver = new ReceiveBuffer();
  assert.equal(receiver.hasRoomFor(datagramBytes, 0, link), true);
  for (let sent = 0; sent < 20; sent++) receiver.sent();
  receiver.look(5, link);
  assert.equal(receiver.datagramsDropped, 7);
});

test('who does not tell is left alone for ten seconds, and is asked anew where the collector went', () => {
  let asked = 0;
  const link = {
    receiveBuffer: () => {
      asked++;
      return undefined;
    },
  };
  const receiver = new ReceiveBuffer();
  for (let nowMs = 0; nowMs < 20_000; nowMs += tickMs)
    assert.equal(receiver.hasRoomFor(9_000, nowMs, link), true);
  assert.equal(asked, 2);
  receiver.forget();
  assert.equal(receiver.hasRoomFor(9_000, 20_000, link), true);
  assert.equal(asked, 3);
});
