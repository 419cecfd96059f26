/**
 * Appends runs to a file, which it rotates by size or age, and opens anew when it is told to.
 *
 * One thing is done at a time, in order, on the thread pool. Whatever goes wrong, records go on into the file that is
 * open, or wait: a rotation or a reopening that fails is tried again with later records.
 */
import { lstat, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bytesOf, type RecordRun } from '../record-run.js';
import { syncFolder } from '../sync-folder.js';
import type { Answer, RunLimits, Transport } from '../transport.js';
import { type Appended, AppendedFile, type FileOpening } from './appended-file.js';
import { problemText } from './problems.js';
import { RotatedFiles } from './rotated-files.js';

/** When to begin another file; without either, never. */
export interface Rotation {
  readonly bytes?: number;
  readonly ms?: number;
  /** How many rotated files to keep. */
  readonly keep: number;
}

export interface FileTransportOptions {
  /** Absolute. */
  readonly path: string;
  readonly opening: FileOpening;
  readonly rotation: Rotation | undefined;
  /** Lines for the operator: with the same subject, not more than one a minute. */
  readonly say: (subject: string, text: string) => void;
  /** The clock of `close`'s deadline, milliseconds. */
  readonly nowMs: () => number;
  /** Milliseconds since the epoch. */
  readonly wallMs?: () => number;
}

const runBytes = 1024 * 1024;

/** How long to wait after a rotation that failed. */
const pauseMs = 60_000;

export class FileTransport implements Transport {
  /** No record is longer than the smallest size that a file can be rotated at. */
  readonly limits: RunLimits = {
    records: 65_536,
    bytes: runBytes,
    recordBytes: runBytes,
    runsUnderWay: 1,
    bytesUnderWay: runBytes,
  };
  readonly acknowledgedBy = undefined;
  readonly #options: FileTransportOptions;
  readonly #rotated: RotatedFiles | undefined;
  #file: AppendedFile;
  /** When the file is too old. */
  #oldMs = Number.POSITIVE_INFINITY;
  /** The earliest time of the next rotation. */
  #notBeforeMs = 0;
  #isToReopen = false;
  /** What was begun last. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(options: FileTransportOptions, file: AppendedFile) {
    const { path, rotation, say } = options;
    this.#options = options;
    this.#file = file;
    if (rotation !== undefined) this.#rotated = new RotatedFiles({ path, keep: rotation.keep, say });
    this.#begins(file);
  }

  /** Rejects with a RefusedFile, or the system's error. */
  static async open(options: FileTransportOptions): Promise<FileTransport> {
    return new FileTransport(options, await AppendedFile.open(options.path, options.opening));
  }

  /** Deletes and compresses what an earlier run left. */
  async open(): Promise<undefined> {
    this.#rotated?.tidy();
  }

  send(run: RecordRun): Promise<Answer> {
    return this.#inTurn(() => this.#send(run)).catch((problem) => retryAnswer(problem));
  }

  reopen(): void {
    if (this.#isClosed) return;
    void this.#inTurn(() => this.#reopen());
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isClosed = true;
    await this.#inTurn(() => this.#leave());
    await this.#rotated?.close(deadlineMs - this.#options.nowMs());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #send(run: RecordRun): Promise<Answer> {
    let stats = await this.#file.stats();
    // It was deleted: whatever is written to it would be lost.
    const isGone = stats.nlink === 0;
    if (isGone || this.#isToReopen) {
      const problem = await this.#reopen();
      if (isGone && problem !== undefined) return retryAnswer(problem);
      stats = await this.#file.stats();
    }
    if (this.#isDue(stats.size, bytesOf(run))) {
      await this.#rotate();
      stats = await this.#file.stats();
    }
    return answerTo(run, await this.#file.append(run, stats.size));
  }

  /** Opens the file at the path. When that fails, keeps the one it has, returns why, and tries again with later runs. */
  async #reopen(): Promise<unknown> {
    const { path, opening } = this.#options;
    this.#isToReopen = true;
    try {
      const file = await AppendedFile.open(path, opening, this.#file);
      this.#isToReopen = false;
      if (file === this.#file) return undefined;
      await this.#leave();
      this.#file = file;
      this.#begins(file);
      this.#rotated?.tidy();
      return undefined;
    } catch (problem) {
      this.#say('reopen', `goes on in the file that it has open, for the new one: ${problemText(problem)}`);
      return problem;
    }
  }

  #begins(file: AppendedFile): void {
    const { rotation, path, nowMs, wallMs = Date.now } = this.#options;
    const ageMs = file.madeMs > 0 ? Math.max(0, wallMs() - file.madeMs) : 0;
    if (rotation?.ms !== undefined) this.#oldMs = nowMs() + rotation.ms - ageMs;
    if (file.isTorn) this.#say('torn', `the last line of ${path} is torn; it stays, and a newline ends it`);
  }

  /** Whether to rotate before writing this many bytes. An empty file is never rotated. */
  #isDue(size: number, bytes: number): boolean {
    const { rotation, nowMs } = this.#options;
    if (rotation === undefined || size === 0 || nowMs() < this.#notBeforeMs) return false;
    return size + bytes > (rotation.bytes ?? Number.POSITIVE_INFINITY) || nowMs() >= this.#oldMs;
  }

  async #rotate(): Promise<void> {
    const { path, nowMs, wallMs = Date.now } = this.#options;
    try {
      // Logrotate may have moved it already, with its signal still to come.
      const stats = await lstat(path).catch(() => undefined);
      if (stats !== undefined && this.#file.isSame(stats)) {
        await this.#file.sync();
        await rename(path, await this.#rotated!.nextPath(wallMs()));
        await syncFolder(dirname(path)).catch(() => {});
      }
      await this.#reopen();
    } catch (problem) {
      this.#notBeforeMs = nowMs() + pauseMs;
      this.#say('rotate', `cannot be rotated, and grows: ${problemText(problem)}`);
    }
  }

  /** Never rejects: nobody could tell which records did not reach the disk. */
  async #leave(): Promise<void> {
    try {
      await this.#file.close();
    } catch (problem) {
      this.#say('fsync', `some of its last records may not be on the disk: ${problemText(problem)}`);
    }
  }

  #say(subject: string, text: string): void {
    this.#options.say(subject, text);
  }
}

function answerTo(run: RecordRun, { records, problem }: Appended): Answer {
  if (problem === undefined) return { kind: 'sent' };
  if (records === 0) return retryAnswer(problem);
  const again = Array.from({ length: run.records - records }, (_, i) => records + i);
  return { kind: 'each', again, rejected: [], why: problemText(problem) };
}

const retryAnswer = (problem: unknown): Answer => ({
  kind: 'retry',
  why: problemText(problem),
  absence: 'failed',
});
