/**
 * Slices of a window as they are encoded. They are filled again once nobody reads them any more: V8 answers to hundreds
 * of kilobytes of fresh memory for each with collections that stop everything for 10 ms.
 */
import type { EncodedRecords, RecordOrigin } from './encoded-records.js';
import type { FlowRecord, RecordFormat } from './record.js';

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
  openWindow(records: number): void {
    if (records <= mostSliceRecords) this.#free.length = 0;
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
  origin: RecordOrigin | undefined;
  readonly #format: RecordFormat;
  readonly #recycle: (slice: Slice) => void;
  #room: Buffer;
  #packets = 0;
  #offset = 0;

  constructor(format: RecordFormat, mostRecords: number, recycle: (slice: Slice) => void) {
    this.mostRecords = mostRecords;
    this.#format = format;
    this.ends = new Uint32Array(mostRecords);
    this.packetSums = new Float64Array(mostRecords);
    this.#recycle = recycle;
    this.#room = Buffer.allocUnsafeSlow(mostRecords * usualRecordBytes + format.maxRecordBytes);
  }

  add(record: FlowRecord): void {
    this.#makeRoom();
    this.#offset = this.#format.encode(record, this.#room, this.#offset);
    this.ends[this.records] = this.#offset;
    this.#packets += record.forward.packets + record.reverse.packets;
    this.packetSums[this.records++] = this.#packets;
  }

  /** Nothing is added to it any more. */
  finish(origin?: RecordOrigin): void {
    this.origin = origin;
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
