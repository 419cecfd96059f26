/**
 * What a sink holds and what became of it: records that wait, first in, first out, as they were handed over; the run of
 * them that is on its way out; and the counts, which always add up.
 */
import type { EncodedRecords } from '../record/encoded-records.js';
import type { RecordQueue } from './record-queue.js';
import {
  bytesOf,
  copyOf,
  type HandedOver,
  packetsAt,
  packetsOf,
  type RecordRun,
  recordsBefore,
} from './record-run.js';
import { newSinkCounts, type UnsentReason } from './sink.js';

/** What encoded records take beside their bytes: objects, measured with one record each time, and two numbers a record. */
const overheadBytes = 640;
const bytesPerRecord = Uint32Array.BYTES_PER_ELEMENT + Float64Array.BYTES_PER_ELEMENT;

/** Bytes of memory that records take while they wait, handed over together. */
export const memoryOf = (records: number, recordBytes: number): number =>
  overheadBytes + records * bytesPerRecord + recordBytes;

/** With less than this waiting, a sink wants more. */
const lowWaterBytes = 1024 * 1024;

interface Queued {
  readonly encoded: EncodedRecords;
  readonly handedOver: HandedOver;
  /** Its records from `next` to `end` (exclusive) wait. */
  next: number;
  readonly end: number;
}

export class Outbox implements RecordQueue {
  readonly counts = newSinkCounts();
  /** Runs on their way out, in order; they cannot be dropped. */
  readonly #underWay: RecordRun[] = [];
  readonly #limitBytes: number;
  readonly #lowWaterBytes: number;
  readonly #queue: Queued[] = [];
  /** Memory of what waits, without what is on its way out. */
  #bytes = 0;
  /** How everything that still comes is counted, once it is closed. */
  #closedAs: UnsentReason | undefined;
  #wakers: (() => void)[] = [];

  /** Waiting records take at most `limitBytes` of memory; the oldest give way. With less than `readyBytes` it wants more. */
  constructor(limitBytes: number, readyBytes = Math.min(lowWaterBytes, limitBytes / 2)) {
    this.#limitBytes = limitBytes;
    this.#lowWaterBytes = readyBytes;
  }

  /** The first run on its way out. */
  get current(): RecordRun | undefined {
    return this.#underWay[0];
  }

