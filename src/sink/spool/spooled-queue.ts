/**
 * A queue on disk. Records are written first and handed on then; those that come while others wait are read again in their
 * turn. Where the disk takes nothing, they wait in memory, like those of any queue, until it does.
 *
 * In order: what is in line, what is on disk and not read yet, what is being written, what waits to be written.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../host/log.js';
import type { EncodedRecords } from '../../record/encoded-records.js';
import type { RecordQueue } from '../record-queue.js';
import { packetsAt, type RecordRun } from '../record-run.js';
import { newSinkCounts, type SinkCounts, type UnsentReason } from '../sink.js';
import type { FolderLock } from './folder.js';
import { FreshRuns } from './fresh-runs.js';
import { Line } from './line.js';
import type { Written } from './place.js';
import type { Amount } from './point.js';
import { Retries } from './retries.js';
import { Store } from './store.js';
import { runOf } from './stored-run.js';

export interface SpooledQueueOptions {
  /** The output, as the log names it. */
  readonly name: string;
  readonly folder: string;
  readonly mostBytes: number;
  /** Memory of what waits to be written, or to be sent. */
  readonly memoryBytes: number;
  readonly lock: FolderLock;
  readonly log: Pick<Log, 'limited' | 'line'>;
}

const writeBytes = 1024 * 1024;
/** Memory of what is in line: more than any transport has under way. */
const mostLineBytes = 32 * 1024 * 1024;
/** How long the end waits for a disk that does not answer. */
const closingMs = 10_000;

export class SpooledQueue implements RecordQueue {
  onMore: (() => void) | undefined;
  readonly #options: SpooledQueueOptions;
  readonly #counts = newSinkCounts();
  readonly #store: Store;
  readonly #line: Line;
  readonly #lineBytes: number;
  /** Runs that wait to be written. */
  readonly #fresh: FreshRuns;
  #isWriting = false;
  #isReading = false;
  #isClosing = false;
  readonly #readAgain = new Retries(() => this.#proceed());
  readonly #writeAgain = new Retries(() => this.#proceed());
  #closedAs: UnsentReason | undefined;
  #wakers: (() => void)[] = [];

