/** One slow output holds up no other, and none of a capture's records are late because of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { createRig, flows, patienceMs, StandIn } from './delivery-rig.js';

const tickMs = 5;

/** Takes a slice of records, and then nothing more for so long. */
class Slow extends StandIn {
  #takesAtMs = 0;
  readonly #pauseMs: number;
  readonly #nowMs: () => number;

  constructor(pauseMs: number, nowMs: () => number) {
    super();
    this.#pauseMs = pauseMs;
    this.#nowMs = nowMs;
    Object.defineProperty(this, 'ready', { get: () => this.#nowMs() >= this.#takesAtMs });
  }

  override write(...records: Parameters<StandIn['write']>): void {
    super.write(...records);
    this.#takesAtMs = this.#nowMs() + this.#pauseMs;
  }
}

/** How long it takes until `sink` has all records of a window, at 2 µs a record. */
function timeFor(rig: ReturnType<typeof createRig>, sink: StandIn): number {
  rig.clock.recordMs = 0.002;
  const [startMs, before] = [rig.clock.nowMs, sink.taken];
  rig.accept();
  while (sink.taken - before < flows && rig.clock.nowMs - startMs < 10 * patienceMs)
    rig.tickUntil(rig.clock.nowMs + tickMs);
  return rig.clock.nowMs - startMs;
}

describe('records of a live window', () => {
  for (const away of [false, true]) {
    test(`do not wait for an output that ${away ? 'is away' : 'stalls'} while another takes them`, () => {
      const [quick, alone, slow] = [new StandIn(), new StandIn(), new StandIn()];
      Object.assign(slow, { ready: false, away });
      const rig = createRig(false, slow, quick);
      const waitedMs = timeFor(rig, quick) - timeFor(createRig(false, alone), alone);
      assert.ok(waitedMs <= tickMs, `${waitedMs} ms`);
      assert.equal(slow.taken, flows, 'its queue decides what becomes of them');
    });
  }

  test('do not wait for one that takes a little now and then', () => {
    const [quick, alone] = [new StandIn(), new StandIn()];
    const clock = { nowMs: () => 0 };
    const slow = new Slow(patienceMs / 2, () => clock.nowMs());
    const rig = createRig(false, slow, quick);
    clock.nowMs = () => rig.clock.nowMs;
    const waitedMs = timeFor(rig, quick) - timeFor(createRig(false, alone), alone);
    assert.ok(waitedMs <= tickMs, `${waitedMs} ms`);
  });

  test('are never late for all because one output is slow', () => {
    const quick = new StandIn();
    const clock = { nowMs: () => 0 };
    const slow = new Slow(400, () => clock.nowMs());
    const rig = createRig(false, slow, quick);
    clock.nowMs = () => rig.clock.nowMs;
    rig.clock.recordMs = 0.002;
    for (let window = 1; window <= 20; window++) {
      rig.accept();
      rig.tickUntil(window * 50);
      assert.equal(quick.taken, window * flows, 'told before the next window ends');
    }
    assert.equal(quick.counts.recordsUnsent.late + slow.counts.recordsUnsent.late, 0);
  });

  test('keep the pace of the one that takes them while another is away, or gone', () => {
    for (const state of [
      { ready: true, away: true },
      { ready: true, broken: true },
    ]) {
      const [paced, other] = [new StandIn(), new StandIn()];
      Object.assign(other, state);
      const rig = createRig(false, paced, other);
      paced.ready = false;
      rig.accept();
      rig.tickUntil(patienceMs / 2);
      assert.equal(paced.taken, 0, JSON.stringify(state));
      paced.ready = true;
      rig.tickUntil(patienceMs);
      assert.equal(paced.taken, flows);
    }
  });
});

test('records of a file wait for the slowest output', async () => {
  const [quick, slow] = [new StandIn(), new StandIn()];
  const { drain, clock } = createRig(true, quick, slow);
  slow.ready = false;
  const done = drain();
  for (let turn = 0; turn < 5; turn++) {
    clock.nowMs += patienceMs;
    await eventLoopTurn();
  }
  assert.deepEqual([quick.taken, slow.taken], [0, 0]);
  slow.empty();
  await done;
  assert.deepEqual([quick.taken, slow.taken], [flows, flows]);
});
