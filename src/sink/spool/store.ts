/**
 * The records of a spool on disk: written to the last segment, read from the first one on, and settled in any
 * order. A segment is deleted when all its records are settled; when the spool is full, the oldest one gives way.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { randomWords } from '../../host/random.js';
import { syncFolder } from '../sync-folder.js';
import { Cursor } from './cursor.js';
import type { FolderLock } from './folder.js';
import { FolderChanges } from './folder-changes.js';
import type { Part, Position, Written } from './place.js';
import { type Amount, add, moved, origin, type Point } from './point.js';
import { amountOf, findSegments, newSegment, type Segment, segmentBytesOf } from './segment.js';
import { lostPiece, SegmentReader, SegmentWriter } from './segment-file.js';
import { type Piece, Settled } from './settled.js';
import { type FoundRun, findRuns, partOf, runAmount, seal } from './stored-run.js';
import { takeUp } from './take-up.js';

export interface StoreOptions {
  readonly folder: string;
  /** Bytes that all segments may have together. */
  readonly mostBytes: number;
  readonly lock: FolderLock;
  /** Records will not be sent: why is for people. */
  readonly lost: (amount: Amount, reason: 'spool-full' | 'damaged', why: string) => void;
  /** Something went wrong that loses nothing by itself. */
  readonly said: (text: string) => void;
}

const readBytes = 1024 * 1024;

