/** Whatever happens, and whenever it ends: what was handed over is delivered, in order, and only once where that was noted. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RecordRun } from '../../../src/sink/record-run.js';
import { unsentReasons } from '../../../src/sink/sink.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { crashed, isWritten, openQueue, type SpoolRig, sendAll } from './spool-rig.js';

const folders = temporaryFolder();

const mostBytes = 9_000;

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('push' as const),
        bytes: fc.array(fc.nat(mostBytes), { maxLength: 12 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('take' as const), most: fc.integer({ min: 1, max: 5 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('sent' as const, 'unsent' as const, 'give back' as const),
        which: fc.nat(3),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('each' as const),
        fates: fc.array(fc.constantFrom('again', 'rejected', 'sent'), { minLength: 5, maxLength: 5 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('wait' as const, 'crash' as const, 'restart' as const) }),
    },
  ),
  { minLength: 5, maxLength: 40 },
);

/** What a run's records are called. */
function numbersOf(run: RecordRun): number[] {
  const text = Buffer.from(run.encoded.bytes.subarray(run.start, run.end)).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).n);
}

/** The whole story of a spool, over its processes. */
class Story {
  readonly options = { mostBytes: 64 * 1024 * 1024, memoryBytes: 256 * 1024 };
  rig: SpoolRig;
  made = 0;
  /** Made in this process. */
  pushed = 0;
  readonly settled = new Set<number>();
  underWay: RecordRun[] = [];
  #copies = 0;
  #unwritten = 0;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder);
    this.rig = this.#next(undefined);
  }

  #next(before: SpoolRig | undefined): SpoolRig {
    const folder = join(this.#folder, String(this.#copies++));
    this.pushed = 0;
    this.underWay = [];
    if (before !== undefined) return crashed(before, folder, this.options);
    mkdirSync(folder);
    return openQueue(folder, this.options);
  }

  /** Waits before there is more than memory takes. */
  async push(bytes: readonly number[]): Promise<void> {
    this.#unwritten += bytes.length * mostBytes;
    if (this.#unwritten > this.options.memoryBytes / 2) await this.written();
    const lines = bytes.flatMap((length) => numberedLines(this.made++, 1, length));
    this.rig.queue.push(encodedOf(lines));
    this.pushed += lines.length;
  }

  take(most: number): void {
    const run = this.rig.queue.take(20_000, most);
    if (run !== undefined) this.underWay.push(run);
  }

  settle(kind: 'sent' | 'unsent' | 'give back', which: number): void {
    const run = kind === 'give back' ? this.underWay.at(-1) : this.underWay[which];
    if (run === undefined) return;
    this.underWay.splice(this.underWay.indexOf(run), 1);
    if (kind !== 'give back') for (const number of numbersOf(run)) this.settled.add(number);
    if (kind === 'give back') this.rig.queue.giveBack(run);
    else if (kind === 'sent') this.rig.queue.sent(run);
    else this.rig.queue.unsent('too-long', run);
  }

  /** Only of what is under way alone: others would have to wait behind it. */
  settleEach(fates: readonly string[]): void {
    const [run] = this.underWay;
    if (run === undefined || this.underWay.length > 1) return;
    this.underWay = [];
    const positions = (fate: string) =>
      fates.flatMap((one, i) => (one === fate && i < run.records ? [i] : []));
    const again = positions('again');
    for (const [i, number] of numbersOf(run).entries()) if (!again.includes(i)) this.settled.add(number);
    this.rig.queue.settleEach(run, again, positions('rejected'));
  }

  /** What is to be there after a crash now, at the least: all that was written and is not settled. */
  async crash(): Promise<void> {
    await this.written();
    const before = this.rig;
    this.rig = this.#next(before);
    await before.queue.close('closed');
    this.#checkTakenUp();
  }

  async restart(): Promise<void> {
    for (let run = this.underWay.pop(); run !== undefined; run = this.underWay.pop())
      this.rig.queue.giveBack(run);
    const { folder, queue } = this.rig;
    await queue.close('closed');
    this.rig = openQueue(folder, this.options);
    this.pushed = 0;
    this.#checkTakenUp();
  }

  /** Nothing more is to be noted, either. */
  async written(): Promise<void> {
    await isWritten(this.rig);
    this.#unwritten = 0;
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #checkTakenUp(): void {
    const { recordsTakenUp, recordsOnDisk, packetsTakenUp } = this.rig.queue.counts;
    assert.equal(recordsTakenUp, this.made - this.settled.size);
    assert.equal(packetsTakenUp, 3 * recordsTakenUp);
    assert.equal(recordsOnDisk, recordsTakenUp);
  }

  check(): void {
    const { counts } = this.rig.queue;
    const unsent = unsentReasons.reduce((sum, reason) => sum + counts.recordsUnsent[reason], 0);
    const unsentPackets = unsentReasons.reduce((sum, reason) => sum + counts.packetsUnsent[reason], 0);
    assert.equal(this.pushed + counts.recordsTakenUp, counts.recordsSent + unsent + counts.recordsWaiting);
    assert.equal(
      3 * this.pushed + counts.packetsTakenUp,
      counts.packetsSent + unsentPackets + counts.packetsWaiting,
    );
    assert.equal(counts.packetsWaiting, 3 * counts.recordsWaiting);
    assert.equal(counts.packetsOnDisk, 3 * counts.recordsOnDisk);
    assert.ok(counts.recordsOnDisk <= counts.recordsWaiting);
  }

  async end(): Promise<void> {
    for (let run = this.underWay.pop(); run !== undefined; run = this.underWay.pop())
      this.rig.queue.giveBack(run);
    const expected = Array.from({ length: this.made }, (_, i) => i).filter(
      (number) => !this.settled.has(number),
    );
    assert.deepEqual(await sendAll(this.rig), expected);
    this.check();
    await this.rig.queue.close('closed');
    assert.deepEqual(
      this.rig.lines.filter((line) => !line.includes('earlier run')),
      [],
    );
  }
}

test('queues on disk lose nothing and send nothing twice, whenever they end', {
  timeout: 60_000,
}, async () => {
  let stories = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const story = new Story(join(folders.path, String(stories++)));
      for (const step of all) {
        if (step.kind === 'push') await story.push(step.bytes);
        else if (step.kind === 'take') story.take(step.most);
        else if (step.kind === 'each') story.settleEach(step.fates);
        else if (step.kind === 'wait') await story.written();
        else if (step.kind === 'crash') await story.crash();
        else if (step.kind === 'restart') await story.restart();
        else if ('which' in step) story.settle(step.kind, step.which);
        story.check();
      }
      await story.end();
    }),
    { seed: 14, numRuns: 60, includeErrorInReport: true },
  );
});
