/** The link's own truth, held against what the kernels of both ends counted. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { until } from '../until.js';
import { AGAIN, COPY, type Label, OVERTAKEN } from './labels.js';
import { openLink } from './link.js';
import { noLink } from './program.js';
import { type SentAgain, startTaker } from './talks.js';

const port = 5_000;

describe('a link that loses, doubles and reorders', { skip: noLink }, () => {
  const undo: (() => unknown)[] = [];
  after(async () => {
    for (const step of undo.reverse()) await step();
  });

  test('labels as retransmissions what both kernels sent again, and accounts for all packets', async () => {
    const undoing = { atEnd: (step: () => unknown) => undo.push(step) };
    const faults = { drop: 0.02, double: 0.02, reorder: 0.02, delayMs: 3, seed: 17 };
    const link = await openLink(undoing, faults);
    const taker = await startTaker(undoing, link.elsewhere, { port });
    const talks = { count: 4, atOnce: 4, up: 400_000, down: 200_000, write: 5_000 };
    await taker.make(link.here, talks);
    await until('both ends are over', () => taker.taken().size === talks.count);
    const counts = await link.stop();
    assert.equal(counts.in + counts.doubled, counts.out + counts.dropped);
    const labels = link.labels();
    assert.equal(labels.length, counts.out + counts.dropped);
    const made = sentAgain(labels, 0);
    const taken = sentAgain(labels, 1);
    assert.deepEqual([made, taken], [plain(taker.made()), plain(taker.taken())]);
    assert.equal(made.length, talks.count);
    // The faults that were asked for are there.
    for (const mark of [AGAIN, COPY, OVERTAKEN]) assert.ok(labels.some(({ marks }) => (marks & mark) !== 0));
    assert.ok(counts.dropped > 20);
  });
});

type Row = readonly [port: number, segments: number, payloadBytes: number];

const plain = (kernel: ReadonlyMap<number, SentAgain>): readonly Row[] =>
  [...kernel]
    .map(([maker, { segments, payloadBytes }]): Row => [maker, segments, payloadBytes])
    .sort(([one], [other]) => one - other);

function sentAgain(labels: readonly Label[], direction: number): readonly Row[] {
  const rows = new Map<number, { segments: number; payloadBytes: number }>();
  for (const label of labels) {
    if (label.protocol !== 6 || label.direction !== direction) continue;
    const maker = direction === 0 ? label.sourcePort : label.targetPort;
    const row = rows.get(maker) ?? { segments: 0, payloadBytes: 0 };
    rows.set(maker, row);
    if ((label.marks & AGAIN) === 0 || (label.marks & COPY) !== 0) continue;
    row.segments++;
    row.payloadBytes += label.payloadBytes;
  }
  return plain(rows);
}
