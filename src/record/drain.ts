/** Turns a closed window's rows into encoded records, a slice at a time, so that nobody else waits for long. */
import type { ClosedWindow } from '../flow/meter.js';
import { FlowRecord, type RecordFormat } from './record.js';

/** A slice is at most so many records: about 50 microseconds of work. */
const sliceRecords = 256;

/** Encoded records as one run of bytes: what a sink takes. */
export interface EncodedRecords {
  readonly bytes: Uint8Array;
  readonly records: number;
  /** Where each record ends in `bytes` (exclusive); the first starts at 0. */
  readonly ends: Uint32Array;
  /** Each record's packet count. */
  readonly packets: Float64Array;
}

export interface Drain {
  /** The next slice, or undefined after the last. */
  next(): EncodedRecords | undefined;
  /** Packets of the records that are still to come. */
  packetsLeft(): number;
}

/** Drains `window`; `enrich` fills in names and labels just before a record is written. */
export function createDrain(
  window: ClosedWindow,
  enrich: (record: FlowRecord) => void,
  format: RecordFormat,
): Drain {
  const record = new FlowRecord();
  const { table } = window;
  const total = table.size;
  let position = 0;
  let typicalBytes = 320;
  return {
    packetsLeft: () => table.packetsFrom(position),
    next() {
      if (position === 0) format.openWindow(window);
      const records = Math.min(sliceRecords, total - position);
      if (records <= 0) return undefined;
      const ends = new Uint32Array(records);
      const packets = new Float64Array(records);
      let bytes = Buffer.allocUnsafeSlow(records * typicalBytes + format.maxRecordBytes);
      let offset = 0;
      for (let i = 0; i < records; i++) {
        table.read(position++, record);
        enrich(record);
        if (offset + format.maxRecordBytes > bytes.length)
          bytes = grown(bytes, offset, format.maxRecordBytes);
        offset = format.encode(record, bytes, offset);
        ends[i] = offset;
        packets[i] = record.count;
      }
      typicalBytes = Math.ceil(offset / records) + 16;
      return { bytes: bytes.subarray(0, offset), records, ends, packets };
    },
  };
}

/** A larger copy of `bytes`, with room for one more record at least. */
function grown(bytes: Buffer, used: number, roomBytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(bytes.length * 2 + roomBytes);
  bytes.copy(larger, 0, 0, used);
  return larger;
}
