/**
 * How far the records of a spool are settled, in two slots of a small file that are written in turn, so that one of them is
 * always whole:
 *
 *      0  uint32   "PQC1"                           24  float64  packets of those records
 *      4  uint32   CRC-32 of what follows           32  uint32   pieces that are settled after them
 *      8  float64  how often it was noted           36  uint32   0
 *     16  float64  all records before are settled   40  float64  from, to (ordinals) and packets of each piece
 */
import { constants, fdatasync, fstatSync, readSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { openOwnFile, SharedDescriptor } from './own-file.js';
import { isCount, isPoint, type Point } from './point.js';
import { type Piece, type Settled, unknownHome } from './settled.js';

const magic = 0x3143_5150;
const slotBytes = 4_096;
const headBytes = 40;
const pieceBytes = 24;
/** The most pieces that are noted; records of further pieces may be sent again after a crash. */
const mostPieces = Math.floor((slotBytes - headBytes) / pieceBytes);

/** How long a note may stay in the kernel's memory before it is flushed to disk. */
const syncAfterMs = 1_000;

const writeAt = promisify(write);
const syncData = promisify(fdatasync);

/** What a slot says. */
export interface Noted {
  readonly times: number;
  readonly before: Point;
  readonly pieces: readonly Piece[];
}

export function encodeSlot({ times, before, pieces }: Noted): Buffer {
  const noted = pieces.slice(0, mostPieces);
  const slot = Buffer.alloc(headBytes + noted.length * pieceBytes);
  slot.writeUInt32LE(magic, 0);
  slot.writeDoubleLE(times, 8);
  slot.writeDoubleLE(before.ordinal, 16);
  slot.writeDoubleLE(before.packets, 24);
  slot.writeUInt32LE(noted.length, 32);
  noted.forEach(({ from, to, packets }, i) => {
    const at = headBytes + i * pieceBytes;
    slot.writeDoubleLE(from, at);
    slot.writeDoubleLE(to, at + 8);
    slot.writeDoubleLE(packets, at + 16);
  });
  slot.writeUInt32LE(crc32(slot.subarray(8)), 4);
  return slot;
}

/** What was noted last; undefined where neither slot is whole. */
export function decodeSlots(bytes: Buffer): Noted | undefined {
  const slots = [0, slotBytes].flatMap((at) => decodeSlot(bytes.subarray(at, at + slotBytes)) ?? []);
  return slots.reduce<Noted | undefined>(
    (last, slot) => (last !== undefined && last.times > slot.times ? last : slot),
    undefined,
  );
}

function decodeSlot(slot: Buffer): Noted | undefined {
  if (slot.length < headBytes || slot.readUInt32LE(0) !== magic) return undefined;
  const count = slot.readUInt32LE(32);
  const end = headBytes + count * pieceBytes;
  if (end > slot.length || slot.readUInt32LE(4) !== crc32(slot.subarray(8, end))) return undefined;
  const times = slot.readDoubleLE(8);
  const before = { ordinal: slot.readDoubleLE(16), packets: slot.readDoubleLE(24) };
  const pieces = Array.from({ length: count }, (_, i): Piece => {
    const at = headBytes + i * pieceBytes;
    const [from, to, packets] = [
      slot.readDoubleLE(at),
      slot.readDoubleLE(at + 8),
      slot.readDoubleLE(at + 16),
    ];
    return { from, to, packets, home: unknownHome };
  });
  const isSane = isCount(times) && isPoint(before) && areApart(before.ordinal, pieces);
  return isSane ? { times, before, pieces } : undefined;
}

function areApart(start: number, pieces: readonly Piece[]): boolean {
  let end = start;
  for (const { from, to, packets } of pieces) {
    if (!isCount(from) || !isCount(to) || !isCount(packets) || from < end || to <= from) return false;
    end = to;
  }
  return true;
}

export class Cursor {
  readonly #path: string;
  readonly #failed: (error: Error) => void;
  #file: SharedDescriptor | undefined;
  #times = 0;
  #next: Settled | undefined;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `failed` is called where something cannot be noted. */
  constructor(path: string, failed: (error: Error) => void) {
    this.#path = path;
    this.#failed = failed;
  }

  /** Whether its file is in the folder still. */
  get isThere(): boolean {
    return this.#file !== undefined && fstatSync(this.#file.number).nlink > 0;
  }

  /** Opens the file, and says what was noted there. Throws. */
  open(): Noted | undefined {
    this.#file?.close();
    this.#file = undefined;
    const file = openOwnFile(this.#path, constants.O_RDWR | constants.O_CREAT);
    this.#file = new SharedDescriptor(file);
    const bytes = Buffer.alloc(2 * slotBytes);
    const read = readSync(file, bytes, 0, bytes.length, 0);
    const noted = decodeSlots(bytes.subarray(0, read));
    // Takes its room now, in case the disk is full later.
    if (read < bytes.length) writeSync(file, bytes.fill(0, read), read, bytes.length - read, read);
    this.#times = Math.max(this.#times, noted?.times ?? 0);
    return noted;
  }

  /** Writes synchronously, at the start. Throws. */
  noteNow(settled: Settled): void {
    const { slot, at } = this.#slotFor(settled);
    writeSync(this.#file!.number, slot, 0, slot.length, at);
  }

  /** Writes soon, without waiting; several calls in a row cause one write. */
  note(settled: Settled): void {
    this.#next = settled;
    this.#writing ??= this.#write();
  }

  /** Resolves when all that was noted is on the disk itself. */
  async sync(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#file?.use(syncData).catch(this.#failed);
  }

  async close(): Promise<void> {
    await this.sync();
    this.#file?.close();
    this.#file = undefined;
  }

  async #write(): Promise<void> {
    // Records that are settled in this turn of the event loop are included.
    await null;
    for (let settled = this.#next; settled !== undefined; settled = this.#next) {
      this.#next = undefined;
      const { slot, at } = this.#slotFor(settled);
      const write = (file: number) => writeAt(file, slot, 0, slot.length, at);
      await this.#file?.use(write).catch(this.#failed);
    }
    this.#writing = undefined;
    this.#timer ??= setTimeout(() => void this.sync(), syncAfterMs).unref();
  }

  /** The slot that was not written last. */
  #slotFor({ before, pieces }: Settled): { readonly slot: Buffer; readonly at: number } {
    const times = ++this.#times;
    return { slot: encodeSlot({ times, before, pieces }), at: (times % 2) * slotBytes };
  }
}
