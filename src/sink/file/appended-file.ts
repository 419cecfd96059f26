/** An open file that takes whole lines. A line that does not fit is cut off again, so the file never ends inside one. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { constants as system } from 'node:os';
import type { Identity } from '../../host/rights/privileges.js';
import { type RecordRun, recordsBefore } from '../record-run.js';
import { RefusedFile } from './problems.js';

export interface FileOpening {
  /** Who owns a file that is made here; undefined is the process's own user. */
  readonly owner: Identity | undefined;
  /** Takes the lock of a descriptor's file (flock(2)): 0, or a negative error number. Undefined where the addon is missing. */
  readonly lock: ((descriptor: number) => number) | undefined;
  /** Whether the process is root: then hard links could make it write to other users' files. */
  readonly isRoot: boolean;
}

/** How far an append got. */
export interface Appended {
  /** How many records were written whole. */
  readonly records: number;
  /** Why the others were not. */
  readonly problem: unknown;
}

/** A link could make root write anywhere. Without O_NONBLOCK, opening a named pipe would wait for its reader. */
const flags =
  constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const newFileMode = 0o640;

const newline = Buffer.from('\n');

/** The files that this process appends to, by device and inode: a file may have several names. */
const inUse = new Set<string>();

const keyOf = ({ dev, ino }: Pick<Stats, 'dev' | 'ino'>): string => `${dev}:${ino}`;

/** Whether this process appends to the file. */
export const isAppendedTo = (stats: Pick<Stats, 'dev' | 'ino'>): boolean => inUse.has(keyOf(stats));

export class AppendedFile {
  readonly #handle: FileHandle;
  readonly #key: string;
  /** When it was made: milliseconds since the epoch; 0 where that was just now, or the file system does not tell. */
  readonly madeMs: number;
  /** It ends within a line: a newline goes before the next one. */
  #isTorn: boolean;

  private constructor(handle: FileHandle, stats: Stats, madeMs: number, isTorn: boolean) {
    this.#handle = handle;
    this.#key = keyOf(stats);
    this.madeMs = madeMs;
    this.#isTorn = isTorn;
  }

  /**
   * Opens the file, or makes it. Gives `current` back where that is still the file of this path. Rejects with a RefusedFile,
   * or the system's error.
   */
  static async open(path: string, opening: FileOpening, current?: AppendedFile): Promise<AppendedFile> {
    const { handle, isNew } = await openOrMake(path);
    try {
      if (isNew && opening.owner !== undefined) await handle.chown(opening.owner.uid, opening.owner.gid);
      const stats = await handle.stat();
      if (current?.isSame(stats)) {
        await handle.close();
        return current;
      }
      const isTorn = await endsWithinLine(handle, stats.size);
      refuseUnfit(stats, handle, opening);
      inUse.add(keyOf(stats));
      return new AppendedFile(handle, stats, isNew ? 0 : stats.birthtimeMs, isTorn);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Whether its last line was torn, and still is. */
  get isTorn(): boolean {
    return this.#isTorn;
  }

  isSame(stats: Pick<Stats, 'dev' | 'ino'>): boolean {
    return keyOf(stats) === this.#key;
  }

  stats(): Promise<Stats> {
    return this.#handle.stat();
  }

  /** Appends a run's lines, as many whole ones as there is room for. `sizeBefore` is what `stats` just said. Never rejects. */
  async append(run: RecordRun, sizeBefore: number): Promise<Appended> {
    const { bytes } = run.encoded;
    let size = sizeBefore;
    let next = run.start;
    try {
      if (this.#isTorn) {
        size += await this.#write(newline, 0, 1);
        this.#isTorn = false;
      }
      while (next < run.end) next += await this.#write(bytes, next, run.end);
      return { records: run.records, problem: undefined };
    } catch (problem) {
      const records = recordsBefore(run, next);
      const whole = records === 0 ? run.start : run.encoded.ends[run.first + records - 1]!;
      if (next > whole) await this.#takeBack(size + next - run.start, size + whole - run.start);
      return { records, problem };
    }
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  /** Flushes everything to disk and closes the file. Rejects when flushing fails; the file is closed in any case. */
  async close(): Promise<void> {
    inUse.delete(this.#key);
    try {
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }

  async #write(bytes: Uint8Array, start: number, end: number): Promise<number> {
    const { bytesWritten } = await this.#handle.write(bytes, start, end - start, null);
    if (bytesWritten === 0) throw new Error('nothing could be written');
    return bytesWritten;
  }

  /** Cuts off an unfinished line; when that fails, a newline goes before the next one. */
  async #takeBack(sizeNow: number, sizeWanted: number): Promise<void> {
    try {
      // Never cut off what another process appended.
      if ((await this.#handle.stat()).size !== sizeNow) throw new Error('it has grown');
      await this.#handle.truncate(sizeWanted);
    } catch {
      this.#isTorn = true;
    }
  }
}

async function openOrMake(path: string): Promise<{ readonly handle: FileHandle; readonly isNew: boolean }> {
  try {
    return { handle: await open(path, flags), isNew: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    return {
      handle: await open(path, flags | constants.O_CREAT | constants.O_EXCL, newFileMode),
      isNew: true,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Another process made it in the meantime.
    return { handle: await open(path, flags), isNew: false };
  }
}

function refuseUnfit(stats: Stats, { fd }: FileHandle, { isRoot, lock }: FileOpening): void {
  if (!stats.isFile()) throw new RefusedFile('irregular');
  if (isAppendedTo(stats)) throw new RefusedFile('in-use');
  if (isRoot && stats.nlink > 1) throw new RefusedFile('linked');
  // Some network file systems have no locks.
  if (lock?.(fd) === -system.errno.EAGAIN) throw new RefusedFile('locked');
}

async function endsWithinLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  const { bytesRead } = await handle.read(last, 0, 1, size - 1);
  return bytesRead === 1 && !last.equals(newline);
}
