/** Disks that are full, folders that are gone. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';
import { encodedOf, numberedLines } from '../encoded.js';
import {
  crashed,
  isNoted,
  isWritten,
  openQueue,
  type SpoolRig,
  segmentsIn,
  sendAll,
  taken,
} from './spool-rig.js';

const folders = temporaryFolder();
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const push = ({ queue }: SpoolRig, from: number, count: number, bytes = 100) =>
  queue.push(encodedOf(numberedLines(from, count, bytes)));
const isSaid = (rig: SpoolRig, text: RegExp) =>
  until(
    `it says ${text}`,
    () => rig.lines.some((line) => text.test(line)),
    () => rig.lines.join('\n'),
  );
const all = ({ queue: { counts } }: SpoolRig) => counts.recordsSent + counts.recordsWaiting;

describe('a spool that cannot be written to', () => {
  test('goes on in memory where the disk is full, and on disk when there is room', {
    skip: noNetwork,
  }, async () => {
    const disk = join(folders.path, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'small', disk]);
    try {
      const folder = join(disk, 'spool');
      mkdirSync(folder);
      const rig = openQueue(folder);
      push(rig, 0, 1_000);
      await isWritten(rig);
      writeFileSync(join(disk, 'filler'), Buffer.alloc(200_000));
      push(rig, 1_000, 2_000);
      await isSaid(
        rig,
        /^reader: nothing can be written to .*spool \(ENOSPC\); 2000 records and those to come are kept in memory/,
      );
      push(rig, 3_000, 100);
      assert.equal(rig.queue.counts.recordsOnDisk, 1_000);
      assert.equal(all(rig), 3_100);
      // Sent in their order, whatever they are kept in; the disk has room again in the middle of it.
      const first = await taken(rig, 500);
      rig.queue.sent(first.run);
      await isNoted(rig, 500);
      rmSync(join(disk, 'filler'));
      const later = crashed(rig, join(folders.path, 'full'));
      assert.deepEqual(await sendAll(later), numbers(500, 500));
      await later.queue.close('closed');
      assert.deepEqual([...first.numbers, ...(await sendAll(rig))], numbers(0, 3_100));
      await until('it may be tried again', () => {
        push(rig, 0, 1);
        return rig.lines.some((line) => line.endsWith('can be written to again'));
      });
      await isWritten(rig);
      assert.ok(rig.queue.counts.recordsOnDisk > 0);
      assert.deepEqual(rig.queue.counts.recordsUnsent['queue-full'], 0);
      await rig.queue.close('closed');
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });

  test('has a bound in memory, and counts what is left there at the end', async () => {
    const folder = join(folders.path, 'bound');
    mkdirSync(folder);
    const rig = openQueue(folder, { memoryBytes: 1024 * 1024 });
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file in its place');
    for (let from = 0; from < 20_000; from += 1_000) push(rig, from, 1_000);
    await isSaid(rig, /nothing can be written/);
    push(rig, 20_000, 1_000);
    const { counts } = rig.queue;
    assert.ok(counts.recordsUnsent['queue-full'] > 5_000);
    assert.equal(counts.recordsOnDisk, 0);
    assert.equal(all(rig) + counts.recordsUnsent['queue-full'], 21_000);
    const left = counts.recordsWaiting;
    await rig.queue.close('unreachable');
    assert.equal(counts.recordsUnsent.unreachable, left);
    assert.equal(counts.recordsWaiting, 0);
    assert.equal(rig.queue.push(encodedOf(numberedLines(0, 1))), 0);
    assert.equal(counts.recordsUnsent.unreachable, left + 1);
  });

  test('makes its folder anew where it was deleted, and counts what was in it', async () => {
    const folder = join(folders.path, 'deleted');
    mkdirSync(folder);
    const rig = openQueue(folder, { memoryBytes: 1024 * 1024 });
    for (let from = 0; from < 20_000; from += 1_000) {
      push(rig, from, 1_000);
      await isWritten(rig);
    }
    const { run } = await taken(rig, 10);
    rmSync(folder, { recursive: true });
    push(rig, 20_000, 100);
    await isWritten(rig);
    const { counts } = rig.queue;
    const { damaged } = counts.recordsUnsent;
    // What was in line stays there; the rest is lost with the file.
    assert.ok(damaged > 10_000 && damaged < 19_900, `${damaged}`);
    assert.equal(counts.recordsOnDisk, 100);
    assert.match(rig.lines.join(), /it was deleted/);
    rig.queue.sent(run);
    const later = crashed(rig, join(folders.path, 'made-anew'));
    assert.deepEqual(await sendAll(later), numbers(20_000, 100));
    await later.queue.close('closed');
    const sent = await sendAll(rig);
    assert.deepEqual(sent, [...numbers(10, sent.length - 100), ...numbers(20_000, 100)]);
    assert.equal(counts.recordsSent + damaged, 20_100);
    await rig.queue.close('closed');
  });

  test('uses its folder again when it is back', async () => {
    const folder = join(folders.path, 'moved');
    mkdirSync(folder);
    const rig = openQueue(folder);
    push(rig, 0, 10);
    await isWritten(rig);
    renameSync(folder, `${folder}-away`);
    writeFileSync(folder, 'in its place');
    push(rig, 10, 10);
    await isWritten(rig);
    rmSync(folder);
    renameSync(`${folder}-away`, folder);
    assert.deepEqual(await sendAll(rig), numbers(0, 20));
    push(rig, 20, 10);
    await isWritten(rig);
    assert.equal(rig.queue.counts.recordsOnDisk, 10);
    await rig.queue.close('closed');
    assert.equal(segmentsIn(folder).length, 1);
  });

  test('waits for a file that cannot be read now, and loses nothing of it', async () => {
    const folder = join(folders.path, 'hidden');
    mkdirSync(folder);
    const first = openQueue(folder);
    push(first, 0, 100);
    await isWritten(first);
    await first.queue.close('closed');
    const [path] = segmentsIn(folder);
    const rig = openQueue(folder);
    renameSync(path!, `${path}.away`);
    symlinkSync(`${path}.away`, path!);
    await isSaid(rig, /what waits on disk cannot be read now \(ELOOP/);
    renameSync(`${path}.away`, path!);
    assert.deepEqual(await sendAll(rig), numbers(0, 100));
    await rig.queue.close('closed');
  });
});