  constructor(options: SpooledQueueOptions) {
    this.#options = options;
    this.#lineBytes = Math.min(mostLineBytes, options.memoryBytes / 2, options.mostBytes / 4);
    this.#store = new Store({
      ...options,
      lost: (amount, reason, why) => this.#lost(amount, reason, why),
      said: (text) => this.#say('files', text),
    });
    this.#fresh = new FreshRuns(this.#store.segmentBytes);
    this.#line = new Line((segment, piece) => this.#store.settle(segment, piece));
  }

  /** Takes up what an earlier process has left. Throws where the folder cannot be used. */
  open(): void {
    const { records, packets } = this.#store.open();
    this.#counts.recordsTakenUp = records;
    this.#counts.packetsTakenUp = packets;
    this.#wait(records, packets);
    const { name, log, folder } = this.#options;
    if (records > 0)
      log.line(`${name}: ${records} records of an earlier run wait in ${folder}, and are sent first`);
    this.#proceed();
  }

  get counts(): SinkCounts {
    const { records, packets } = this.#store.onDisk;
    this.#counts.recordsOnDisk = records;
    this.#counts.packetsOnDisk = packets;
    return this.#counts;
  }

  get isEmpty(): boolean {
    return this.#counts.recordsWaiting === 0;
  }

  /** Nothing waits to be written, nor is being written. */
  get isWritten(): boolean {
    return this.#fresh.bytes === 0;
  }

  /** Sources that can wait do so before the oldest records would have to give way, in memory or on disk. */
  get ready(): boolean {
    const isRoomy =
      this.#fresh.bytes < this.#options.memoryBytes / 4 && this.#store.bytes < this.#options.mostBytes / 2;
    return isRoomy || this.#closedAs !== undefined;
  }

  drained(): Promise<void> {
    return this.ready ? Promise.resolve() : new Promise((resolve) => this.#wakers.push(resolve));
  }

  push(encoded: EncodedRecords, done?: () => void): number {
    const { records, packetSums } = encoded;
    this.#fresh.add(encoded);
    if (records > 0) this.#wait(records, packetSums[records - 1]!);
    done?.();
    if (this.#closedAs !== undefined) this.#giveUpFresh(this.#closedAs, 0);
    this.#giveUpFresh('queue-full', this.#options.memoryBytes - this.#line.bytes);
    this.#proceed();
    // Not the oldest of all: those are in line, or on disk.
    return 0;
  }

  take(mostBytes: number, mostRecords: number): RecordRun | undefined {
    return this.#line.take(mostBytes, mostRecords);
  }

  sent(run: RecordRun): void {
    this.#line.settle(run);
    this.#countSent(run.records, run.packets);
    this.#proceed();
  }

  unsent(reason: UnsentReason, run: RecordRun): void {
    this.#line.settle(run);
    this.#countUnsent(run, reason);
    this.#proceed();
  }

  giveBack(run: RecordRun): void {
    this.#line.giveBack(run);
  }

  settleEach(run: RecordRun, again: readonly number[], rejected: readonly number[]): void {
    const packetsOfAll = (positions: readonly number[]) =>
      positions.reduce((sum, position) => sum + packetsAt(run, position), 0);
    const refused = { records: rejected.length, packets: packetsOfAll(rejected) };
    const packets = run.packets - refused.packets - packetsOfAll(again);
    this.#line.settleBut(run, again);
    this.#countUnsent(refused, 'rejected');
    this.#countSent(run.records - again.length - rejected.length, packets);
    this.#proceed();
  }

  async close(reason: UnsentReason): Promise<void> {
    this.#isClosing = true;
    const late = new Promise<void>((resolve) => setTimeout(resolve, closingMs).unref());
    await Promise.race([this.#idle(), late]);
    this.#writeAgain.succeeded();
    this.#readAgain.succeeded();
    this.#closedAs = reason;
    this.#giveUpFresh(reason, 0);
    this.#countUnsent(this.#line.giveUpMemory(), reason);
    await Promise.race([this.#store.close(), late]);
    // The counts now say what is left.
    this.#wake();
  }

  /** Resolves when everything that can be written is written, and no read is under way. */
  async #idle(): Promise<void> {
    this.#writeAgain.tryNow();
    while (this.#isWriting || this.#isReading || (!this.#fresh.isEmpty && !this.#writeAgain.isPausing))
      await sleep(1);
  }

  /** Begins whatever can be done now. */
  #proceed(): void {
    if (this.#closedAs !== undefined) return;
    if (!this.#writeAgain.isPausing && !this.#fresh.isEmpty && !this.#isWriting) void this.#write();
    if (this.#store.isUnread) {
      const mayRead = !this.#isReading && !this.#isClosing && !this.#readAgain.isPausing;
      if (mayRead && this.#line.bytes < this.#lineBytes) void this.#read();
    } else if (this.#writeAgain.isPausing) {
      this.#handOnFresh();
    }
    if (this.ready) this.#wake();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    const runs = this.#fresh.take(Math.min(writeBytes, this.#store.segmentBytes));
    const written = await this.#store.append(runs).catch((error: Error) => this.#cannotWrite(error));
    this.#isWriting = false;
    if (written !== undefined) {
      this.#fresh.written();
      this.#tookAgain();
      this.#handOn(runs, written);
    }
    this.#proceed();
  }

  /** What was written need not be read where nothing is before it. */
  #handOn(runs: readonly Buffer[], written: readonly Written[]): void {
    let isMore = false;
    for (const [i, run] of runs.entries()) {
      const hasRoom = this.#line.bytes < this.#lineBytes;
      if (!hasRoom || !this.#store.passOver(written[i]!)) break;
      this.#line.put(runOf(run), written[i]!.place);
      isMore = true;
    }
    if (isMore) this.onMore?.();
  }

  /** Nothing can be written: records go on in memory. */
  #handOnFresh(): void {
    let isMore = false;
    while (!this.#isWriting && this.#line.bytes < this.#lineBytes) {
      const run = this.#fresh.shift();
      if (run === undefined) break;
      this.#line.put(runOf(run), undefined);
      isMore = true;
    }
    if (isMore) queueMicrotask(() => this.onMore?.());
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    const parts = await this.#store.read().catch((error: Error) => this.#cannotRead(error));
    this.#isReading = false;
    if (parts !== undefined) this.#readAgain.succeeded();
    for (const { encoded, place } of parts ?? []) this.#line.put(encoded, place);
    if (parts !== undefined && parts.length > 0) this.onMore?.();
    this.#proceed();
  }

  #cannotRead({ message }: Error): undefined {
    this.#say('reading', `what waits on disk cannot be read now (${message}), and is tried again`);
    this.#readAgain.failed();
  }

  #cannotWrite(error: Error): undefined {
    const { folder } = this.#options;
    this.#fresh.giveBack();
    if (!this.#writeAgain.hasFailed) {
      const why = (error as NodeJS.ErrnoException).code ?? error.message;
      const text = `${this.#inMemory.records} records and those to come are kept in memory until that is mended, and a crash loses them`;
      this.#say('disk', `nothing can be written to ${folder} (${why}); ${text}`);
    }
    this.#writeAgain.failed();
  }

  #tookAgain(): void {
    if (this.#writeAgain.hasFailed)
      this.#say('disk again', `${this.#options.folder} can be written to again`);
    this.#writeAgain.succeeded();
  }

  get #inMemory(): Amount {
    const { recordsWaiting, packetsWaiting } = this.#counts;
    const { records, packets } = this.#store.onDisk;
    return { records: recordsWaiting - records, packets: packetsWaiting - packets };
  }

  /** The oldest that wait to be written are not sent, until no more than this is left. */
  #giveUpFresh(reason: UnsentReason, leftBytes: number): void {
    const amount = this.#fresh.drop(leftBytes);
    this.#countUnsent(amount, reason);
    const isFull = reason === 'queue-full' && amount.records > 0;
    if (isFull)
      this.#say(reason, 'the memory for what is not on disk is full (queue=); the oldest of it give way');
  }

  #lost(amount: Amount, reason: 'spool-full' | 'damaged', why: string): void {
    this.#countUnsent(amount, reason);
    this.#say(reason, `${amount.records} records are not sent: ${why}`);
  }

  #wait(records: number, packets: number): void {
    this.#counts.recordsWaiting += records;
    this.#counts.packetsWaiting += packets;
  }

  #countSent(records: number, packets: number): void {
    this.#wait(-records, -packets);
    this.#counts.recordsSent += records;
    this.#counts.packetsSent += packets;
  }

  #countUnsent({ records, packets }: Amount, reason: UnsentReason): void {
    this.#wait(-records, -packets);
    this.#counts.recordsUnsent[reason] += records;
    this.#counts.packetsUnsent[reason] += packets;
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }

  #say(subject: string, text: string): void {
    const { name, log } = this.#options;
    log.limited(`${name} spool ${subject}`, `${name}: ${text}`);
  }
}
