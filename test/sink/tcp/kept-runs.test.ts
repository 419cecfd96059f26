import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RecordRun } from '../../../src/sink/record-run.js';
import { KeptRuns } from '../../../src/sink/tcp/kept-runs.js';
import { encodedOf } from '../encoded.js';

const runBytes = 100;
const encoded = encodedOf([`${'x'.repeat(runBytes - 1)}\n`]);

function run(): RecordRun {
  return {
    encoded,
    handedOver: { done: undefined, left: 0 },
    first: 0,
    records: 1,
    packets: 3,
    start: 0,
    end: runBytes,
    inFragments: false,
  };
}

/** So many runs, of which the first `begun` are written; `answers` are theirs in order. */
function keep(count: number, begun: number, limits = { keepMs: 1_000, bytes: 10_000, runs: 100 }) {
  const runs = new KeptRuns(limits);
  const answers: string[] = [];
  for (let i = 0; i < count; i++) runs.add(run(), ({ kind }) => answers.push(`${i} ${kind}`));
  for (let i = 1; i <= begun; i++) runs.begin().end = i * runBytes;
  return { runs, answers };
}

describe('runs that are kept', () => {
  test('count as sent a while after their last byte is acknowledged', () => {
    const { runs, answers } = keep(3, 3);
    runs.acknowledge(299, 50);
    assert.equal(runs.release(1_049), 0);
    assert.deepEqual(answers, []);
    assert.equal(runs.release(1_050), 2);
    assert.deepEqual(answers, ['0 sent', '1 sent']);
    assert.ok(runs.hasUnacknowledged);
    runs.acknowledge(300, 2_000);
    assert.ok(!runs.hasUnacknowledged);
    assert.equal(runs.release(3_000), 1);
    assert.ok(runs.isEmpty);
  });

  test('are not acknowledged before all of them was taken', () => {
    const { runs } = keep(2, 0);
    runs.begin();
    runs.acknowledge(1_000, 0);
    assert.equal(runs.release(5_000), 0);
  });

  test('count as sent earlier where there is no room for more, the oldest first', () => {
    const { runs, answers } = keep(6, 4, { keepMs: 1_000, bytes: 150, runs: 100 });
    runs.acknowledge(400, 0);
    runs.release(0);
    assert.deepEqual(answers, ['0 sent', '1 sent', '2 sent']);
    const few = keep(6, 4, { keepMs: 1_000, bytes: 10_000, runs: 2 });
    few.runs.acknowledge(400, 0);
    few.runs.release(0);
    assert.deepEqual(few.answers, ['0 sent', '1 sent']);
  });

  test('stay as long where ever so many others are on their way or wait', () => {
    const { runs, answers } = keep(90, 60, { keepMs: 1_000, bytes: 300, runs: 3 });
    runs.acknowledge(300, 0);
    assert.equal(runs.release(999), 0);
    assert.equal(runs.release(1_000), 3);
    assert.deepEqual(answers, ['0 sent', '1 sent', '2 sent']);
  });

  test('are told apart by whether they were begun', () => {
    const { runs, answers } = keep(4, 2);
    runs.acknowledge(100, 0);
    runs.settleAll({ kind: 'retry', why: '' }, { kind: 'drop', reason: 'closed', why: '' });
    assert.deepEqual(answers, ['0 retry', '1 retry', '2 drop', '3 drop']);
    assert.ok(runs.isEmpty && !runs.hasBegun && !runs.hasWaiting);
  });
});
