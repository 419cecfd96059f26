/**
 * Writes records to a descriptor: a pipe, a file, a terminal.
 *
 * Node's process.stdout is not written to: it writes synchronously to files and pipes, so a slow reader would hold up the
 * capture. Here one large write is under way at a time, on the thread pool. Pipes and terminals are opened once more,
 * without blocking: a reader that stalls would otherwise hold a thread for good, and with it the end of the process.
 */
import { closeSync, constants, fstatSync, openSync, write } from 'node:fs';
import { steadyMs } from '../host/clock.js';
import type { Log } from '../host/log.js';
import type { EncodedRecords } from '../record/encoded-records.js';
import { Outbox } from './outbox.js';
import { bytesOf, type RecordRun } from './record-run.js';
import type { Sink, SinkCounts } from './sink.js';

export interface StdoutSinkOptions {
  /** 1, or any other descriptor that is open for writing. It stays open when the sink closes. */
  readonly descriptor: number;
  readonly log: Pick<Log, 'limited'>;
  /** What the user called it. */
  readonly name?: string;
  /** The clock of `tick` and of `close`'s deadline. */
  readonly nowMs?: () => number;
  /** Bytes of records that wait at the most; the oldest give way. */
  readonly queueBytes?: number;
}

const defaultQueueBytes = 64 * 1024 * 1024;

/** A full pipe is tried again at once so often, which a quick reader needs, and then after pauses that double. */
const immediateTries = 20;
const shortestPauseMs = 1;
const longestPauseMs = 50;

/** setTimeout takes no more. */
const longestTimerMs = 2 ** 31 - 1;

/** After these no write can succeed any more. EPIPE: the reader has gone, as `head` does when it has enough. */
const finalErrors: readonly (string | undefined)[] = ['EPIPE', 'EBADF', 'EIO'];

const newline = Buffer.from('\n');

/** Opens a sink, which takes the rights of whoever opened the descriptor. One that is not open makes it `broken`. */
export function openStdoutSink(options: StdoutSinkOptions): Sink {
  const sink = new StdoutSink(options);
  sink.open();
  return sink;
}

class StdoutSink implements Sink {
  readonly name: string;
  readonly #log: Pick<Log, 'limited'>;
  readonly #nowMs: () => number;
  readonly #outbox: Outbox;
  /** The descriptor that was given, or one of our own that never blocks. */
  #descriptor: number;
  #isOwn = false;
  /** How much of the outbox's current run is written. */
  #written = 0;
  /** A write, or the pause before another try, is under way. */
  #busy: 'writing' | 'pausing' | undefined;
  #tries = 0;
  /** A record was cut off by an error: its line has to be ended before the next. */
  #torn = false;
  #broken = false;
  /** Nothing more is written. */
  #stopped = false;
  /** Called when nothing is under way any more. */
  #idle: () => void = () => {};

  constructor(options: StdoutSinkOptions) {
    this.name = options.name ?? '-';
    this.#log = options.log;
    this.#nowMs = options.nowMs ?? steadyMs;
    this.#outbox = new Outbox(options.queueBytes ?? defaultQueueBytes);
    this.#descriptor = options.descriptor;
  }

