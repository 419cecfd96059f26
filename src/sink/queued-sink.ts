/**
 * A sink for any transport. It owns the queue, the order, retries and counts, and says when the reader goes and comes back.
 *
 * Runs go out in order. When one has to be sent again, no other is begun, and those under way behind it are sent
 * again, too, unless they arrived. So the reader gets records in order, some of them twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../host/log.js';
import type { EncodedRecords } from '../record/encoded-records.js';
import { type AgainAnswer, type Flight, Flights, failureOf, plainest } from './queue/flight.js';
import { Presence } from './queue/presence.js';
import { RunSize } from './queue/run-size.js';
import { Tries } from './queue/tries.js';
import type { RecordQueue } from './record-queue.js';
import { bytesOf, positionOfLonger, type RecordRun } from './record-run.js';
import type { Sink, SinkCounts, UnsentReason } from './sink.js';
import type { Answer, Retry, Transport } from './transport.js';

export interface QueuedSinkOptions {
  readonly name: string;
  readonly transport: Transport;
  readonly queue: RecordQueue;
  /** Whether waiting records outlive this process: then the end does not wait for a reader that is away. */
  readonly isDurable?: boolean;
  readonly log: Pick<Log, 'limited'>;
  /** The clock of `tick` and of `close`'s deadline. */
  readonly nowMs: () => number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** How often the end checks whether everything was sent. */
