/** A spool that is full, whenever its process ends: what gave way is counted, the rest is sent in order and once. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unsentReasons } from '../../../src/sink/sink.js';
import { seededRandom } from '../../support/random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { bytesIn, crashed, isNoted, isWritten, openQueue, type SpoolRig, taken } from './spool-rig.js';

const folders = temporaryFolder();
const options = { mostBytes: 1024 * 1024, memoryBytes: 1024 * 1024 };

/** Records that this process will never send. */
function lostOf({ queue: { counts } }: SpoolRig): number {
  return unsentReasons.reduce((sum, reason) => sum + counts.recordsUnsent[reason], 0);
}

test('whatever gives way while records are sent, each is accounted for', { timeout: 60_000 }, async () => {
  const random = seededRandom(9);
  for (let story = 0; story < 4; story++) {
    const folder = join(folders.path, String(story));
    mkdirSync(folder);
    let rig = openQueue(folder, options);
    let [made, sent, lost, last] = [0, 0, 0, -1];
    for (let step = 0; step < 60; step++) {
      const kind = random() % 10;
      if (kind < 6) {
        const records = 1 + (random() % 400);
        rig.queue.push(encodedOf(numberedLines(made, records, 50 + (random() % 600))));
        made += records;
        if (random() % 2 === 0) await isWritten(rig);
      } else if (kind < 9) {
        for (let runs = random() % 8; runs > 0 && !rig.queue.isEmpty; runs--) {
          await isWritten(rig);
          if (rig.queue.isEmpty) break;
          const { run, numbers } = await taken(rig, 1 + (random() % 200));
          assert.ok(numbers[0]! > last, 'in order, and once');
          last = numbers.at(-1)!;
          sent += run.records;
          rig.queue.sent(run);
        }
      } else {
        await isWritten(rig);
        await rig.queue.close('closed');
        assert.ok(bytesIn(folder) <= options.mostBytes);
        lost += lostOf(rig);
        rig = openQueue(folder, options);
        assert.equal(rig.queue.counts.recordsTakenUp, made - sent - lost);
      }
      assert.equal(sent + lost + lostOf(rig) + rig.queue.counts.recordsWaiting, made);
    }
    await isWritten(rig);
    while (!rig.queue.isEmpty) {
      const { run, numbers } = await taken(rig);
      assert.ok(numbers[0]! > last, 'in order, and once');
      last = numbers.at(-1)!;
      rig.queue.sent(run);
    }
    const { counts } = rig.queue;
    assert.equal(counts.packetsWaiting, 0);
    assert.equal(counts.packetsOnDisk, 0);
    assert.deepEqual(counts.recordsUnsent.damaged, 0);
    await rig.queue.close('closed');
    assert.equal(bytesIn(folder), 0);
  }
});

test('after a crash, what was in line and in no file any more is missed and counted', async () => {
  const folder = join(folders.path, 'crashed');
  mkdirSync(folder);
  const rig = openQueue(folder, options);
  const write = async (from: number) => {
    rig.queue.push(encodedOf(numberedLines(from, 500, 300)));
    await isWritten(rig);
  };
  for (let from = 0; from < 6_000; from += 500) await write(from);
  const { run } = await taken(rig, 10);
  rig.queue.sent(run);
  await isNoted(rig, 10);
  const { recordsOnDisk, recordsWaiting } = rig.queue.counts;
  assert.ok(recordsWaiting > recordsOnDisk);
  const next = crashed(rig, join(folders.path, 'after'), options);
  assert.equal(next.queue.counts.recordsTakenUp, recordsWaiting);
  while (!next.queue.isEmpty) next.queue.sent((await taken(next)).run);
  assert.equal(next.queue.counts.recordsUnsent.damaged, recordsWaiting - recordsOnDisk);
  assert.equal(next.queue.counts.recordsSent, recordsOnDisk);
  await Promise.all([next.queue.close('closed'), rig.queue.close('closed')]);
});