export class Store {
  readonly #options: StoreOptions;
  /** Bytes of a segment, but for one with a single run. */
  readonly segmentBytes: number;
  readonly #cursor: Cursor;
  readonly #writer: SegmentWriter;
  readonly #reader = new SegmentReader();
  readonly #changes: FolderChanges;
  readonly #onDisk = { records: 0, packets: 0 };
  #segments: Segment[] = [];
  #settled = new Settled(origin);
  /** After everything that was ever written. */
  #end = origin;
  /** Everything before it was read, or need not be. */
  #point = origin;
  #position: Position = { segment: undefined, offset: 0, neededBytes: 0 };
  /** Number of the last segment. */
  #number = 0;
  #bytes = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.segmentBytes = segmentBytesOf(options.mostBytes);
    const failed = (what: string) => (error: Error) => options.said(`${what} (${error.message})`);
    this.#cursor = new Cursor(
      join(options.folder, 'cursor'),
      failed('what is acknowledged cannot be noted, and may be sent again after a restart'),
    );
    this.#changes = new FolderChanges(options.said);
    this.#writer = new SegmentWriter(failed('what is written may not outlive a power cut'));
  }

  /** What is in the folder and not settled. */
  get onDisk(): Amount {
    return this.#onDisk;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isUnread(): boolean {
    return this.#point.ordinal < (this.#segments.at(-1)?.end.ordinal ?? 0);
  }

  /** Takes up what an earlier process has left; returns how much. Throws where the folder cannot be used. */
  open(): Amount {
    this.#options.lock.take();
    const noted = this.#cursor.open();
    const { segments, empty, oddBytes } = findSegments(this.#options.folder);
    for (const path of empty) rmSync(path);
    if (oddBytes > 0)
      this.#options.said(`${oddBytes} bytes at the end of the spool were damaged, and are left out`);
    if (noted === undefined && segments.length > 0)
      this.#options.said('what was sent already is not known any more; all that is there is sent again');
    const taken = takeUp(segments, noted);
    this.#segments = taken.segments;
    this.#settled = taken.settled;
    this.#end = taken.end;
    this.#point = taken.settled.before;
    if (noted === undefined) this.#cursor.noteNow(taken.settled);
    this.#bytes = segments.reduce((sum, { bytes }) => sum + bytes, 0);
    Object.assign(this.#onDisk, amountOf(taken.segments));
    return { ...this.#onDisk };
  }

  /** Writes runs. Rejects where that fails; then they are in no segment. To be called again when it has ended. */
  async append(runs: readonly Buffer[]): Promise<Written[]> {
    const bytes = runs.reduce((sum, { length }) => sum + length, 0);
    const segment = await this.#segmentFor(bytes);
    const from = this.#end;
    const written: Written[] = [];
    let fileEnd = segment.bytes;
    for (const run of runs) {
      const start = this.#end;
      seal(run, segment.mark, start);
      this.#end = moved(start, runAmount(run));
      fileEnd += run.length;
      const place = { segment, home: start.ordinal, first: start.ordinal };
      written.push({ place, start, end: this.#end, fileEnd });
    }
    try {
      await this.#writer.write(runs);
    } catch (error) {
      this.#writer.finish();
      if (segment.bytes === 0) this.#remove(segment);
      this.#settled.cover(from, this.#end);
      this.#cursor.note(this.#settled);
      throw error;
    }
    this.#bytes += fileEnd - segment.bytes;
    segment.bytes = fileEnd;
    segment.end = this.#end;
    add(segment.left, this.#end.ordinal - from.ordinal, this.#end.packets - from.packets);
    add(this.#onDisk, this.#end.ordinal - from.ordinal, this.#end.packets - from.packets);
    return written;
  }

  /** Whether everything before a run was read: then it need not be read itself. */
  passOver({ place, start, end, fileEnd }: Written): boolean {
    if (this.#settled.left(this.#point, start).records > 0) return false;
    this.#point = end;
    this.#position = { segment: place.segment, offset: fileEnd, neededBytes: 0 };
    return true;
  }

  /**
   * The next records that are not settled; one call at a time. May resolve to none although more follow.
   * Rejects where they cannot be read now.
   */
  async read(): Promise<Part[]> {
    const segment = this.#segments.find(({ end }) => end.ordinal > this.#point.ordinal);
    if (segment === undefined) return [];
    if (this.#position.segment !== segment) this.#position = { segment, offset: 0, neededBytes: 0 };
    const position = this.#position;
    const { bytes: fileEnd, end } = segment;
    const { offset, neededBytes } = position;
    const wanted = Math.min(fileEnd - offset, Math.max(readBytes, neededBytes));
    const piece = await this.#reader.read(segment, offset, wanted).catch((error) => lostPiece(error));
    if (segment.isGone || this.#position !== position) return [];
    if (typeof piece === 'string') {
      this.#missing(segment, end, piece);
      return [];
    }
    const isEnd = offset + wanted >= fileEnd || piece.length < wanted;
    const found = findRuns(piece, segment.mark, isEnd);
    this.#position = { segment, offset: offset + found.looked, neededBytes: found.neededBytes };
    const parts = found.runs.flatMap((run) => this.#partsOf(run, segment));
    if (isEnd) this.#missing(segment, end, 'damaged');
    return parts;
  }

  #partsOf({ header, encoded }: FoundRun, segment: Segment): Part[] {
    const { start, end } = header;
    const isStray = end.ordinal > segment.end.ordinal || end.packets > segment.end.packets;
    if (isStray || end.ordinal <= this.#point.ordinal) return [];
    this.#missing(segment, start, 'damaged');
    const from = Math.max(start.ordinal, this.#point.ordinal);
    this.#point = end;
    return this.#settled.gaps(from, end.ordinal).map((gap) => ({
      encoded: partOf(encoded, gap.from - start.ordinal, gap.to - start.ordinal),
      place: { segment, home: start.ordinal, first: gap.from },
    }));
  }

  /** Nothing was found from where reading is up to a point. */
  #missing(segment: Segment, to: Point, why: string): void {
    this.#giveUp(segment, to, 'damaged', `of the spool's file ${segment.path}: ${why}`);
    this.#clean();
  }

  /** What of a segment is not read up to a point will not be. */
  #giveUp(segment: Segment, to: Point, reason: 'spool-full' | 'damaged', why: string): void {
    const isNext = segment.start.ordinal <= this.#point.ordinal;
    const from = isNext ? this.#point : segment.start;
    if (to.ordinal <= from.ordinal) return;
    const amount = this.#settled.left(from, to);
    if (amount.records > 0) {
      this.#settled.cover(from, to);
      this.#take(segment, amount);
      this.#cursor.note(this.#settled);
      this.#options.lost(amount, reason, why);
    }
    if (isNext) this.#point = to;
  }

  /** Records will not be sent from the disk any more. */
  settle(segment: Segment, piece: Piece): void {
    this.#settled.add(piece);
    this.#take(segment, { records: piece.to - piece.from, packets: piece.packets });
    this.#cursor.note(this.#settled);
    this.#clean();
  }

  #take(segment: Segment, { records, packets }: Amount): void {
    add(segment.left, -records, -packets);
    if (!segment.isGone) add(this.#onDisk, -records, -packets);
  }

  /** Nothing is written any more. Resolves when all is on the disk itself. */
  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#reader.close()]);
    this.#clean();
    await this.#changes.made();
    await this.#cursor.close();
    this.#options.lock.release();
  }

  /** The segment for this many bytes. */
  async #segmentFor(bytes: number): Promise<Segment> {
    if (this.#writer.segment !== undefined && (await this.#writer.isDeleted())) this.#writer.finish();
    const { segment } = this.#writer;
    if (segment !== undefined && segment.bytes + bytes > this.segmentBytes) this.#writer.finish();
    if (this.#bytes + bytes > this.#options.mostBytes) await this.#makeRoom(bytes);
    return this.#writer.segment ?? (await this.#openSegment(bytes));
  }

  async #openSegment(bytes: number): Promise<Segment> {
    this.#vanished();
    this.#clean();
    const { folder } = this.#options;
    const last = this.#segments.at(-1);
    if (last?.end.ordinal === this.#end.ordinal && last.bytes + bytes <= this.segmentBytes) {
      await this.#writer.open(last, false);
      return last;
    }
    this.#number = Math.max(this.#number, last?.number ?? 0) + 1;
    const segment = newSegment(folder, this.#number, randomWords(1)[0]!, this.#end);
    await this.#writer.open(segment, true);
    this.#segments.push(segment);
    this.#changes.add(() => syncFolder(folder), `the name of ${segment.path} may not outlive a power cut`);
    return segment;
  }

  /** If files were deleted in the meantime, uses what is left of the folder, or makes it again. Throws when that fails. */
  #vanished(): void {
    const { folder, lock } = this.#options;
    const last = this.#segments.at(-1)?.path ?? folder;
    if (existsSync(last) && this.#cursor.isThere) return;
    for (const segment of this.#segments.filter(({ path }) => !existsSync(path)))
      this.#drop(segment, 'damaged', `of the spool's file ${segment.path}: it was deleted`);
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    if (this.#cursor.isThere) return;
    lock.take();
    this.#cursor.open();
    this.#cursor.noteNow(this.#settled);
  }

  async #makeRoom(bytes: number): Promise<void> {
    const why = 'the spool is full, and the oldest give way; spool-size= is its size';
    while (this.#segments.length > 0 && this.#bytes + bytes > this.#options.mostBytes) {
      const oldest = this.#segments[0]!;
      if (oldest === this.#writer.segment) this.#writer.finish();
      this.#drop(oldest, 'spool-full', why);
    }
    await this.#changes.made();
  }

  #drop(segment: Segment, reason: 'spool-full' | 'damaged', why: string): void {
    this.#giveUp(segment, segment.end, reason, why);
    add(this.#onDisk, -segment.left.records, -segment.left.packets);
    this.#remove(segment);
  }

  /** Deletes segments that are not needed any more. */
  #clean(): void {
    for (let oldest = this.#segments[0]; oldest !== undefined; oldest = this.#segments[0]) {
      const isDone = oldest.end.ordinal <= Math.min(this.#settled.before.ordinal, this.#point.ordinal);
      if (!isDone || oldest === this.#writer.segment) return;
      this.#remove(oldest);
    }
  }

  #remove(segment: Segment): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    this.#bytes -= segment.bytes;
    segment.isGone = true;
    const remove = async () => {
      await this.#cursor.sync();
      await unlink(segment.path);
    };
    this.#changes.add(remove, `${segment.path} cannot be deleted`);
  }
}
