/** A sink beside a simple model of it: whatever the reader answers, and in which order, all records are accounted for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { EncodedRecords } from '../../../src/record/encoded-records.js';
import { Outbox } from '../../../src/sink/outbox.js';
import { unsentReasons } from '../../../src/sink/sink.js';
import type { Answer } from '../../../src/sink/transport.js';
import { encodedOf, numberedLines, overwrite } from '../encoded.js';
import { createSinkRig, retry, ScriptedTransport, type Sent, split } from './scripted-transport.js';

const kinds = ['sent', 'sent', 'sent', 'retry', 'arrived', 'drop', 'split', 'each'] as const;
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('write' as const),
      sizes: fc.array(fc.integer({ min: 12, max: 130 }), { maxLength: 12 }),
      packets: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({
      kind: fc.constant('answer' as const),
      which: fc.nat(5),
      answer: fc.constantFrom(...kinds),
      dice: fc.nat(),
    }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(5, 700, 70_000) }),
  ),
  { maxLength: 80 },
);
const settings = fc.record({
  runsUnderWay: fc.constantFrom(1, 2, 4),
  records: fc.constantFrom(1, 3, 8),
  queueBytes: fc.constantFrom(4_000, 100_000),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

class Model {
  readonly packetsOf = new Map<number, number>();
  readonly sent = new Set<number>();
  readonly rejected = new Set<number>();
  readonly dropped = new Set<number>();
  readonly tooLong = new Set<number>();
  readonly again = new Set<number>();
  duplicates = 0;
  readonly held = new Map<EncodedRecords, readonly number[]>();

  answered({ numbers }: Sent, answer: Answer): void {
    const add = (to: Set<number>, those: readonly number[]) => {
      for (const number of those) {
        assert.ok(!this.isSettled(number), `${number} was settled already`);
        to.add(number);
      }
    };
    if (answer.kind === 'sent') add(this.sent, numbers);
    else if (answer.kind === 'drop') add(this.dropped, numbers);
    else if (answer.kind === 'split' && numbers.length === 1) add(this.tooLong, numbers);
    else if (answer.kind === 'each') {
      const at = (positions: readonly number[]) => positions.map((position) => numbers[position]!);
      const [again, rejected] = [at(answer.again), at(answer.rejected)];
      add(this.rejected, rejected);
      const others = numbers.filter((number) => !again.includes(number) && !rejected.includes(number));
      add(this.sent, others);
      for (const number of again) this.again.add(number);
    } else {
      for (const number of numbers) this.again.add(number);
      if (answer.kind === 'retry' && answer.mayHaveArrived) this.duplicates += numbers.length;
    }
  }

  isSettled(number: number): boolean {
    return [this.sent, this.rejected, this.dropped, this.tooLong].some((numbers) => numbers.has(number));
  }

  packets(numbers: Iterable<number>): number {
    return [...numbers].reduce((sum, number) => sum + this.packetsOf.get(number)!, 0);
  }
}

function answerFor({ answer, dice }: Step & { kind: 'answer' }, { numbers }: Sent): Answer {
  if (answer === 'retry') return retry();
  if (answer === 'arrived') return retry({ mayHaveArrived: true });
  if (answer === 'drop') return { kind: 'drop', reason: 'rejected', why: 'it is refused' };
  if (answer === 'split') return split;
  if (answer === 'sent') return { kind: 'sent' };
  const of = (remainder: number) =>
    numbers.flatMap((_, position) => ((dice >> (position % 16)) % 3 === remainder ? [position] : []));
  return { kind: 'each', again: of(0), rejected: of(1), why: 'some are refused' };
}

test('whatever a reader answers, and when, all records are accounted for, and leave in order', async () => {
  await fc.assert(
    fc.asyncProperty(steps, settings, async (all, { runsUnderWay, records, queueBytes, random }) => {
      const transport = new ScriptedTransport({ runsUnderWay, records, bytes: 500, recordBytes: 120 });
      const { sink, clock, pass } = createSinkRig(transport, {
        queue: new Outbox(queueBytes, queueBytes / 2),
      });
      clock.random = random;
      const model = new Model();
      transport.answered = (sent, answer) => model.answered(sent, answer);
      sink.start();
      for (const step of all) {
        if (step.kind === 'write') {
          const lines = step.sizes.map((size, i) => numberedLines(model.packetsOf.size + i, 1, size)[0]!);
          const encoded = encodedOf(lines, step.packets);
          const numbers = lines.map((_, i) => model.packetsOf.size + i);
          for (const number of numbers) model.packetsOf.set(number, step.packets);
          model.held.set(encoded, numbers);
          sink.write(encoded, () => letGo(model, transport, encoded));
        } else if (step.kind === 'answer' && transport.pending.length > 0) {
          const sent = transport.pending[step.which % transport.pending.length]!;
          sent.answer(answerFor(step, sent));
        } else if (step.kind === 'pass') await pass(step.ms);
        await eventLoopTurn();
        assert.ok(transport.pending.length <= runsUnderWay);
        check(sink, model, transport.pending.length === 0);
        if (transport.pending.length === 0) assert.equal(sink.counts.recordsRetried, model.again.size);
      }
      await sink.close(clock.nowMs);
      assert.equal(sink.counts.recordsWaiting, 0);
      check(sink, model, true);
      assert.equal(model.held.size, 0, 'not done after its end');
      checkOrder(transport);
    }),
    { seed: 14, numRuns: 600 },
  );
});

/** `done` was called: nothing reads these records any more. */
function letGo(model: Model, transport: ScriptedTransport, encoded: EncodedRecords): void {
  assert.ok(model.held.delete(encoded), 'done twice');
  assert.ok(!transport.pending.some(({ run }) => run.encoded === encoded), 'done while under way');
  overwrite(encoded);
}

function check(
  { counts }: { counts: ReturnType<typeof createSinkRig>['sink']['counts'] },
  model: Model,
  isQuiet: boolean,
) {
  const unsent = (what: 'recordsUnsent' | 'packetsUnsent') =>
    unsentReasons.reduce((sum, reason) => sum + counts[what][reason], 0);
  assert.equal(counts.recordsSent + unsent('recordsUnsent') + counts.recordsWaiting, model.packetsOf.size);
  assert.equal(
    counts.packetsSent + unsent('packetsUnsent') + counts.packetsWaiting,
    model.packets(model.packetsOf.keys()),
  );
  if (!isQuiet) return;
  // All answers are known to both.
  assert.equal(counts.recordsSent, model.sent.size);
  assert.equal(counts.packetsSent, model.packets(model.sent));
  assert.equal(counts.recordsUnsent.rejected, model.rejected.size + model.dropped.size);
  assert.equal(counts.packetsUnsent.rejected, model.packets(model.rejected) + model.packets(model.dropped));
  assert.ok(counts.recordsUnsent['too-long'] >= model.tooLong.size);
  assert.ok(counts.recordsRetried <= model.again.size);
  assert.equal(counts.duplicatesPossible, model.duplicates);
}

/** Records that were sent once come in the order in which they were written; a run holds neighbours only. */
function checkOrder({ sends }: ScriptedTransport): void {
  const all = sends.flat();
  const times = new Map<number, number>();
  for (const number of all) times.set(number, (times.get(number) ?? 0) + 1);
  const once = all.filter((number) => times.get(number) === 1);
  assert.deepEqual(
    once,
    [...once].sort((a, b) => a - b),
  );
  for (const run of sends)
    assert.deepEqual(
      run,
      [...run].sort((a, b) => a - b),
    );
}
