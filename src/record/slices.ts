/**
 * Slices of a window as they are encoded. They are filled again once nobody reads them any more: V8 answers to hundreds
 * of kilobytes of fresh memory for each with collections that stop everything for 10 ms.
 */
import type { EncodedRecords } from './encoded-records.js';
import type { FlowRecord, RecordFormat, WindowTimes } from './record.js';

/** A slice is at most so many records: half a millisecond of work a format, and enough for one large write. */
export const mostSliceRecords = 2048;

/** Slices that are kept for later: as many large ones as wait at a sink that keeps up. */
const mostFree = 5;

/** The slices of one format. */
export class SlicePool {
  readonly #format: RecordFormat;
  readonly #free: Slice[] = [];

  constructor(format: RecordFormat) {
    this.#format = format;
  }

  /** To be called before the first slice of a window of so many records. A quiet one needs nothing that is kept. */
  openWindow(window: WindowTimes, records: number): void {
    if (records <= mostSliceRecords) this.#free.length = 0;
    this.#format.openWindow(window);
  }

  /** Packets of records that were read and are in no slice: those of a window that is summed up. */
  get packetsHeld(): number {
    return this.#format.summary?.packets ?? 0;
  }

  /** An empty slice for so many records. */
  take(records: number): Slice {
    const fitting = this.#free.findIndex(({ mostRecords }) => mostRecords === records);
    if (fitting >= 0) return this.#free.splice(fitting, 1)[0]!;
    return new Slice(this.#format, records, this.#recycle);
  }

  readonly #recycle = (slice: Slice): void => {
    if (this.#free.includes(slice)) throw new Error('a slice was given back twice');
    slice.clear();
    this.#free.push(slice);
    if (this.#free.length > mostFree) this.#free.shift();
  };
}

/** Bytes that a record usually takes; a slice grows where they are not enough. */
const usualRecordBytes = 320;

/** Whoever keeps a record keeps all of its slice, so this part of it is used at the least. */
const leastPartUsed = 0.75;
/** A slice that grows becomes so much larger than it has to be. */
const growth = 1.25;

const nothing = new Uint8Array(0);

/** Is written, then `finish`ed, and read as encoded records from then on until it is recycled. */
export class Slice implements EncodedRecords {
  readonly mostRecords: number;
  readonly ends: Uint32Array;
  readonly packetSums: Float64Array;
  records = 0;
  bytes: Uint8Array = nothing;
  readonly #format: RecordFormat;
  readonly #recycle: (slice: Slice) => void;
  #room: Buffer;
  #packets = 0;
  #offset = 0;

  constructor(format: RecordFormat, mostRecords: number, recycle: (slice: Slice) => void) {
    this.mostRecords = mostRecords;
    this.#format = format;
    const mostWritten = mostRecords + (format.summary?.maxRecords ?? 0);
    this.ends = new Uint32Array(mostWritten);
    this.packetSums = new Float64Array(mostWritten);
    this.#recycle = recycle;
    this.#room = Buffer.allocUnsafeSlow(mostRecords * usualRecordBytes + format.maxRecordBytes);
  }

  add(record: FlowRecord): void {
    this.#makeRoom();
    const end = this.#format.encode(record, this.#room, this.#offset);
    if (end > this.#offset) this.#written(end, record.count);
  }

  /** Writes the records that the window is summed up in. */
  closeWindow(): void {
    for (const { text, packets } of this.#format.summary?.close() ?? []) {
      this.#makeRoom();
      this.#written(this.#offset + this.#room.write(text, this.#offset), packets);
    }
  }

  /** Nothing is added to it any more. */
  finish(): void {
    if (this.#offset < this.#room.length * leastPartUsed) this.#resize(this.#offset);
    this.bytes = this.#room.subarray(0, this.#offset);
  }

  /** Nobody reads it any more: its memory may be used again. To be called once at most; without it, the memory is garbage. */
  recycle(): void {
    this.#recycle(this);
  }

  clear(): void {
    this.records = 0;
    this.#packets = 0;
    this.#offset = 0;
  }

  #written(end: number, packets: number): void {
    this.#offset = end;
    this.ends[this.records] = end;
    this.#packets += packets;
    this.packetSums[this.records++] = this.#packets;
  }

  #makeRoom(): void {
    const neededBytes = this.#offset + this.#format.maxRecordBytes;
    if (neededBytes > this.#room.length) this.#resize(Math.ceil(neededBytes * growth));
  }

  /** Memory of its own: Buffer.from would put little among other small buffers, and keep all of those. */
  #resize(bytes: number): void {
    const resized = Buffer.allocUnsafeSlow(bytes);
    this.#room.copy(resized, 0, 0, this.#offset);
    this.#room = resized;
  }
}
