/** For which sinks the records of a window wait, and for how long. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { allFlows } from '../support/folds.js';
import { createFoldingRig, createRig, flows, patienceMs, StandIn, textOf } from './delivery-rig.js';

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await eventLoopTurn();
}

describe('records of a live window', () => {
  test('wait for a sink that is not ready, but not for ever', () => {
    const slow = new StandIn();
    const { accept, tickUntil } = createRig(false, slow);
    slow.ready = false;
    accept();
    tickUntil(patienceMs - 5);
    assert.equal(slow.taken, 0);
    tickUntil(patienceMs + 10);
    assert.equal(slow.taken, flows);
  });

  test('do not wait again for a sink that has taken nothing since', () => {
    const slow = new StandIn();
    const { accept, clock, tickUntil } = createRig(false, slow);
    slow.ready = false;
    accept();
    tickUntil(patienceMs + 10);
    accept();
    tickUntil(clock.nowMs + 10);
    assert.equal(slow.taken, 2 * flows);
    slow.ready = true;
    tickUntil(clock.nowMs + 10);
    slow.ready = false;
    accept();
    tickUntil(clock.nowMs + patienceMs / 2);
    assert.equal(slow.taken, 2 * flows, 'it was ready in between, and is waited for');
  });
});

describe('records of a file', () => {
  test('wait for their reader also where as many windows are open as there are tables', async () => {
    const reader = new StandIn();
    const { delivery, drain } = createRig(true, reader);
    const open = [delivery.emptyTable(), delivery.emptyTable()];
    reader.ready = false;
    const done = drain();
    await turns(5);
    assert.deepEqual([open.length, reader.taken], [2, 0]);
    reader.empty();
    await done;
    assert.equal(reader.taken, flows);
  });

  test('wait as long as there is a reader, by one promise; and go on when it reads', async () => {
    const reader = new StandIn();
    const { clock, drain } = createRig(true, reader);
    reader.ready = false;
    let isDone = false;
    const done = drain().then(() => {
      isDone = true;
    });
    for (let hour = 1; hour <= 10; hour++) {
      clock.nowMs = hour * 3_600_000;
      await turns(5);
    }
    assert.deepEqual([isDone, reader.taken, reader.promises], [false, 0, 1]);
    reader.empty();
    await done;
    assert.equal(reader.taken, flows);
  });

  test('wait for a collector that is away for a moment only, and then no more', async () => {
    const collector = new StandIn();
    const { clock, drain } = createRig(true, collector);
    Object.assign(collector, { ready: false, away: true });
    const first = drain();
    await turns(5);
    assert.equal(collector.taken, 0);
    clock.nowMs = patienceMs;
    await first;
    assert.equal(collector.taken, flows);
    await drain();
    assert.equal(collector.taken, 2 * flows);
  });

  test('do not wait any more when there is no time left', async () => {
    const reader = new StandIn();
    const { clock, delivery, drain } = createRig(true, reader);
    reader.ready = false;
    const done = drain();
    await turns(5);
    clock.hurryAtMs = 0;
    await done;
    assert.equal(reader.taken, flows);
    reader.counts.recordsWaiting = 1;
    await delivery.sent();
  });

  test('are sent when nothing waits any more, but for who is away', async () => {
    const [reader, collector] = [new StandIn(), new StandIn()];
    const { delivery } = createRig(true, reader, collector);
    collector.counts.recordsWaiting = 1;
    collector.away = true;
    reader.counts.recordsWaiting = 1;
    let isSent = false;
    const sent = delivery.sent().then(() => {
      isSent = true;
    });
    await turns(5);
    assert.equal(isSent, false);
    reader.counts.recordsWaiting = 0;
    await sent;
  });
});

describe('records for which no time is left', () => {
  /** What the capture waits at most for a table, at 2 µs a record: two turns, of which the last slice may take one. */
  const longestWaitMs = 4;

  /** Windows close one after the other, `intervalMs` apart; returns how long the capture waited at most. */
  function close(rig: ReturnType<typeof createRig>, windows: number, intervalMs: number): number {
    let longestMs = 0;
    for (let window = 0; window < windows; window++) {
      const startMs = rig.clock.nowMs;
      rig.accept();
      longestMs = Math.max(longestMs, rig.clock.nowMs - startMs);
      rig.tickUntil(startMs + intervalMs);
    }
    return longestMs;
  }

  test('count as unsent, and the capture goes on', () => {
    const [one, other] = [new StandIn(), new StandIn()];
    const rig = createRig(false, one, other);
    rig.clock.recordMs = 0.002;
    const waitedMs = close(rig, 10, 5);
    assert.ok(waitedMs > 0 && waitedMs <= longestWaitMs, `${waitedMs} ms`);
    rig.tickUntil(rig.clock.nowMs + 1_000);
    for (const { taken, counts } of [one, other]) {
      assert.ok(counts.recordsUnsent.late > flows);
      assert.equal(counts.packetsUnsent.late, counts.recordsUnsent.late);
      assert.equal(taken + counts.recordsUnsent.late, 10 * flows);
    }
    assert.equal(rig.delivery.packetsOpenFor(one), 0);
  });

  test('are none where the next windows come in time: who is not ready is waited for no more', () => {
    const slow = new StandIn();
    slow.ready = false;
    const rig = createRig(false, slow);
    rig.clock.recordMs = 0.002;
    assert.ok(close(rig, 10, 50) <= longestWaitMs);
    assert.equal(slow.counts.recordsUnsent.late, 0);
    // The last two still wait.
    assert.equal(slow.taken, 8 * flows);
  });
});

