/** Files that something else has changed. */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findRuns, headerBytes } from '../../../src/sink/spool/stored-run.js';
import { seededRandom } from '../../support/random.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { damage, isWritten, openQueue, type SpoolRig, segmentsIn, sendAll } from './spool-rig.js';

// Hundreds of times a file is brought onto the disk itself: in memory, where there is such a folder, that takes no time.
const inMemory = '/dev/shm';
const folder = mkdtempSync(join(existsSync(inMemory) ? inMemory : tmpdir(), 'pcap-agg-test-'));
after(() => rmSync(folder, { recursive: true }));
const original = join(folder, 'original');
let copies = 0;
function copy(): string {
  const path = join(folder, `copy-${copies++}`);
  cpSync(original, path, { recursive: true });
  return path;
}

/** Three runs of two records. */
const runs = 3;
const runOf = (number: number) => Math.floor(number / 2);

async function whole(rig: SpoolRig): Promise<{ sent: number[]; damaged: number }> {
  const sent = await sendAll(rig);
  const { counts } = rig.queue;
  const damaged = counts.recordsUnsent.damaged;
  assert.equal(counts.recordsTakenUp, counts.recordsSent + damaged);
  assert.equal(counts.packetsTakenUp, counts.packetsSent + counts.packetsUnsent.damaged);
  await rig.queue.close('closed');
  return { sent, damaged };
}

describe('a spool whose files were changed', () => {
  let runBytes = 0;

  before(async () => {
    mkdirSync(original);
    const rig = openQueue(original);
    for (let run = 0; run < runs; run++) {
      rig.queue.push(encodedOf(numberedLines(2 * run, 2)));
      await isWritten(rig);
    }
    await rig.queue.close('closed');
    runBytes = readFileSync(segmentsIn(original)[0]!).length / runs;
  });

  test('loses the run that is damaged, and no other', async () => {
    for (let at = 0; at < runs * runBytes; at++) {
      const copied = copy();
      damage(segmentsIn(copied)[0]!, at);
      const rig = openQueue(copied);
      const { sent, damaged } = await whole(rig);
      const lost = Math.floor(at / runBytes);
      assert.deepEqual(
        sent,
        [0, 1, 2, 3, 4, 5].filter((number) => runOf(number) !== lost),
        `byte ${at}`,
      );
      // What the last header said, nobody knows any more: that it was there is in the log.
      const isUnknown = lost === runs - 1 && at % runBytes < 72;
      assert.equal(damaged, isUnknown ? 0 : 2, `byte ${at}`);
      assert.match(
        rig.lines.join('\n'),
        isUnknown ? /bytes at the end of the spool were damaged/ : /2 records are not sent: .* damaged/,
      );
      rmSync(copied, { recursive: true });
    }
  });

  test('cuts off a run that was not written whole, and says nothing', async () => {
    for (let bytes = 0; bytes < runs * runBytes; bytes += bytes % runBytes < 2 ? 1 : 5) {
      const copied = copy();
      truncateSync(segmentsIn(copied)[0]!, bytes);
      const rig = openQueue(copied);
      const { sent, damaged } = await whole(rig);
      assert.deepEqual(
        sent,
        [0, 1, 2, 3, 4, 5].filter((number) => runOf(number) < Math.floor(bytes / runBytes)),
      );
      assert.equal(damaged, 0);
      assert.deepEqual(
        rig.lines.filter((line) => !line.includes('earlier run')),
        [],
      );
      rmSync(copied, { recursive: true });
    }
  });

  test('sends all again where the cursor is damaged, and says so', async () => {
    const copied = copy();
    writeFileSync(join(copied, 'cursor'), 'PQC1 and nonsense');
    const rig = openQueue(copied);
    assert.deepEqual((await whole(rig)).sent, [0, 1, 2, 3, 4, 5]);
    assert.match(rig.lines[0]!, /sent again/);
  });

  test('counts what was in a file that is missing', async () => {
    const many = join(folder, 'many');
    mkdirSync(many);
    const options = { mostBytes: 1024 * 1024, memoryBytes: 1024 * 1024 };
    const rig = openQueue(many, options);
    for (let from = 0; from < 1_500; from += 100) {
      rig.queue.push(encodedOf(numberedLines(from, 100, 300)));
      await isWritten(rig);
    }
    await rig.queue.close('closed');
    const [first, second, third] = segmentsIn(many);
    assert.ok(third);
    rmSync(first!);
    damage(second!, 0);
    const { sent, damaged } = await whole(openQueue(many, options));
    assert.equal(sent.length + damaged, 1_500);
    assert.ok(damaged > 200 && damaged < 500, `${damaged}`);
    assert.deepEqual(
      sent,
      sent.toSorted((one, other) => one - other),
    );
  });

  test('loses no others where it is larger than what is read at once', async () => {
    const large = join(folder, 'large');
    mkdirSync(large);
    const rig = openQueue(large, { mostBytes: 1024 ** 3 });
    for (let from = 0; from < 12_000; from += 1_000)
      rig.queue.push(encodedOf(numberedLines(from, 1_000, 300)));
    await isWritten(rig);
    await rig.queue.close('closed');
    const [path] = segmentsIn(large);
    const whole = readFileSync(path!);
    const mark = whole.readUInt32LE(4);
    const random = seededRandom(3);
    const places = Array.from({ length: 4 }, () => random() % whole.length);
    for (const at of places) damage(path!, at);
    const lost = new Set<number>();
    let end = 0;
    for (const { header } of findRuns(whole, mark, true).runs) {
      const start = end;
      end += headerBytes + header.payloadBytes;
      if (!places.some((at) => at >= start && at < end)) continue;
      for (let n = header.start.ordinal; n < header.end.ordinal; n++) lost.add(n);
    }
    assert.ok(lost.size > 1_000 && lost.size < 6_000, `${lost.size}`);
    const next = openQueue(large, { mostBytes: 1024 ** 3 });
    const sent = await sendAll(next);
    assert.deepEqual(
      sent,
      Array.from({ length: 12_000 }, (_, n) => n).filter((n) => !lost.has(n)),
    );
    assert.equal(next.queue.counts.recordsUnsent.damaged, lost.size);
    assert.equal(next.queue.counts.packetsUnsent.damaged, 3 * lost.size);
    await next.queue.close('closed');
  });
});
