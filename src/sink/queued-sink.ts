/**
 * A sink of any transport: it has the queue, the order, the tries and the counts, and says when the reader goes and comes back.
 *
 * Runs go out in order. Where one has to be sent again, no other is begun, and those behind it that are under way are sent
 * again with it unless they arrived: so the reader gets records in their order, some of them twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../host/log.js';
import type { EncodedRecords } from '../record/encoded-records.js';
import { BackOff } from './back-off.js';
import type { RecordQueue } from './record-queue.js';
import type { RecordRun } from './record-run.js';
import type { Sink, SinkCounts, UnsentReason } from './sink.js';
import type { Answer, Retry, Transport } from './transport.js';

export interface QueuedSinkOptions {
  readonly name: string;
  readonly transport: Transport;
  readonly queue: RecordQueue;
  /** Whether what waits outlives this process: then nobody waits at its end for a reader that is away. */
  readonly isDurable?: boolean;
  readonly log: Pick<Log, 'limited'>;
  /** The clock of `tick` and of `close`'s deadline. */
  readonly nowMs: () => number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** How often the end looks whether all is sent. */
const closingTickMs = 5;

interface Flight {
  readonly run: RecordRun;
  readonly bytes: number;
  answer: Exclude<Answer, { kind: 'sent' | 'drop' }> | undefined;
}

/** Since when the reader has been away, and how. */
interface Absence {
  readonly sinceMs: number;
  readonly reason: UnsentReason;
}

export class QueuedSink implements Sink {
  readonly name: string;
  readonly #options: QueuedSinkOptions;
  readonly #transport: Transport;
  readonly #queue: RecordQueue;
  readonly #backOff: BackOff;
  /** In order. */
  readonly #underWay: Flight[] = [];
  #bytesUnderWay = 0;
  /** Runs of more records than this were too much for the reader. */
  #mostRecords: number;
  #state: 'new' | 'opening' | 'up' | 'resting' | 'closed' = 'new';
  /** When 'resting' ends. */
  #dueMs = 0;
  #absence: Absence | undefined;
  #flushing = false;
  #closing = false;
  readonly #own = { recordsRetried: 0, duplicatesPossible: 0 };

  constructor(options: QueuedSinkOptions) {
    this.name = options.name;
    this.#options = options;
    this.#transport = options.transport;
    this.#queue = options.queue;
    this.#mostRecords = options.transport.limits.records;
    this.#backOff = new BackOff(options.random ?? Math.random);
  }

  get acknowledgedBy(): Sink['acknowledgedBy'] {
    return this.#transport.acknowledgedBy;
  }

  get counts(): SinkCounts {
    const counts = this.#queue.counts;
    const recordsAcknowledged = this.acknowledgedBy === undefined ? 0 : counts.recordsSent;
    return { ...counts, recordsAcknowledged, ...this.#own };
  }

  get ready(): boolean {
    return this.#queue.ready;
  }

  get away(): boolean {
    return this.#absence !== undefined;
  }

  start(): void {
    this.#queue.onMore = () => this.#proceed();
    if (this.#transport.open === undefined) {
      this.#state = 'up';
      this.#proceed();
      return;
    }
    this.#state = 'opening';
    void this.#transport.open().then((failure) => {
      if (this.#state !== 'opening') return;
      this.#state = 'up';
      if (failure !== undefined) this.#rest(failure);
      this.#proceed();
    });
  }

  write(encoded: EncodedRecords, done?: () => void): void {
    const dropped = this.#queue.push(encoded, done);
    if (dropped > 0) this.#report('queue', `the queue is full; the oldest records are dropped`);
    this.#proceed();
  }

  tick(nowMs: number): void {
    this.#transport.tick?.(nowMs);
    if (this.#state === 'resting' && nowMs >= this.#dueMs) this.#state = 'up';
    this.#proceed();
    if (this.#flushing && this.#isAllUnderWay) this.#transport.flush?.();
  }

  flush(): void {
    this.#flushing = true;
  }

  drained(): Promise<void> {
    return this.#queue.drained();
  }

  reopen(): void {
    this.#transport.reopen?.();
  }

  async close(deadlineMs: number): Promise<void> {
    const { nowMs, isDurable = false } = this.#options;
    this.#flushing = true;
    this.#closing = true;
    if (this.#state === 'resting') this.#dueMs = Math.min(this.#dueMs, nowMs());
    const isOver = () => this.#queue.isEmpty || (isDurable && this.away && this.#underWay.length === 0);
    // One more try for what stays on disk, too.
    this.tick(nowMs());
    while (!isOver() && nowMs() < deadlineMs) {
      await sleep(closingTickMs);
      this.tick(nowMs());
    }
    this.#state = 'closed';
    await this.#transport.close(deadlineMs);
    // Each answer is told on a turn of its own.
    while (this.#underWay.length > 0) await sleep(0);
    await this.#queue.close(this.#absence?.reason ?? 'closed');
  }

  /** Sends on, as far as the transport takes it. */
  #proceed(): void {
    const { limits } = this.#transport;
    while (this.#state === 'up' && this.#mayBeginAnother) {
      const run = this.#queue.take(Math.min(limits.bytes, this.#bytesLeft), this.#mostRecords);
      if (run === undefined) return;
      if (run.records === 1 && run.end - run.start > limits.recordBytes) {
        this.#queue.unsent('too-long', run);
        this.#report('too long', `a record of ${run.end - run.start} bytes is too long, and was not sent`);
      } else {
        this.#begin(run);
      }
    }
  }

  get #bytesLeft(): number {
    return this.#transport.limits.bytesUnderWay - this.#bytesUnderWay;
  }

  get #isAllUnderWay(): boolean {
    const records = this.#underWay.reduce((sum, { run }) => sum + run.records, 0);
    return records === this.#queue.counts.recordsWaiting;
  }

  get #mayBeginAnother(): boolean {
    const { runsUnderWay } = this.#transport.limits;
    const hasFailed = this.#underWay.some(({ answer }) => answer !== undefined);
    return !hasFailed && this.#underWay.length < runsUnderWay && this.#bytesLeft > 0;
  }

