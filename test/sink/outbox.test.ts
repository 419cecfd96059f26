import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EncodedRecords } from '../../src/record/encoded-records.js';
import { memoryOf, Outbox } from '../../src/sink/outbox.js';
import { unsentReasons } from '../../src/sink/sink.js';
import { encodedOf, numberedLines, overwrite, waitingOf } from './encoded.js';

const actions = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('push' as const), sizes: fc.array(fc.nat(120), { maxLength: 8 }) }),
    fc.record({
      kind: fc.constant('next' as const),
      packBytes: fc.constantFrom(0, 100, 1000, Number.POSITIVE_INFINITY),
    }),
    fc.record({
      kind: fc.constantFrom('sent' as const, 'unsent' as const, 'recall' as const, 'give back' as const),
    }),
    fc.record({ kind: fc.constant('part' as const), bytes: fc.nat(300) }),
  ),
  { maxLength: 60 },
);

test('whatever happens, what came in was sent, was not sent, or waits; and what leaves is in order', () => {
  fc.assert(
    fc.property(actions, fc.integer({ min: 1, max: 1500 }), (steps, limitBytes) => {
      const outbox = new Outbox(limitBytes);
      let made = 0;
      let lastNumber = -1;
      let numberBefore = -1;
      let lastSent = outbox.current;
      const held: EncodedRecords[] = [];
      for (const step of steps) {
        const run = outbox.current;
        if (step.kind === 'push') {
          const encoded = encodedOf(step.sizes.map((bytes) => numberedLines(made++, 1, bytes)[0]!));
          held.push(encoded);
          outbox.push(encoded, () => {
            assert.ok(held.includes(encoded), 'done twice');
            held.splice(held.indexOf(encoded), 1);
            overwrite(encoded);
          });
        } else if (step.kind === 'next') {
          const next = outbox.next(step.packBytes);
          if (run !== undefined) assert.equal(next, run);
          else if (next !== undefined) {
            numberBefore = lastNumber;
            lastNumber = checkRun(next, lastNumber);
          }
        } else if (step.kind === 'recall') {
          if (lastSent !== undefined) outbox.recall(lastSent, 'refused');
          lastSent = undefined;
        } else if (run !== undefined) {
          if (step.kind === 'give back') {
            outbox.giveBack();
            lastNumber = numberBefore;
          } else if (step.kind === 'part') outbox.sentInPart(step.bytes, 'failed');
          else if (step.kind === 'sent') outbox.sent();
          else outbox.unsent('too-long');
          lastSent = step.kind === 'sent' ? run : lastSent;
        }
        assert.equal(accounted(outbox, 'records'), made);
        assert.equal(accounted(outbox, 'packets'), 3 * made);
        checkHeld(held, outbox);
      }
      outbox.close('closed');
      assert.deepEqual(waitingOf(outbox), { records: 0, packets: 0 });
      assert.equal(accounted(outbox, 'records'), made);
      assert.deepEqual(held, []);
    }),
    { seed: 5, numRuns: 5000 },
  );
});

function accounted(outbox: Outbox, what: 'records' | 'packets'): number {
  const { counts } = outbox;
  const waiting = waitingOf(outbox);
  const unsent = what === 'records' ? counts.recordsUnsent : counts.packetsUnsent;
  const sent = what === 'records' ? counts.recordsSent : counts.packetsSent;
  return sent + waiting[what] + unsentReasons.reduce((sum, reason) => sum + unsent[reason], 0);
}

/** Records are done with when none of those handed over together waits or is on its way, and then at once. */
function checkHeld(held: readonly EncodedRecords[], outbox: Outbox): void {
  const { current } = outbox;
  const waiting = waitingOf(outbox);
  const records = held.reduce((sum, encoded) => sum + encoded.records, 0);
  assert.ok(records >= waiting.records, 'done too early');
  assert.ok(current === undefined || held.includes(current.encoded), 'done on its way');
  assert.ok(held.length <= waiting.records, 'not done though nothing is left');
}

/** Returns the number of the run's last record. */
function checkRun(run: NonNullable<Outbox['current']>, lastNumber: number): number {
  const text = Buffer.from(run.encoded.bytes.subarray(run.start, run.end)).toString();
  const numbers = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).n as number);
  assert.equal(numbers.length, run.records);
  assert.equal(run.packets, 3 * run.records);
  for (const [i, number] of numbers.entries()) {
    if (i > 0) assert.equal(number, numbers[i - 1]! + 1);
    else assert.ok(number > lastNumber);
  }
  return numbers.at(-1)!;
}

test('what is written in part counts by whole records', () => {
  const outbox = new Outbox(10_000);
  outbox.push(encodedOf(numberedLines(0, 5, 100)));
  outbox.next(Number.POSITIVE_INFINITY);
  outbox.sentInPart(299, 'failed');
  assert.deepEqual([outbox.counts.recordsSent, outbox.counts.recordsUnsent.failed], [2, 3]);
  assert.deepEqual([outbox.counts.packetsSent, outbox.counts.packetsUnsent.failed], [6, 9]);
});

test('what went in fragments counts as that as long as it counts as sent', () => {
  const outbox = new Outbox(10_000);
  outbox.push(encodedOf(numberedLines(0, 2)));
  const inFragments = outbox.next(0)!;
  inFragments.inFragments = true;
  outbox.sent();
  const whole = outbox.next(0)!;
  outbox.sent();
  assert.equal(outbox.counts.recordsFragmented, 1);
  outbox.recall(whole, 'refused');
  assert.equal(outbox.counts.recordsFragmented, 1);
  outbox.recall(inFragments, 'refused');
  assert.equal(outbox.counts.recordsFragmented, 0);
});

test('records without bytes wait and leave like others', () => {
  const outbox = new Outbox(10_000);
  outbox.push({
    bytes: new Uint8Array(3),
    records: 3,
    ends: Uint32Array.of(0, 0, 3),
    packetSums: Float64Array.of(1, 3, 6),
  });
  assert.deepEqual(waitingOf(outbox), { records: 3, packets: 6 });
  const run = outbox.next(Number.POSITIVE_INFINITY)!;
  assert.deepEqual([run.records, run.packets, run.start, run.end], [3, 6, 0, 3]);
});

test('a record that was handed over alone is charged with all the memory that it takes', () => {
  const limitBytes = 1 << 20;
  const outbox = new Outbox(limitBytes);
  const parts = Array.from({ length: 2_000 }, (_, i) => encodedOf(numberedLines(i, 1, 100)));
  for (const encoded of parts) outbox.push(encoded);
  assert.equal(outbox.counts.recordsWaiting, Math.floor(limitBytes / memoryOf(1, 100)));
});
