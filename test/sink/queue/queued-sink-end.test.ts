/** How a sink ends: in time, whatever its reader does. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodedOf, numberedLines } from '../encoded.js';
import { createSinkRig, retry, ScriptedTransport, type SinkRig } from './scripted-transport.js';

/** Closes a rig's sink on a clock that runs a hundred times as fast as it should; returns how long that took by it. */
async function closed(rig: SinkRig, deadlineMs: number, answerAll: (rig: SinkRig) => void = () => {}) {
  const fromMs = rig.clock.nowMs;
  const timer = setInterval(() => {
    rig.clock.nowMs += 500;
    answerAll(rig);
  }, 5);
  await rig.sink.close(rig.clock.nowMs + deadlineMs);
  clearInterval(timer);
  return rig.clock.nowMs - fromMs;
}

function startedRig(records: number, ...[transport, options]: Parameters<typeof createSinkRig>): SinkRig {
  const rig = createSinkRig(transport, options);
  rig.sink.start();
  if (records > 0) rig.sink.write(encodedOf(numberedLines(0, records)));
  return rig;
}

const deadlineMs = 10_000;

describe('the end of a sink', () => {
  test('comes at once where nothing waits', async () => {
    assert.equal(await closed(startedRig(0), deadlineMs), 0);
  });

  test('waits for a reader that takes records, and no longer', async () => {
    const rig = startedRig(30);
    const tookMs = await closed(rig, deadlineMs, ({ transport }) =>
      transport.pending[0]?.answer({ kind: 'sent' }),
    );
    assert.equal(rig.sink.counts.recordsSent, 30);
    assert.ok(tookMs < deadlineMs, `${tookMs} ms`);
  });

  test('does not wait for a reader that does not answer longer than until its deadline', async () => {
    const rig = startedRig(30);
    const tookMs = await closed(rig, deadlineMs);
    assert.ok(tookMs >= deadlineMs && tookMs < 2 * deadlineMs, `${tookMs} ms`);
    const { recordsUnsent, duplicatesPossible, recordsRetried, recordsWaiting } = rig.sink.counts;
    assert.deepEqual(
      [recordsUnsent.closed, duplicatesPossible, recordsRetried, recordsWaiting],
      [30, 10, 0, 0],
    );
    assert.equal(rig.transport.closedAtMs, deadlineMs);
  });

  test('tries one that is away again, every half second at the least, until the deadline', async () => {
    const rig = startedRig(30);
    rig.transport.lastAnswer = retry({ absence: 'refused' });
    await rig.transport.answer(retry({ absence: 'refused', afterMs: 3_600_000 }));
    const tookMs = await closed(rig, deadlineMs, ({ transport }) =>
      transport.pending[0]?.answer(retry({ absence: 'refused' })),
    );
    assert.ok(rig.transport.sends.length >= 5, `${rig.transport.sends.length} tries`);
    assert.ok(tookMs >= deadlineMs - 500 && tookMs < 2 * deadlineMs, `${tookMs} ms`);
    assert.deepEqual([rig.sink.counts.recordsUnsent.refused, rig.sink.counts.duplicatesPossible], [30, 0]);
  });

  test('does not wait where the reader wants to be left alone for longer', async () => {
    const rig = startedRig(30);
    const tookMs = await closed(rig, deadlineMs, ({ transport }) =>
      transport.pending[0]?.answer(retry({ afterMs: 3_600_000 })),
    );
    assert.ok(tookMs < deadlineMs / 2, `${tookMs} ms`);
    assert.equal(rig.sink.counts.recordsUnsent.unreachable, 30);
  });

  test('tries once what stays on disk where the reader is away, and waits no longer', async () => {
    const rig = startedRig(30, new ScriptedTransport(), { isDurable: true });
    await rig.transport.answer(retry());
    assert.match(rig.lines[0]!, /it is away; records wait on disk until the reader is back$/);
    const before = rig.transport.sends.length;
    const tookMs = await closed(rig, deadlineMs, ({ transport }) => transport.pending[0]?.answer(retry()));
    assert.equal(rig.transport.sends.length - before, 1);
    assert.ok(tookMs < deadlineMs / 2, `${tookMs} ms`);
  });

  test('comes at once where no time is left after all', async () => {
    const rig = startedRig(30);
    await rig.transport.answer(retry({ absence: 'refused' }));
    const closing = closed(rig, deadlineMs, ({ clock, transport, sink }) => {
      transport.pending[0]?.answer(retry({ absence: 'refused' }));
      if (clock.nowMs >= 2_000) sink.hurry();
    });
    assert.ok((await closing) < 4_000);
    assert.equal(rig.sink.counts.recordsUnsent.refused, 30);
  });

  test('comes also where the connection is never made', async () => {
    const transport = new ScriptedTransport();
    transport.open = () => new Promise(() => {});
    const rig = startedRig(30, transport);
    await closed(rig, deadlineMs);
    assert.equal(rig.sink.counts.recordsUnsent.unreachable, 30);
  });

  test('comes also where the transport does not keep to it, and answers too late', async () => {
    const transport = new ScriptedTransport();
    transport.lastAnswer = undefined;
    const rig = startedRig(15, transport);
    await closed(rig, 0);
    const counts = rig.sink.counts;
    assert.deepEqual([counts.recordsUnsent.closed, counts.duplicatesPossible], [15, 10]);
    await transport.answer();
    assert.deepEqual(rig.sink.counts, counts);
  });

  test('sends nothing more, and counts what still comes as unsent', async () => {
    const rig = startedRig(5);
    await rig.transport.answer({ kind: 'each', again: [0], rejected: [], why: 'later' });
    await closed(rig, 0);
    const sends = rig.transport.sends.length;
    let isDone = false;
    rig.sink.write(encodedOf(numberedLines(5, 1)), () => {
      isDone = true;
    });
    await rig.pass(100_000);
    assert.deepEqual([rig.transport.sends.length, isDone], [sends, true]);
    assert.equal(rig.sink.counts.recordsUnsent.closed, 2);
  });
});
