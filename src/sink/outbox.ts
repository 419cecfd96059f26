/**
 * What a sink holds and what became of it: records that wait, first in, first out, in the batches that they came in; the
 * run of them that is on its way out; and the counts, which always add up.
 */
import { newSinkCounts, type RecordBatch, type UnsentReason } from './sink.js';

/**
 * Whole records that lie one behind the other in a batch: what goes out in one piece. Its bytes are there until it is
 * sent or unsent, its numbers for good.
 */
export interface RecordRun {
  readonly batch: RecordBatch;
  /** Called when nothing of the batch is left here. */
  readonly done: (() => void) | undefined;
  /** Position of its first record in the batch. */
  readonly first: number;
  readonly records: number;
  readonly packets: number;
  /** Its bytes: `batch.bytes` from `start` to `end` (exclusive). */
  readonly start: number;
  readonly end: number;
}

/** What a batch takes beside its records' bytes: its objects, measured with one record a batch, and two numbers a record. */
const batchBytes = 640;
const bytesPerRecord = Uint32Array.BYTES_PER_ELEMENT + Float64Array.BYTES_PER_ELEMENT;

/** Bytes of memory that a waiting batch takes. */
export const memoryOf = (records: number, recordBytes: number): number =>
  batchBytes + records * bytesPerRecord + recordBytes;

/** With less than this waiting, a sink wants more. */
const lowWaterBytes = 1024 * 1024;

interface Queued {
  readonly batch: RecordBatch;
  readonly done: (() => void) | undefined;
  /** Its records from `next` to `end` (exclusive) wait. */
  next: number;
  readonly end: number;
}

export class Outbox {
  readonly counts = newSinkCounts();
  /** The run on its way out; it cannot be dropped. */
  current: RecordRun | undefined;
  readonly #limitBytes: number;
  readonly #lowWaterBytes: number;
  readonly #queue: Queued[] = [];
  /** What waits, without `current`; bytes of memory, those of the records and those around them. */
  #bytes = 0;
  #records = 0;
  #packets = 0;
  /** How all that comes is counted, once it is closed. */
  #closedAs: UnsentReason | undefined;
  #wakers: (() => void)[] = [];

  /** At most `limitBytes` of memory are taken by records that wait; the oldest give way. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#lowWaterBytes = Math.min(lowWaterBytes, limitBytes / 2);
  }

  get waiting(): { readonly records: number; readonly packets: number } {
    const { records, packets } = this.current ?? { records: 0, packets: 0 };
    return { records: this.#records + records, packets: this.#packets + packets };
  }

  get isEmpty(): boolean {
    return this.#records === 0 && this.current === undefined;
  }

  /** True while it is more likely that records have to give way than that it runs empty. */
  get isHalfFull(): boolean {
    return this.#bytes > this.#limitBytes / 2;
  }

  get ready(): boolean {
    return this.#bytes < this.#lowWaterBytes || this.#closedAs !== undefined;
  }

