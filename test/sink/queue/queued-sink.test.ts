/** When a sink tries again, what it says meanwhile, and how it ends. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { Answer } from '../../../src/sink/transport.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { createSinkRig, retry, ScriptedTransport, split } from './scripted-transport.js';

const minuteMs = 60_000;
const sent: Answer = { kind: 'sent' };

/** A rig that has `records` records to send. */
function startedRig(records: number, ...[transport, options]: Parameters<typeof createSinkRig>) {
  const rig = createSinkRig(transport, options);
  rig.sink.start();
  rig.sink.write(encodedOf(numberedLines(0, records)));
  return rig;
}

describe('a reader that is away', () => {
  test('is tried again after a second, twice as long each time, up to a minute', async () => {
    const { clock, transport, sink, pass } = startedRig(1);
    clock.random = 0.999_99;
    const pausesMs: number[] = [];
    for (let tries = 1; tries <= 9; tries++) {
      assert.ok(transport.waits);
      await transport.answer(retry());
      const fromMs = clock.nowMs;
      while (!transport.waits) await pass(50);
      pausesMs.push(clock.nowMs - fromMs);
    }
    assert.deepEqual(pausesMs, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    await transport.answer();
    assert.equal(sink.counts.recordsSent, 1);
    sink.write(encodedOf(numberedLines(1, 1)));
    await transport.answer(retry());
    const fromMs = clock.nowMs;
    while (!transport.waits) await pass(50);
    assert.equal(clock.nowMs - fromMs, 1_000, 'it answered in between');
  });

  test('is tried at a moment that chance decides within that time', async () => {
    const { clock, transport, pass } = startedRig(1);
    clock.random = 0.25;
    await transport.answer(retry());
    await pass(249);
    assert.equal(transport.pending.length, 0);
    await pass(1);
    assert.equal(transport.pending.length, 1);
  });

  test('is left alone for as long as it asks for, an hour at the most', async () => {
    const { transport, pass } = startedRig(1);
    await transport.answer(retry({ afterMs: 90_000 }));
    await pass(89_999);
    assert.equal(transport.pending.length, 0);
    await pass(1);
    await transport.answer(retry({ afterMs: 1e12 }));
    await pass(60 * minuteMs - 1);
    assert.equal(transport.pending.length, 0);
    await pass(1);
    assert.equal(transport.pending.length, 1);
  });

  test('is said to be away once, and back once, with how long that was and how much waited', async () => {
    const { lines, sink, transport, pass } = startedRig(25);
    await transport.answer(retry({ why: 'nothing listens on that port' }));
    assert.equal(sink.away, true);
    for (let tries = 0; tries < 6; tries++) {
      await pass(minuteMs);
      await transport.answer(retry({ why: 'nothing listens on that port' }));
    }
    await pass(minuteMs);
    await transport.answer();
    assert.equal(sink.away, false);
    assert.deepEqual(lines, [
      'reader:1: nothing listens on that port; records wait until the reader is back or the run ends',
      'reader:1: the reader is back after 420.0 s; 25 records waited for it',
    ]);
  });

  test('is said to be away for another reason, once a minute at the most', async () => {
    const { lines, transport, pass } = startedRig(1);
    for (const why of ['nobody is there', 'HTTP 403', 'HTTP 500', 'HTTP 403', 'HTTP 501', 'HTTP 501']) {
      await transport.answer(retry({ why }));
      await pass(minuteMs / 2);
      while (!transport.waits) await pass(50);
    }
    assert.deepEqual(lines, [
      'reader:1: nobody is there; records wait until the reader is back or the run ends',
      'reader:1: still away: HTTP 403',
      'reader:1: still away: HTTP 501',
    ]);
  });

  test('has no more lines than that where it comes and goes, but is not away unmentioned', async () => {
    const { clock, lines, sink, transport, pass } = startedRig(1);
    for (let times = 0; times < 100; times++) {
      await transport.answer(retry());
      await pass(1_000);
      await transport.answer();
      sink.write(encodedOf(numberedLines(times, 1)));
    }
    const seconds = clock.nowMs / 1_000;
    assert.deepEqual(
      lines.map((line) => (line.includes('is back after') ? 'back' : 'away')),
      ['away', 'back', 'away', 'back'],
      `in ${seconds} s`,
    );
    await transport.answer(retry());
    for (let tries = 0; tries < 10; tries++) {
      await pass(minuteMs);
      if (transport.waits) await transport.answer(retry());
    }
    assert.equal(lines.length, 5);
    assert.match(lines[4]!, /it is away; records wait/);
  });

  test('is tried with one run at a time', async () => {
    const transport = new ScriptedTransport({ runsUnderWay: 4, bytesUnderWay: 10_000 });
    const { pass } = startedRig(100, transport);
    assert.equal(transport.pending.length, 4);
    for (let run = 0; run < 4; run++) await transport.answer(retry());
    await pass(1_000);
    assert.equal(transport.pending.length, 1);
    await transport.answer();
    assert.equal(transport.pending.length, 4);
  });

  test('can be so from the start: the next try is the first one that sends', async () => {
    const transport = new ScriptedTransport();
    transport.open = async () => ({ kind: 'retry', why: 'the name is unknown', absence: 'unreachable' });
    const { sink, lines, pass } = startedRig(1, transport);
    await eventLoopTurn();
    assert.deepEqual([sink.away, transport.pending.length, lines.length], [true, 0, 1]);
    await pass(1_000);
    await transport.answer();
    assert.deepEqual([sink.away, sink.counts.recordsSent, sink.counts.recordsRetried], [false, 1, 0]);
  });

  test('takes nothing that is behind a run that failed, until that run has arrived', async () => {
    const transport = new ScriptedTransport({ runsUnderWay: 3, bytesUnderWay: 10_000 });
    const { sink, pass } = startedRig(40, transport);
    const [first, second] = transport.pending;
    first!.answer(retry({ mayHaveArrived: true }));
    second!.answer(sent);
    await eventLoopTurn();
    assert.equal(transport.pending.length, 1, 'what was under way is waited for, and no more is begun');
    await transport.answer(retry());
    await pass(1_000);
    assert.deepEqual(transport.sends.slice(3), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    const { recordsSent, recordsRetried, duplicatesPossible } = sink.counts;
    assert.deepEqual([recordsSent, recordsRetried, duplicatesPossible], [10, 20, 10]);
    await transport.answer();
    assert.deepEqual(transport.sends.slice(4), [
      [20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
      [30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
    ]);
  });
});

describe('a connection that had ended while it was idle', () => {
  test('is made again at once, and the reader counts as away where that is in vain, too', async () => {
    const { sink, lines, transport, pass } = startedRig(1);
    await transport.answer(retry({ atOnce: true }));
    assert.deepEqual([sink.away, transport.pending.length], [false, 1]);
    await transport.answer(retry({ atOnce: true }));
    assert.deepEqual([sink.away, transport.pending.length, lines.length], [true, 0, 1]);
    await pass(1_000);
    await transport.answer();
    sink.write(encodedOf(numberedLines(1, 1)));
    await transport.answer(retry({ atOnce: true }));
    assert.deepEqual([sink.away, transport.pending.length], [false, 1]);
  });

  test('has nothing tried again that was not tried', async () => {
    const transport = new ScriptedTransport({ runsUnderWay: 2, bytesUnderWay: 10_000 });
    const { sink, pass } = startedRig(20, transport);
    await transport.answer(split);
    await transport.answer(retry({ isUntried: true }));
    assert.deepEqual([sink.away, sink.counts.recordsRetried], [false, 10]);
    for (const untried of [...transport.pending]) untried.answer(retry({ isUntried: true }));
    await eventLoopTurn();
    assert.deepEqual([sink.away, sink.counts.recordsRetried], [true, 10]);
    await pass(1_000);
    while (transport.waits) await transport.answer();
    assert.deepEqual([sink.counts.recordsSent, sink.counts.recordsRetried], [20, 10]);
  });
});

describe('records that are too much for a reader', () => {
  test('are halved until they fit; a single one that does not is not sent', async () => {
    const { sink, transport, lines } = startedRig(10);
    for (let tries = 0; sink.counts.recordsWaiting > 0; tries++) {
      assert.ok(tries < 40);
      const { numbers } = transport.pending[0]!;
      await transport.answer(numbers.includes(6) ? split : sent);
    }
    assert.deepEqual([sink.counts.recordsSent, sink.counts.recordsUnsent['too-long']], [9, 1]);
    assert.deepEqual(lines, ['reader:1: 1 record was not sent: too much at once']);
    assert.equal(sink.away, false);
  });

  test('are not sent where they are longer than the transport takes, and those around them are', async () => {
    const { sink, transport, lines } = createSinkRig(new ScriptedTransport({ recordBytes: 100 }));
    sink.start();
    sink.write(
      encodedOf([
        ...numberedLines(0, 2),
        ...numberedLines(2, 1, 101),
        ...numberedLines(3, 1, 100),
        ...numberedLines(4, 2, 150),
        ...numberedLines(6, 1),
      ]),
    );
    while (transport.waits) await transport.answer();
    assert.deepEqual(transport.sends, [[0, 1], [3], [6]]);
    assert.equal(sink.counts.recordsUnsent['too-long'], 3);
    assert.equal(lines[0], 'reader:1: 1 record was not sent: it is 101 bytes long');
  });
});

test('runs are not cut to the little room that those under way leave', async () => {
  const limits = { records: 100, bytes: 1_000, runsUnderWay: 10, bytesUnderWay: 3_300 };
  const { transport } = startedRig(400, new ScriptedTransport(limits));
  const records = transport.sends.map(({ length }) => length);
  assert.equal(transport.pending.length, 3);
  assert.ok(
    records.every((count) => count > 90),
    `${records}`,
  );
});

describe('a reader that answers for each record', () => {
  test('gets those again that it asks for, before all others', async () => {
    const { sink, transport, lines, pass } = startedRig(15);
    await transport.answer({
      kind: 'each',
      again: [1, 3],
      rejected: [4, 5],
      why: 'a field is missing',
      afterMs: 5_000,
    });
    assert.deepEqual(lines, ['reader:1: 2 records were not sent: a field is missing']);
    await pass(4_999);
    assert.equal(transport.pending.length, 0);
    await pass(1);
    await transport.answer();
    await transport.answer();
    assert.deepEqual(transport.sends.slice(1), [
      [1, 3],
      [10, 11, 12, 13, 14],
    ]);
    const { recordsSent, recordsUnsent, recordsRetried, duplicatesPossible } = sink.counts;
    assert.deepEqual([recordsSent, recordsUnsent.rejected], [13, 2]);
    assert.deepEqual([recordsRetried, duplicatesPossible], [2, 0]);
  });

  test('counts as away where it takes none of them', async () => {
    const { clock, sink, transport, pass } = startedRig(2);
    for (let tries = 0; tries < 8; tries++) {
      await transport.answer({ kind: 'each', again: [0, 1], rejected: [], why: 'it has too much to do' });
      assert.equal(sink.away, true);
      await pass(minuteMs);
    }
    await transport.answer(retry());
    const fromMs = clock.nowMs;
    await pass(minuteMs - 100);
    assert.equal(transport.pending.length, 0, 'the back-off has grown');
    assert.equal(fromMs, 8 * minuteMs);
  });
});

describe('a queue that is full', () => {
  test('loses its oldest records, and says so', () => {
    const { sink, lines } = startedRig(0);
    for (let from = 0; from < 4_000; from += 100) sink.write(encodedOf(numberedLines(from, 100)));
    assert.ok(sink.counts.recordsUnsent['queue-full'] > 0);
    assert.equal(lines[0], 'reader:1: the queue is full; the oldest records are dropped');
    assert.equal(sink.ready, false);
  });
});