const closingTickMs = 5;
/** How long a transport may take to close after its deadline before it is abandoned. */
const closingGraceMs = 1_000;
export class QueuedSink implements Sink {
  readonly name: string;
  readonly #options: QueuedSinkOptions;
  readonly #transport: Transport;
  readonly #queue: RecordQueue;
  readonly #presence: Presence;
  readonly #size: RunSize;
  readonly #flights = new Flights();
  readonly #tries = new Tries();
  #state: 'new' | 'opening' | 'up' | 'resting' | 'closed' = 'new';
  /** When 'resting' ends. */
  #dueMs = 0;
  #flushing = false;
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(options: QueuedSinkOptions) {
    const { name, transport, queue, nowMs, isDurable = false, random = Math.random } = options;
    this.name = name;
    this.#options = options;
    this.#transport = transport;
    this.#queue = queue;
    this.#size = new RunSize(transport.limits.records);
    this.#presence = new Presence({
      nowMs,
      report: (subject, text) => this.#report(subject, text),
      random,
      isDurable,
    });
  }

  get acknowledgedBy(): Sink['acknowledgedBy'] {
    return this.#transport.acknowledgedBy;
  }

  get counts(): SinkCounts {
    const counts = this.#queue.counts;
    const recordsAcknowledged = this.acknowledgedBy === undefined ? 0 : counts.recordsSent;
    return { ...counts, recordsAcknowledged, ...this.#tries.counts };
  }

  get ready(): boolean {
    return this.#queue.ready;
  }

  get away(): boolean {
    return this.#presence.absentAs !== undefined;
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
    if (dropped > 0) this.#report('queue', 'the queue is full; the oldest records are dropped');
    this.#tries.leave(dropped);
    this.#proceed();
  }

  tick(nowMs: number): void {
    if (this.#state === 'closed') return;
    this.#transport.tick?.(nowMs);
    if (this.#state === 'resting' && nowMs >= this.#dueMs) this.#state = 'up';
    this.#proceed();
    const isAllUnderWay = this.#flights.records === this.#queue.counts.recordsWaiting;
    if (this.#flushing && isAllUnderWay) this.#transport.flush?.();
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

  hurry(): void {
    this.#deadlineMs = 0;
  }

  async close(deadlineMs: number): Promise<void> {
    const { nowMs } = this.#options;
    this.#deadlineMs = Math.min(this.#deadlineMs, deadlineMs);
    this.#flushing = true;
    this.#presence.isClosing = true;
    this.#dueMs = Math.min(this.#dueMs, nowMs());
    // One more try, also for records that could stay on disk.
    this.tick(nowMs());
    while (!this.#isOver(this.#deadlineMs) && nowMs() < this.#deadlineMs) {
      await sleep(closingTickMs);
      this.tick(nowMs());
    }
    const reason = this.#presence.absentAs ?? (this.#state === 'opening' ? 'unreachable' : 'closed');
    this.#state = 'closed';
    await this.#closeTransport(this.#deadlineMs);
    await this.#queue.close(this.#presence.absentAs ?? reason);
  }

  /** Nothing waits, or nothing more can be sent in time. What is on disk is not waited for while the reader is away. */
  #isOver(deadlineMs: number): boolean {
    if (this.#queue.isEmpty) return true;
    if (this.#flights.all.length > 0) return false;
    const { isDurable = false } = this.#options;
    return (isDurable && this.away) || (this.#state === 'resting' && this.#dueMs >= deadlineMs);
  }

  async #closeTransport(deadlineMs: number): Promise<void> {
    const { nowMs } = this.#options;
    const mostMs = Math.max(0, deadlineMs - nowMs()) + closingGraceMs;
    const giveUp = new AbortController();
    const givenUp = sleep(mostMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
    await Promise.race([
      this.#transport.close(deadlineMs).then(() => this.#allAnswered(giveUp.signal)),
      givenUp,
    ]);
    giveUp.abort();
    // Runs that still have no answer may have arrived.
    for (const flight of this.#flights.endAll())
      this.#waitsAgain(flight, { kind: 'retry', why: 'no answer', mayHaveArrived: true });
  }

  /** Answers arrive on later turns of the event loop. */
  async #allAnswered(giveUp: AbortSignal): Promise<void> {
    while (this.#flights.all.length > 0 && !giveUp.aborted) await sleep(1);
  }

  /** Sends as much as the transport takes. */
  #proceed(): void {
    while (this.#state === 'up' && this.#mayBeginAnother) {
      const run = this.#take();
      if (run === undefined) return;
      const triedBefore = this.#tries.leave(run.records);
      if (run.records === 1 && bytesOf(run) > this.#transport.limits.recordBytes)
        this.#dropped(run, 'too-long', `it is ${bytesOf(run)} bytes long`);
      else this.#begin(run, triedBefore);
    }
  }

  /** The oldest records that may go out together. A record that is too long comes alone. */
  #take(): RecordRun | undefined {
    const { bytes, recordBytes } = this.#transport.limits;
    const mostBytes = Math.min(bytes, this.#bytesLeft);
    const run = this.#queue.take(mostBytes, this.#size.most);
    const beforeLong = run && positionOfLonger(run, recordBytes);
    if (run === undefined || run.records === 1 || beforeLong === undefined) return run;
    this.#queue.giveBack(run);
    return this.#queue.take(mostBytes, Math.max(1, beforeLong));
  }

  get #bytesLeft(): number {
    return this.#transport.limits.bytesUnderWay - this.#flights.bytes;
  }

  /** Waits for room for a good-sized run. A reader that is away is tried with one run. */
  get #mayBeginAnother(): boolean {
    if (this.#flights.all.length === 0) return true;
    const { runsUnderWay, bytes } = this.#transport.limits;
    const hasFailed = this.#flights.all.some(({ answer }) => answer !== undefined);
    const mostRuns = this.away ? 1 : runsUnderWay;
    return !hasFailed && this.#flights.all.length < mostRuns && this.#bytesLeft >= bytes / 2;
  }

  #begin(run: RecordRun, triedBefore: number): void {
    const flight = this.#flights.begin(run, triedBefore);
    void this.#transport.send(run).then((answer) => this.#answered(flight, plainest(answer, run)));
  }

  #answered(flight: Flight, answer: Answer): void {
    // Too late: it was given up.
    if (!this.#flights.all.includes(flight)) return;
    if (answer.kind === 'sent' || answer.kind === 'drop') {
      this.#presence.answered(this.#queue.counts.recordsWaiting);
      this.#flights.end(flight);
      if (answer.kind === 'drop') {
        this.#dropped(flight.run, answer.reason, answer.why);
      } else {
        this.#size.taken(flight.run.records);
        this.#queue.sent(flight.run);
      }
    } else {
      flight.answer = answer;
    }
    if (this.#flights.all.every((other) => other.answer !== undefined)) this.#sendAgain();
    this.#proceed();
  }

  #dropped(run: RecordRun, reason: UnsentReason, why: string): void {
    this.#queue.unsent(reason, run);
    this.#reportUnsent(reason, run.records, why);
  }

  #reportUnsent(reason: UnsentReason, records: number, why: string): void {
    const what = records === 1 ? '1 record was' : `${records} records were`;
    this.#report(reason, `${what} not sent: ${why}`);
  }

  /** Everything under way has an answer. Runs go back to the queue last one first, which keeps the order. */
  #sendAgain(): void {
    const answers = this.#flights.all.map(({ answer }) => answer!);
    const failure = failureOf(answers);
    if (failure === undefined && answers.length > 0)
      this.#presence.answered(this.#queue.counts.recordsWaiting);
    for (const flight of this.#flights.endAll()) this.#waitsAgain(flight, flight.answer!);
    const partly = answers.find((answer) => answer.kind === 'each');
    if (failure !== undefined) this.#rest(failure);
    else if (partly !== undefined && partly.again.length > 0)
      this.#pause(this.#presence.pauseMs(partly.afterMs));
  }

  #waitsAgain({ run, triedBefore }: Flight, answer: AgainAnswer): void {
    if (answer.kind === 'each') {
      const { again, rejected, why } = answer;
      this.#queue.settleEach(run, again, rejected);
      this.#tries.waitAgain(again.length, again.filter((position) => position < triedBefore).length);
      if (answer.mayHaveArrived) this.#tries.mayHaveArrived(again.length);
      if (rejected.length > 0) this.#reportUnsent('rejected', rejected.length, why);
    } else if (answer.kind === 'split' && run.records === 1) {
      this.#dropped(run, 'too-long', answer.why);
    } else {
      if (answer.kind === 'split') this.#size.tooMuch(run.records);
      else if (answer.mayHaveArrived) this.#tries.mayHaveArrived(run.records);
      this.#queue.giveBack(run);
      const isUntried = this.#state === 'closed' || (answer.kind === 'retry' && answer.isUntried);
      this.#tries.waitAgain(isUntried ? triedBefore : run.records, triedBefore);
    }
  }

  /** The reader may be away: waits before the next try. */
  #rest(failure: Retry): void {
    if (this.#state === 'closed' && failure.absence === undefined) return;
    this.#pause(this.#presence.failed(failure));
  }

  #pause(ms: number): void {
    if (this.#state === 'closed' || ms === 0) return;
    this.#state = 'resting';
    this.#dueMs = this.#options.nowMs() + ms;
  }

  #report(subject: string, text: string): void {
    this.#options.log.limited(`${this.name} ${subject}`, `${this.name}: ${text}`);
  }
}
