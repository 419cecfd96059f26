/**
 * What becomes of rotated files: they are compressed on the thread pool, one after the other, and the oldest are deleted.
 *
 * A .gz has its name only once it is whole and on the disk; what a crash left behind is done again.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { syncFolder } from '../sync-folder.js';
import { isAppendedTo } from './appended-file.js';
import { problemText } from './problems.js';
import {
  compressedEnding,
  nextRotatedName,
  partialEnding,
  type RotatedFile,
  rotatedFiles,
} from './rotated-names.js';

export interface RotatedFilesOptions {
  /** The file that they were. */
  readonly path: string;
  /** How many to keep. */
  readonly keep: number;
  readonly say: (subject: string, text: string) => void;
}

/** Bytes that are read of a file at a time. */
const chunkBytes = 256 * 1024;

export class RotatedFiles {
  readonly #options: RotatedFilesOptions;
  readonly #folder: string;
  readonly #base: string;
  readonly #abort = new AbortController();
  #work: Promise<void> | undefined;
  /** More work has come up since the current pass began. */
  #isStale = false;

  constructor(options: RotatedFilesOptions) {
    this.#options = options;
    this.#folder = dirname(options.path);
    this.#base = basename(options.path);
  }

  /** Where the file goes when it is rotated now. Rejects where its folder cannot be read. */
  async nextPath(wallMs: number): Promise<string> {
    return join(this.#folder, nextRotatedName(await readdir(this.#folder), this.#base, wallMs));
  }

  /** Starts deleting and compressing, unless that is under way. */
  tidy(): void {
    this.#isStale = true;
    this.#work ??= this.#tidyAll().finally(() => {
      this.#work = undefined;
    });
  }

  /** Stops within `patienceMs`; the next start does the rest. */
  async close(patienceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#abort.abort(), Math.max(0, patienceMs));
    await this.#work;
    clearTimeout(timer);
    this.#abort.abort();
  }

  async #tidyAll(): Promise<void> {
    while (this.#isStale && !this.#abort.signal.aborted) {
      this.#isStale = false;
      try {
        const kept = await this.#deleteOldest(rotatedFiles(await readdir(this.#folder), this.#base));
        for (const file of kept) await this.#compress(file);
      } catch (problem) {
        this.#say('rotated', `its rotated files stay as they are: ${problemText(problem)}`);
      }
    }
  }

  /** Room is made before it is taken. */
  async #deleteOldest(files: readonly RotatedFile[]): Promise<readonly RotatedFile[]> {
    const surplus = Math.max(0, files.length - this.#options.keep);
    for (const { name } of files.slice(0, surplus)) {
      for (const ending of ['', compressedEnding, partialEnding])
        await rm(join(this.#folder, name + ending), { force: true });
    }
    return files.slice(surplus);
  }

  async #compress({ name, hasPlain, hasPartial }: RotatedFile): Promise<void> {
    const path = join(this.#folder, name);
    try {
      if (hasPartial) await rm(path + partialEnding, { force: true });
      if (hasPlain) await compressFile(path, this.#abort.signal);
    } catch (problem) {
      if (this.#abort.signal.aborted) return;
      this.#say('compress', `${name} stays uncompressed: ${problemText(problem)}`);
    }
  }

  #say(subject: string, text: string): void {
    this.#options.say(subject, text);
  }
}

/** Replaces a regular file that nobody appends to by a .gz. When that fails, rejects and leaves the file. */
async function compressFile(path: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await source.stat();
    if (!stats.isFile() || isAppendedTo(stats)) return;
    const partial = path + partialEnding;
    const target = await open(partial, 'wx', stats.mode & 0o777);
    try {
      await pipeline(
        chunksOf(source),
        createGzip({ chunkSize: chunkBytes }),
        async (compressed: AsyncIterable<Buffer>) => {
          for await (const chunk of compressed) await target.appendFile(chunk);
        },
        { signal },
      );
      await target.sync();
      await rename(partial, path + compressedEnding);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    } finally {
      await target.close();
    }
    await syncFolder(dirname(path)).catch(() => {});
    await unlink(path);
  } finally {
    await source.close();
  }
}

/** What a file holds, up to the size that it had at first. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  let { size: bytesLeft } = await file.stat();
  while (bytesLeft > 0) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
    if (bytesRead === 0) return;
    bytesLeft -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
