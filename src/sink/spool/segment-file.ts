/** The segment that is being written. Nothing here blocks the event loop on the disk. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Segment } from './segment.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** How long written bytes may stay in the kernel's memory, where a power cut would lose them. */
const syncAfterMs = 1_000;

export class SegmentWriter {
  #segment: Segment | undefined;
  #handle: FileHandle | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #finishing = new Set<Promise<void>>();
  readonly #failed: (error: Error) => void;

  /** `failed` is called where something cannot be brought onto the disk itself. */
  constructor(failed: (error: Error) => void) {
    this.#failed = failed;
  }

  get segment(): Segment | undefined {
    return this.#segment;
  }

  /** Opens a new file, or one that is there. Rejects as open(2) does. */
  async open(segment: Segment, isNew: boolean): Promise<void> {
    const flags = isNew ? O_CREAT | O_EXCL : 0;
    // It is in use from now on.
    this.#segment = segment;
    try {
      this.#handle = await open(segment.path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | flags, 0o600);
    } catch (error) {
      this.#segment = undefined;
      throw error;
    }
  }

  /** Whether its file was deleted. */
  async isDeleted(): Promise<boolean> {
    return (await this.#handle!.stat()).nlink === 0;
  }

  /** Appends. Rejects as write(2) does; then the file is restored if possible. */
  async write(runs: readonly Buffer[]): Promise<void> {
    const handle = this.#handle!;
    const { bytes } = this.#segment!;
    try {
      await writeAll(handle, runs, bytes);
    } catch (error) {
      await handle.truncate(bytes).catch(() => undefined);
      throw error;
    }
    this.#timer ??= setTimeout(() => this.#sync(handle), syncAfterMs).unref();
  }

  /** Nothing is written to it any more. */
  finish(): void {
    const handle = this.#handle;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#handle = undefined;
    this.#segment = undefined;
    if (handle === undefined) return;
    const finished = handle
      .datasync()
      .catch(this.#failed)
      .then(() => handle.close())
      .catch(this.#failed)
      .finally(() => this.#finishing.delete(finished));
    this.#finishing.add(finished);
  }

  /** Resolves when all that was written is on the disk itself. */
  async close(): Promise<void> {
    this.finish();
    await Promise.all(this.#finishing);
  }

  #sync(handle: FileHandle): void {
    this.#timer = undefined;
    const synced = handle
      .datasync()
      // It may have been closed since, and has been synced then.
      .catch((error: NodeJS.ErrnoException) => (error.code === 'EBADF' ? undefined : this.#failed(error)))
      .finally(() => this.#finishing.delete(synced));
    this.#finishing.add(synced);
  }
}

async function writeAll(handle: FileHandle, runs: readonly Buffer[], from: number): Promise<void> {
  let waiting = [...runs];
  for (let at = from; waiting.length > 0; ) {
    let { bytesWritten } = await handle.writev(waiting, at);
    at += bytesWritten;
    while (waiting[0] !== undefined && bytesWritten >= waiting[0].length) {
      bytesWritten -= waiting[0].length;
      waiting = waiting.slice(1);
    }
    if (waiting[0] !== undefined) waiting[0] = waiting[0].subarray(bytesWritten);
  }
}

/** Reads pieces of segments: one file is open at a time. */
export class SegmentReader {
  #segment: Segment | undefined;
  #handle: FileHandle | undefined;

  /** Reads up to this many bytes; fewer only at the end of the file. Rejects as read(2) does. */
  async read(segment: Segment, from: number, bytes: number): Promise<Buffer> {
    if (this.#segment !== segment) await this.close();
    this.#handle ??= await open(segment.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    this.#segment = segment;
    const piece = Buffer.allocUnsafeSlow(bytes);
    let filled = 0;
    while (filled < bytes) {
      const { bytesRead } = await this.#handle.read(piece, filled, bytes - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return piece.subarray(0, filled);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#segment = undefined;
    await handle?.close();
  }
}

/** Why a piece of a file can never be read; throws where it may be read later. */
export function lostPiece(error: NodeJS.ErrnoException): string {
  if (error.code !== 'ENOENT' && error.code !== 'EIO') throw error;
  return error.message;
}
