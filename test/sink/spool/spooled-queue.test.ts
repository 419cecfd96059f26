import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { recordName } from '../../../src/record/encoded-records.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { encodedOf, numberedLines, overwrite } from '../encoded.js';
import { bytesIn, crashed, isWritten, notedIn, openQueue, segmentsIn, sendAll, taken } from './spool-rig.js';

const folders = temporaryFolder();
let made = 0;
function newFolder(): string {
  const path = join(folders.path, String(made++));
  mkdirSync(path);
  return path;
}
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const records = (from: number, count: number, bytes = 0) => encodedOf(numberedLines(from, count, bytes));

describe('a queue on disk', () => {
  test('hands records on in order, once they are written, and lets go of their memory at once', async () => {
    const rig = openQueue(newFolder());
    const encoded = records(0, 5);
    let done = 0;
    rig.queue.push(encoded, () => done++);
    assert.equal(done, 1);
    overwrite(encoded);
    rig.queue.push(records(5, 3));
    assert.equal(rig.queue.counts.recordsWaiting, 8);
    assert.equal(rig.queue.take(1e9, 1e9), undefined);
    assert.deepEqual(await sendAll(rig), numbers(0, 8));
    const { recordsSent, packetsSent, recordsWaiting, recordsOnDisk } = rig.queue.counts;
    assert.deepEqual([recordsSent, packetsSent, recordsWaiting, recordsOnDisk], [8, 24, 0, 0]);
    await rig.queue.close('closed');
    assert.deepEqual(segmentsIn(rig.folder), []);
  });

  test('keeps what is not sent over a restart, whose records have the same names', async () => {
    const rig = openQueue(newFolder());
    const origin = { agent: 'añ', windowStartUs: 1.7e15, firstNumber: 7 };
    rig.queue.push({ ...records(0, 4), origin });
    rig.queue.push({ ...records(4, 3), origin: { ...origin, numbers: [3, 1, 9] } });
    const { run } = await taken(rig, 2);
    rig.queue.sent(run);
    await isWritten(rig);
    await rig.queue.close('closed');
    assert.deepEqual(rig.queue.counts.recordsUnsent.closed, 0);
    assert.equal(rig.queue.counts.recordsOnDisk, 5);

    const again = openQueue(rig.folder);
    assert.match(again.lines.join(), /^reader: 5 records of an earlier run wait in .*, and are sent first$/);
    const { recordsTakenUp, packetsTakenUp, packetsOnDisk } = again.queue.counts;
    assert.deepEqual([recordsTakenUp, packetsTakenUp, packetsOnDisk], [5, 15, 15]);
    const first = await taken(again, 2);
    assert.deepEqual(first.numbers, [2, 3]);
    assert.equal(recordName(first.run.encoded, first.run.first), 'añ-1700000000000000-9');
    again.queue.sent(first.run);
    const second = await taken(again);
    const names = [0, 1, 2].map((position) => recordName(second.run.encoded, position));
    assert.deepEqual(
      names,
      [3, 1, 9].map((number) => `añ-1700000000000000-${number}`),
    );
    again.queue.sent(second.run);
    assert.ok(again.queue.isEmpty);
    await again.queue.close('closed');
  });

  test('is told apart from a crash by nothing: what was noted is not sent again, the rest is', async () => {
    const rig = openQueue(newFolder());
    rig.queue.push(records(0, 10));
    const first = await taken(rig, 3);
    const second = await taken(rig, 3);
    rig.queue.sent(second.run);
    rig.queue.settleEach(first.run, [1], [2]);
    await until('all of it is noted', () => notedIn(rig.folder)?.pieces.length === 1);
    const other = crashed(rig, join(folders.path, 'crashed'));
    assert.deepEqual(await sendAll(other), [1, 6, 7, 8, 9]);
    assert.deepEqual(await sendAll(rig), [1, 6, 7, 8, 9]);
    assert.deepEqual(rig.queue.counts.recordsUnsent.rejected, 1);
    await Promise.all([rig.queue.close('closed'), other.queue.close('closed')]);
  });

  test('reads again what memory has no room for', async () => {
    const rig = openQueue(newFolder(), { memoryBytes: 1024 * 1024 });
    for (let from = 0; from < 20_000; from += 1_000) {
      rig.queue.push(records(from, 1_000, 300));
      await isWritten(rig);
    }
    assert.equal(rig.queue.counts.recordsOnDisk, 20_000);
    assert.deepEqual(await sendAll(rig), numbers(0, 20_000));
    await rig.queue.close('closed');
    assert.equal(bytesIn(rig.folder), 0);
  });

  test('has a bound: the oldest give way, and are counted', async () => {
    const rig = openQueue(newFolder(), { mostBytes: 1024 * 1024, memoryBytes: 1024 * 1024 });
    for (let from = 0; from < 10_000; from += 500) {
      rig.queue.push(records(from, 500, 300));
      await isWritten(rig);
      assert.ok(bytesIn(rig.folder) <= 1024 * 1024);
    }
    assert.ok(!rig.queue.ready);
    const lost = rig.queue.counts.recordsUnsent['spool-full'];
    assert.ok(lost > 5_000, `${lost} gave way`);
    const sent = await sendAll(rig);
    assert.equal(sent.length + lost, 10_000);
    assert.equal(sent.at(-1), 9_999);
    assert.deepEqual(
      sent,
      sent.toSorted((one, other) => one - other),
    );
    assert.match(rig.lines[0]!, /^reader: \d+ records are not sent: the spool is full, .*spool-size=/);
    await rig.queue.drained();
    await rig.queue.close('closed');
  });

  test('does not look for what gave way on disk, waited in memory, and was given up at the end', async () => {
    const rig = openQueue(newFolder(), { mostBytes: 1024 * 1024, memoryBytes: 1024 * 1024 });
    rig.queue.push(records(0, 500, 300));
    const { run } = await taken(rig, 100);
    rig.queue.giveBack(run);
    for (let from = 500; from < 10_000; from += 500) {
      rig.queue.push(records(from, 500, 300));
      await isWritten(rig);
    }
    await rig.queue.close('refused');
    const { recordsUnsent, recordsOnDisk, recordsWaiting } = rig.queue.counts;
    assert.ok(recordsUnsent.refused > 0);
    assert.equal(recordsWaiting, recordsOnDisk);
    assert.equal(recordsUnsent.refused + recordsUnsent['spool-full'] + recordsOnDisk, 10_000);
    const again = openQueue(rig.folder);
    assert.equal(again.queue.counts.recordsTakenUp, recordsOnDisk);
    assert.equal((await sendAll(again)).length, recordsOnDisk);
    assert.equal(again.queue.counts.recordsUnsent.damaged, 0);
    await again.queue.close('closed');
  });
});