  /** Resolves when it is `ready`. */
  drained(): Promise<void> {
    return this.ready ? Promise.resolve() : new Promise((resolve) => this.#wakers.push(resolve));
  }

  /**
   * Takes a batch in; returns how many of the oldest records were dropped as 'queue-full' for it. Calls `done` once, when
   * none of its records waits or is on its way out.
   */
  push(batch: RecordBatch, done?: () => void): number {
    const { records, packetSums, ends } = batch;
    if (records === 0) {
      done?.();
      return 0;
    }
    this.#queue.push({ batch, done, next: 0, end: records });
    this.#records += records;
    this.#bytes += memoryOf(records, ends[records - 1]!);
    this.#packets += packetSums[records - 1]!;
    if (this.#closedAs !== undefined) this.close(this.#closedAs);
    let dropped = 0;
    for (; this.#bytes > this.#limitBytes; dropped++) this.#drop('queue-full');
    return dropped;
  }

  /**
   * Makes the oldest waiting record `current`, with as many of those behind it in its batch as fit into `packBytes`
   * together, unless there is a current run already. Undefined when nothing waits.
   */
  next(packBytes: number): RecordRun | undefined {
    this.current ??= this.#take(packBytes);
    return this.current;
  }

  /**
   * `next`, for who cannot send more than `longestBytes`: in smaller pieces, if it was taken to be sent in larger ones. A
   * record that is longer is given to `tooLong`, which has to take it out of the way.
   */
  nextWithin(
    longestBytes: number,
    packBytes: number,
    tooLong: (run: RecordRun) => void,
  ): RecordRun | undefined {
    for (let run = this.next(packBytes); run; run = this.next(packBytes)) {
      if (run.end - run.start <= longestBytes) return run;
      if (run.records > 1) this.giveBack();
      else tooLong(run);
    }
    return undefined;
  }

  /** The current run waits again, as the oldest. */
  giveBack(): void {
    const run = this.current!;
    this.current = undefined;
    const { batch, done, first, records } = run;
    this.#queue.unshift({ batch, done, next: first, end: first + records });
    this.#records += run.records;
    this.#packets += run.packets;
    this.#bytes += memoryOf(run.records, run.end - run.start);
  }

  /** The current run is sent. */
  sent(): void {
    const { records, packets } = this.#finish();
    this.counts.recordsSent += records;
    this.counts.packetsSent += packets;
  }

  /** The current run's records within its first `writtenBytes` are sent, the rest will not be. */
  sentInPart(writtenBytes: number, reason: UnsentReason): void {
    const run = this.current!;
    const { batch, first } = run;
    let records = 0;
    while (records < run.records && batch.ends[first + records]! - run.start <= writtenBytes) records++;
    const packets = packetsOf(batch, first, first + records);
    this.#finish();
    this.counts.recordsSent += records;
    this.counts.packetsSent += packets;
    this.#countUnsent({ records: run.records - records, packets: run.packets - packets }, reason);
  }

  /** The current run will not be sent. */
  unsent(reason: UnsentReason): void {
    this.#countUnsent(this.#finish(), reason);
  }

  /** A run that was counted as sent turned out not to have arrived. */
  recall(run: RecordRun, reason: UnsentReason): void {
    this.counts.recordsSent -= run.records;
    this.counts.packetsSent -= run.packets;
    this.#countUnsent(run, reason);
  }

  /** Counts all that waits, and all that may still come, as unsent. Called again, the first reason stays. */
  close(reason: UnsentReason): void {
    this.#closedAs ??= reason;
    if (this.current !== undefined) this.unsent(this.#closedAs);
    while (this.#queue.length > 0) this.#drop(this.#closedAs);
    this.#wake();
  }

  #finish(): RecordRun {
    const run = this.current!;
    this.current = undefined;
    this.#letGo(run);
    if (this.ready) this.#wake();
    return run;
  }

  /** The oldest waiting record will not be sent. */
  #drop(reason: UnsentReason): void {
    const run = this.#take(0)!;
    this.#countUnsent(run, reason);
    this.#letGo(run);
  }

  /** Of a batch's records, what is left is the current run and what waits first. */
  #letGo({ batch, done }: RecordRun): void {
    if (batch !== this.current?.batch && batch !== this.#queue[0]?.batch) done?.();
  }

  #take(packBytes: number): RecordRun | undefined {
    const oldest = this.#queue[0];
    if (oldest === undefined) return undefined;
    const { batch, done, next: first, end } = oldest;
    const start = first === 0 ? 0 : batch.ends[first - 1]!;
    const all = batch.ends[end - 1]! - start <= packBytes;
    let next = all ? end : first + 1;
    while (next < end && batch.ends[next]! - start <= packBytes) next++;
    const packets = packetsOf(batch, first, next);
    const run = { batch, done, first, records: next - first, packets, start, end: batch.ends[next - 1]! };
    this.#records -= run.records;
    this.#packets -= packets;
    this.#bytes -= run.end - start + run.records * bytesPerRecord;
    oldest.next = next;
    if (next === end) {
      this.#queue.shift();
      this.#bytes -= batchBytes;
    }
    return run;
  }

  #countUnsent({ records, packets }: { records: number; packets: number }, reason: UnsentReason): void {
    this.counts.recordsUnsent[reason] += records;
    this.counts.packetsUnsent[reason] += packets;
  }

  #wake(): void {
    const wakers = this.#wakers;
    if (wakers.length === 0) return;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}

/** Packets of the records from `first` up to, not including, `next`. */
function packetsOf({ packetSums }: RecordBatch, first: number, next: number): number {
  const before = (position: number) => (position === 0 ? 0 : packetSums[position - 1]!);
  return before(next) - before(first);
}