  /** Nothing waits, and nothing is on its way out. */
  get isEmpty(): boolean {
    return this.counts.recordsWaiting === 0;
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
   * Takes records in; returns how many of the oldest were dropped as 'queue-full' for them. Calls `done` once, when none
   * of them waits or is on its way out.
   */
  push(encoded: EncodedRecords, done?: () => void): number {
    const { records, packetSums, ends } = encoded;
    if (records === 0) {
      done?.();
      return 0;
    }
    this.#queue.push({ encoded, handedOver: { done, left: records }, next: 0, end: records });
    this.counts.recordsWaiting += records;
    this.counts.packetsWaiting += packetSums[records - 1]!;
    this.#bytes += memoryOf(records, ends[records - 1]!);
    if (this.#closedAs !== undefined) this.close(this.#closedAs);
    let dropped = 0;
    for (; this.#bytes > this.#limitBytes; dropped++) this.#drop('queue-full');
    return dropped;
  }

  /**
   * Makes the oldest waiting record `current`, with as many of those behind it as fit into `packBytes` together and were
   * handed over with it, unless there is a current run already. Undefined when nothing waits.
   */
  next(packBytes: number): RecordRun | undefined {
    return this.current ?? this.take(packBytes);
  }

  /** Like `next`, but beside the runs that are on their way already, and with `mostRecords` at the most. */
  take(packBytes: number, mostRecords = Number.POSITIVE_INFINITY): RecordRun | undefined {
    const run = this.#take(packBytes, mostRecords);
    if (run === undefined) return undefined;
    this.#underWay.push(run);
    if (this.ready) this.#wake();
    return run;
  }

  /**
   * Like `next`, but splits a current run of several records that is longer than `packBytes`, and gives each record that
   * is longer than `longestBytes` to `tooLong`, which has to take it out of the way.
   */
  nextWithin(
    packBytes: number,
    longestBytes: number,
    tooLong: (run: RecordRun) => void,
  ): RecordRun | undefined {
    for (let run = this.next(packBytes); run; run = this.next(packBytes)) {
      const bytes = bytesOf(run);
      if (run.records > 1 && bytes > packBytes) this.giveBack();
      else if (bytes > longestBytes) tooLong(run);
      else return run;
    }
    return undefined;
  }

  /** A run waits again, as the oldest: of several the last one taken goes first. */
  giveBack(run = this.current!): void {
    const { encoded, handedOver, first, records, start, end } = run;
    const behind = first + records;
    const oldest = this.#queue[0];
    this.#forget(run);
    this.#bytes += end - start + records * bytesPerRecord;
    if (oldest?.encoded === encoded && oldest.next === behind) {
      oldest.next = first;
    } else {
      this.#queue.unshift({ encoded, handedOver, next: first, end: behind });
      this.#bytes += overheadBytes;
    }
  }

  /** A run is sent. */
  sent(run = this.current!): void {
    const { records, packets, inFragments } = this.#finish(run);
    this.counts.recordsSent += records;
    this.counts.packetsSent += packets;
    if (inFragments) this.counts.recordsFragmented += records;
  }

  /** The current run's records within its first `writtenBytes` are sent, the rest will not be. */
  sentInPart(writtenBytes: number, reason: UnsentReason): void {
    const run = this.current!;
    const { encoded, first } = run;
    const records = recordsBefore(run, run.start + writtenBytes);
    const packets = packetsOf(encoded, first, first + records);
    this.#finish(run);
    this.counts.recordsSent += records;
    this.counts.packetsSent += packets;
    this.#countUnsent({ records: run.records - records, packets: run.packets - packets }, reason);
  }

  /** A run will not be sent. */
  unsent(reason: UnsentReason, run = this.current!): void {
    this.#countUnsent(this.#finish(run), reason);
  }

  /** Returns those that wait again, if any: they have memory of their own now. */
  settleEach(
    run: RecordRun,
    again: readonly number[],
    rejected: readonly number[],
  ): EncodedRecords | undefined {
    const { counts } = this;
    const waiting = again.length === 0 ? undefined : copyOf(run, again);
    const refused = rejected.reduce((sum, position) => sum + packetsAt(run, position), 0);
    this.#finish(run);
    counts.recordsSent += run.records - again.length - rejected.length;
    counts.packetsSent += run.packets - refused;
    this.#countUnsent({ records: rejected.length, packets: refused }, 'rejected');
    if (waiting === undefined) return undefined;
    const { records, packetSums, ends } = waiting;
    const packets = packetSums[records - 1]!;
    counts.packetsSent -= packets;
    counts.recordsWaiting += records;
    counts.packetsWaiting += packets;
    const handedOver = { done: undefined, left: records };
    this.#queue.unshift({ encoded: waiting, handedOver, next: 0, end: records });
    this.#bytes += memoryOf(records, ends[records - 1]!);
    return waiting;
  }

  /** A run that was counted as sent turned out not to have arrived. */
  recall(run: RecordRun, reason: UnsentReason): void {
    this.counts.recordsSent -= run.records;
    this.counts.packetsSent -= run.packets;
    if (run.inFragments) this.counts.recordsFragmented -= run.records;
    this.#countUnsent(run, reason);
  }

  /** Counts all that waits, and all that may still come, as unsent. Called again, the first reason stays. */
  close(reason: UnsentReason): void {
    this.#closedAs ??= reason;
    while (this.current !== undefined) this.unsent(this.#closedAs);
    while (this.#queue.length > 0) this.#drop(this.#closedAs);
    this.#wake();
  }

  #forget(run: RecordRun): void {
    const position = this.#underWay.indexOf(run);
    if (position < 0) throw new Error('a run was settled that is not on its way');
    if (position === 0) this.#underWay.shift();
    else this.#underWay.splice(position, 1);
  }

  #finish(run: RecordRun): RecordRun {
    this.#forget(run);
    this.#letGo(run);
    if (this.ready) this.#wake();
    return run;
  }

  /** The oldest waiting record will not be sent. */
  #drop(reason: UnsentReason): void {
    const run = this.#take(0)!;
    this.#letGo(run);
    this.#countUnsent(run, reason);
  }

  /** It does not wait any more. */
  #letGo({ handedOver, records, packets }: RecordRun): void {
    this.counts.recordsWaiting -= records;
    this.counts.packetsWaiting -= packets;
    handedOver.left -= records;
    if (handedOver.left === 0) handedOver.done?.();
  }

  #take(packBytes: number, mostRecords = Number.POSITIVE_INFINITY): RecordRun | undefined {
    const oldest = this.#queue[0];
    if (oldest === undefined) return undefined;
    const { encoded, handedOver, next: first } = oldest;
    const end = Math.min(oldest.end, first + mostRecords);
    const start = first === 0 ? 0 : encoded.ends[first - 1]!;
    const all = encoded.ends[end - 1]! - start <= packBytes;
    let next = all ? end : first + 1;
    while (next < end && encoded.ends[next]! - start <= packBytes) next++;
    const packets = packetsOf(encoded, first, next);
    const records = next - first;
    const run = {
      encoded,
      handedOver,
      first,
      records,
      packets,
      start,
      end: encoded.ends[next - 1]!,
      inFragments: false,
    };
    this.#bytes -= run.end - start + run.records * bytesPerRecord;
    oldest.next = next;
    if (next === oldest.end) {
      this.#queue.shift();
      this.#bytes -= overheadBytes;
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
