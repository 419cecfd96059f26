/** Turns a closed window's rows into encoded records, a slice at a time, so that nobody else waits for long. */
import type { ClosedWindow } from '../flow/meter.js';
import { FlowRecord, type RecordFormat } from './record.js';

/** A slice is at most so many records: a third of a millisecond of work a format, and enough for one large write. */
const mostSliceRecords = 2048;
/**
 * Each window begins with small slices, which double as long as they are quick: V8 may have to compile the code first, and
 * until then a record takes 10 µs.
 */
const firstSliceRecords = 128;
const longMs = 1;

/** Encoded records as one run of bytes: what a sink takes. */
export interface EncodedRecords {
  readonly bytes: Uint8Array;
  readonly records: number;
  /** Where each record ends in `bytes` (exclusive); the first starts at 0. */
  readonly ends: Uint32Array;
  /** Packets of the records up to and including each. */
  readonly packetSums: Float64Array;
}

export interface Drain {
  /** The next slice in each of the formats, or undefined after the last. */
  next(): readonly EncodedRecords[] | undefined;
  /** Packets of the records that are still to come. */
  packetsLeft(): number;
}

/** Drains `window`; `enrich` fills in names and labels just before a record is written. `nowMs` is a steady clock. */
export function createDrain(
  window: ClosedWindow,
  enrich: (record: FlowRecord) => void,
  formats: readonly RecordFormat[],
  nowMs: () => number,
): Drain {
  const record = new FlowRecord();
  const { table } = window;
  const total = table.size;
  let position = 0;
  let sliceRecords = firstSliceRecords;
  return {
    packetsLeft: () => table.packetsFrom(position),
    next() {
      const records = Math.min(sliceRecords, total - position);
      if (records <= 0) return undefined;
      const startMs = nowMs();
      if (position === 0) for (const format of formats) format.openWindow(window);
      const slices = formats.map((format) => new Slice(format, records));
      for (const end = position + records; position < end; position++) {
        table.read(position, record);
        enrich(record);
        for (const slice of slices) slice.add(record);
      }
      if (position === total) for (const slice of slices) slice.closeWindow();
      sliceRecords =
        nowMs() - startMs < longMs
          ? Math.min(2 * sliceRecords, mostSliceRecords)
          : Math.max(sliceRecords / 2, firstSliceRecords);
      return slices.map((slice) => slice.encoded());
    },
  };
}

/** Bytes that a record usually takes; a slice grows where they are not enough. */
const usualRecordBytes = 320;

/** A slice in one format, while it is written. */
class Slice {
  readonly #format: RecordFormat;
  readonly #ends: Uint32Array;
  readonly #packetSums: Float64Array;
  #bytes: Buffer;
  #records = 0;
  #packets = 0;
  #offset = 0;

  constructor(format: RecordFormat, records: number) {
    this.#format = format;
    this.#ends = new Uint32Array(records);
    this.#packetSums = new Float64Array(records);
    this.#bytes = Buffer.allocUnsafeSlow(records * usualRecordBytes + format.maxRecordBytes);
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
    const used = this.#bytes.subarray(0, this.#offset);
    // Whoever keeps a record keeps all of its buffer: the few of a quiet window get one of their own size.
    const bytes = used.length >= this.#bytes.length * 0.75 ? used : ownCopy(used);
    return { bytes, records: this.#records, ends: this.#ends, packetSums: this.#packetSums };
  }

  #makeRoom(): void {
    const { maxRecordBytes } = this.#format;
    if (this.#offset + maxRecordBytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(this.#bytes.length * 2 + maxRecordBytes);
    this.#bytes.copy(larger, 0, 0, this.#offset);
    this.#bytes = larger;
  }
}

/** In memory of its own: Buffer.from would put it among other small buffers, and keep all of those. */
function ownCopy(bytes: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}