  #begin(run: RecordRun): void {
    const flight: Flight = { run, bytes: run.end - run.start, answer: undefined };
    this.#underWay.push(flight);
    this.#bytesUnderWay += flight.bytes;
    void this.#transport.send(run).then((answer) => this.#answered(flight, answer));
  }

  #answered(flight: Flight, answer: Answer): void {
    if (answer.kind === 'sent' || answer.kind === 'drop') {
      this.#end(flight);
      if (answer.kind === 'sent') this.#queue.sent(flight.run);
      else this.#dropped(flight.run, answer);
      this.#isBack();
    } else {
      flight.answer = answer;
    }
    if (this.#underWay.every((other) => other.answer !== undefined)) this.#sendAgain();
    this.#proceed();
  }

  #end(flight: Flight): void {
    this.#underWay.splice(this.#underWay.indexOf(flight), 1);
    this.#bytesUnderWay -= flight.bytes;
  }

  #dropped(run: RecordRun, { reason, why }: { readonly reason: UnsentReason; readonly why: string }): void {
    this.#queue.unsent(reason, run);
    this.#report(reason, `${run.records} records are not sent: ${why}`);
  }

  /** All that is under way has an answer, and waits again: the last one first, so that the order is kept. */
  #sendAgain(): void {
    const first = this.#underWay[0]?.answer;
    for (let flight = this.#underWay.at(-1); flight; flight = this.#underWay.at(-1)) {
      this.#end(flight);
      this.#waitsAgain(flight.run, flight.answer!);
    }
    if (first?.kind === 'retry') this.#rest(first);
    else if (first !== undefined) this.#isBack();
    if (first?.kind === 'each' && first.again.length > 0) this.#pause(first.afterMs);
  }

  #waitsAgain(run: RecordRun, answer: NonNullable<Flight['answer']>): void {
    if (answer.kind === 'each') {
      this.#queue.settleEach(run, answer.again, answer.rejected);
      this.#own.recordsRetried += answer.again.length;
      if (answer.mayHaveArrived) this.#own.duplicatesPossible += answer.again.length;
      if (answer.rejected.length > 0)
        this.#report('rejected', `${answer.rejected.length} records are not sent: ${answer.why}`);
    } else if (answer.kind === 'split' && run.records === 1) {
      this.#dropped(run, { reason: 'too-long', why: answer.why });
    } else {
      if (answer.kind === 'split') this.#mostRecords = Math.ceil(run.records / 2);
      this.#queue.giveBack(run);
      if (this.#state === 'closed') return;
      if (answer.kind === 'split' || !answer.isUntried) this.#own.recordsRetried += run.records;
      if (answer.kind === 'retry' && answer.mayHaveArrived) this.#own.duplicatesPossible += run.records;
    }
  }

  /** The reader is away: the next try is later. */
  #rest(failure: Retry): void {
    const { nowMs } = this.#options;
    if (this.#state === 'closed' || failure.atOnce) return;
    if (this.#absence === undefined) {
      this.#absence = { sinceMs: nowMs(), reason: failure.absence ?? 'unreachable' };
      this.#report('away', `${failure.why}; records wait until the reader is back or the run ends`);
    }
    this.#pause(failure.afterMs);
  }

  /** Nothing is begun before the reader wants it, and the back-off is over. */
  #pause(afterMs: number | undefined): void {
    this.#state = 'resting';
    this.#dueMs = this.#options.nowMs() + Math.max(afterMs ?? 0, this.#backOff.pauseMs(this.#closing));
  }

  #isBack(): void {
    this.#backOff.reset();
    const absence = this.#absence;
    if (absence === undefined) return;
    this.#absence = undefined;
    const seconds = ((this.#options.nowMs() - absence.sinceMs) / 1_000).toFixed(1);
    const { recordsWaiting } = this.#queue.counts;
    this.#report('back', `the reader is back after ${seconds} s; ${recordsWaiting} records wait`);
  }

  #report(subject: string, text: string): void {
    this.#options.log.limited(`${this.name} ${subject}`, `${this.name}: ${text}`);
  }
}