describe('records that flows are folded into', () => {
  const top = { ...allFlows, top: 10 };

  test('are announced to be fewer, as soon as that is known', () => {
    const sink = new StandIn();
    const rig = createFoldingRig(false, top, sink);
    rig.accept();
    assert.deepEqual([sink.expected, sink.taken], [flows, 0]);
    rig.tickUntil(rig.clock.nowMs + 5);
    assert.ok(sink.expected < flows);
    rig.tickUntil(rig.clock.nowMs + 100);
    assert.deepEqual([sink.expected, sink.taken], [0, 11]);
    assert.deepEqual(rig.counts, { flows, records: 11 });
  });

  test('are awaited no more where no time is left for them', () => {
    const sink = new StandIn();
    const rig = createFoldingRig(false, top, sink);
    // Each look at the clock takes so long: there is time for a slice or two.
    rig.clock.lookMs = 0.5;
    for (let window = 0; window < 10; window++) rig.accept();
    rig.clock.lookMs = 0;
    assert.ok(sink.counts.packetsUnsent.late > flows);
    rig.tickUntil(rig.clock.nowMs + 1_000);
    assert.equal(sink.expected, 0);
    assert.equal(sink.packetsTaken + sink.counts.packetsUnsent.late, 10 * flows);
  });
});

describe('the memory of records', () => {
  /** Windows go to both sinks; how much of the second one's memory was the first one's? */
  function reusedAfter(between: (quick: StandIn, slow: StandIn) => void): number {
    const [quick, slow] = [new StandIn(), new StandIn()];
    const { accept, clock, tickUntil } = createRig(false, quick, slow);
    accept();
    tickUntil(clock.nowMs + 100);
    const first = new Set(slow.held.map(({ encoded }) => encoded.bytes.buffer));
    between(quick, slow);
    accept();
    tickUntil(clock.nowMs + 100);
    assert.deepEqual([quick.taken, slow.taken], [2 * flows, 2 * flows]);
    for (const { held } of [quick, slow])
      for (const { encoded, text } of held) assert.equal(textOf(encoded), text);
    return quick.held.filter(({ encoded }) => first.has(encoded.bytes.buffer)).length;
  }

  test('is used again when all sinks have let go of it', () => {
    const reused = reusedAfter((quick, slow) => {
      quick.letGo();
      slow.letGo();
    });
    assert.ok(reused > 0);
  });

  test('is left alone while one of them has not', () => {
    assert.equal(
      reusedAfter((quick) => quick.letGo()),
      0,
    );
  });
});
