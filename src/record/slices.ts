/**
 * Slices of a window as they are encoded. They are filled again once nobody reads them any more: V8 answers to hundreds
 * of kilobytes of fresh memory for each with collections that stop everything for 10 ms.
 */
import type { FlowRecord, RecordFormat, WindowTimes } from './record.js';

/** A slice is at most so many records: half a millisecond of work a format, and enough for one large write. */
export const mostSliceRecords = 2048;

/** Encoded records as one run of bytes: what a sink takes. */
export interface EncodedRecords {
  readonly bytes: Uint8Array;
  readonly records: number;
  /** Where each record ends in `bytes` (exclusive); the first starts at 0. `records` of them are valid. */
  readonly ends: Uint32Array;
  /** Packets of the records up to and including each. */
  readonly packetSums: Float64Array;
  /** Nobody reads them any more: their memory may be used again. To be called once, or never: then it is garbage. */
  readonly recycle: () => void;
}

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

/** A slice while it is written. */
export class Slice {
  readonly mostRecords: number;
  readonly #format: RecordFormat;
  readonly #ends: Uint32Array;
  readonly #packetSums: Float64Array;
  readonly #recycle: () => void;
  #bytes: Buffer;
  #records = 0;
  #packets = 0;
  #offset = 0;

  constructor(format: RecordFormat, mostRecords: number, recycle: (slice: Slice) => void) {
    this.mostRecords = mostRecords;
    this.#format = format;
    this.#ends = new Uint32Array(mostRecords);
    this.#packetSums = new Float64Array(mostRecords);
    this.#recycle = () => recycle(this);
    this.#bytes = Buffer.allocUnsafeSlow(mostRecords * usualRecordBytes + format.maxRecordBytes);
  }

  add(record: FlowRecord): void {
    this.#makeRoom();
    this.#offset = this.#format.encode(record, this.#bytes, this.#offset);
    this.#ends[this.#records] = this.#offset;
    this.#packets += record.count;
    this.#packetSums[this.#records++] = this.#packets;
  }

  /** What ends the window belongs to its last record. */
  closeWindow(): void {
    if (this.#format.closeWindow === undefined) return;
    this.#makeRoom();
    this.#offset = this.#format.closeWindow(this.#bytes, this.#offset);
    this.#ends[this.#records - 1] = this.#offset;
  }

  encoded(): EncodedRecords {
    if (this.#offset < this.#bytes.length * leastPartUsed) this.#resize(this.#offset);
    return {
      bytes: this.#bytes.subarray(0, this.#offset),
      records: this.#records,
      ends: this.#ends,
      packetSums: this.#packetSums,
      recycle: this.#recycle,
    };
  }

  clear(): void {
    this.#records = 0;
    this.#packets = 0;
    this.#offset = 0;
  }

  #makeRoom(): void {
    const neededBytes = this.#offset + this.#format.maxRecordBytes;
    if (neededBytes > this.#bytes.length) this.#resize(Math.ceil(neededBytes * growth));
  }

  /** Memory of its own: Buffer.from would put little among other small buffers, and keep all of those. */
  #resize(bytes: number): void {
    const resized = Buffer.allocUnsafeSlow(bytes);
    this.#bytes.copy(resized, 0, 0, this.#offset);
    this.#bytes = resized;
  }
}