  open(): void {
    try {
      const descriptor = withoutBlocking(this.#descriptor);
      this.#isOwn = descriptor !== this.#descriptor;
      this.#descriptor = descriptor;
    } catch (error) {
      this.#failed(error as NodeJS.ErrnoException);
    }
  }

  get counts(): SinkCounts {
    return this.#outbox.counts;
  }

  get ready(): boolean {
    return this.#outbox.ready;
  }

  get broken(): boolean {
    return this.#broken;
  }

  write(encoded: EncodedRecords, done?: () => void): void {
    const dropped = this.#outbox.push(encoded, () => {
      // From then on a write that nobody waits for may still read.
      if (!this.#stopped) done?.();
    });
    if (dropped > 0) this.#report('queue', 'the reader is too slow; the oldest records are dropped');
    if (this.#busy === undefined) this.#proceed();
  }

  /** Has nothing to do: the descriptor sets the pace. */
  tick(): void {}

  drained(): Promise<void> {
    return this.#outbox.drained();
  }

  async close(deadlineMs: number): Promise<void> {
    if (this.#busy !== undefined) {
      const idle = new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
      const leftMs = Math.min(Math.max(0, deadlineMs - this.#nowMs()), longestTimerMs);
      const timer = setTimeout(() => this.#stop(), leftMs);
      await idle;
      clearTimeout(timer);
    }
    this.#stopped = true;
    if (this.#outbox.current !== undefined) this.#outbox.sentInPart(this.#written, 'closed');
    this.#outbox.close('closed');
    if (this.#isOwn) closeSync(this.#descriptor);
  }

  /** Our own descriptor never blocks, so a write on it ends by itself; for another one nobody waits. */
  #stop(): void {
    this.#stopped = true;
    if (this.#busy === 'pausing' || !this.#isOwn) this.#idle();
  }

  /** Writes on, or does nothing where nothing waits. */
  #proceed(): void {
    const run = this.#stopped ? undefined : this.#outbox.next(Number.POSITIVE_INFINITY);
    if (run === undefined) {
      this.#busy = undefined;
      this.#idle();
      return;
    }
    this.#busy = 'writing';
    const bytes = this.#torn ? newline : run.encoded.bytes.subarray(run.start + this.#written, run.end);
    write(this.#descriptor, bytes, 0, bytes.length, null, (error, written) => this.#settled(error, written));
  }

  #settled(error: NodeJS.ErrnoException | null, written: number): void {
    if (error?.code === 'EAGAIN') {
      this.#pause();
      return;
    }
    this.#tries = 0;
    if (error) this.#failed(error);
    else if (this.#torn) this.#torn = false;
    else if (this.#outbox.current !== undefined) this.#advance(this.#outbox.current, written);
    this.#proceed();
  }

  #advance(run: RecordRun, written: number): void {
    this.#written += written;
    if (this.#written < bytesOf(run)) return;
    this.#written = 0;
    this.#outbox.sent();
  }

  #pause(): void {
    this.#busy = 'pausing';
    const doublings = this.#tries++ - immediateTries;
    if (doublings < 0) setImmediate(() => this.#proceed());
    else setTimeout(() => this.#proceed(), Math.min(longestPauseMs, shortestPauseMs * 2 ** doublings));
  }

  #failed(error: NodeJS.ErrnoException): void {
    const final = finalErrors.includes(error.code);
    const reason = error.code === 'EPIPE' ? 'closed' : 'failed';
    const run = this.#outbox.current;
    if (run !== undefined) {
      const { bytes } = run.encoded;
      this.#torn ||= this.#written > 0 && bytes[run.start + this.#written - 1] !== newline[0];
      this.#outbox.sentInPart(this.#written, reason);
      this.#written = 0;
    }
    if (final) {
      this.#broken = true;
      this.#outbox.close(reason);
    }
    if (error.code === 'EPIPE') return;
    const remedy = `${final ? '' : 'free space there, or '}redirect them elsewhere`;
    this.#report('write', `cannot write records: ${error.message}; ${remedy}`);
  }

  #report(subject: string, text: string): void {
    const name = this.name === '-' ? 'stdout' : this.name;
    this.#log.limited(`${name} ${subject}`, `${name}: ${text}`);
  }
}

/** A descriptor for the same pipe or terminal that never blocks; where that cannot be had, and for files, the same. */
function withoutBlocking(descriptor: number): number {
  const kind = fstatSync(descriptor);
  if (kind.isSocket()) {
    // It cannot be opened once more. Node's stream for stdout, once there, keeps it from blocking, and does no more.
    if (descriptor === 1) void process.stdout;
    return descriptor;
  }
  if (!kind.isFIFO() && !kind.isCharacterDevice()) return descriptor;
  try {
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return openSync(`/proc/self/fd/${descriptor}`, flags);
  } catch {
    return descriptor;
  }
}
