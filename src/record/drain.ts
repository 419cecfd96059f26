/** Turns a closed window's rows into encoded records, a slice at a time, so that nobody else waits for long. */
import type { FlowTable } from '../flow/flow-table.js';
import type { ClosedWindow } from '../flow/open-windows.js';
import { FlowRecord } from './record.js';
import { mostSliceRecords, type Slice, type SlicePool } from './slices.js';

/**
 * Each window begins with small slices, which double as long as they are quick: V8 may have to compile the code first, and
 * until then a record takes 10 µs.
 */
const firstSliceRecords = 128;
const longMs = 1;

export interface Drain {
  /** The next slice in each of the formats, or undefined after the last. */
  next(): readonly Slice[] | undefined;
  /** Skips all remaining records but the last, which ends the window for the formats. Returns how many it skipped. */
  skip(): { readonly records: number; readonly packets: number };
  /** Packets of the records that are still to come, without those that were read and wait in a format's summary. */
  packetsLeft(): number;
}

/**
 * Drains `window` in the format of each pool; `enrich` fills in names and labels just before a record is written. `nowMs` is
 * a steady clock.
 */
export function createDrain(
  window: ClosedWindow,
  enrich: (record: FlowRecord) => void,
  pools: readonly SlicePool[],
  nowMs: () => number,
): Drain {
  const record = new FlowRecord();
  const { table } = window;
  const total = table.size;
  let position = 0;
  let sliceRecords = firstSliceRecords;
  return {
    skip() {
      const last = Math.max(position, total - 1);
      const records = last - position;
      const packets = table.packetsFrom(position) - table.packetsFrom(last);
      position = last;
      return { records, packets };
    },
    packetsLeft: () => table.packetsFrom(position),
    next() {
      const records = Math.min(sliceRecords, total - position);
      if (records <= 0) return undefined;
      const startMs = nowMs();
      if (position === 0) for (const pool of pools) pool.openWindow(window, total);
      const slices = pools.map((pool) => pool.take(records));
      encodeRows(table, position, position + records, record, enrich, slices);
      position += records;
      if (position === total) for (const slice of slices) slice.closeWindow();
      sliceRecords =
        nowMs() - startMs < longMs
          ? Math.min(2 * sliceRecords, mostSliceRecords)
          : Math.max(sliceRecords / 2, firstSliceRecords);
      for (const slice of slices) slice.finish();
      return slices;
    },
  };
}

/** On its own, so that what is done once a slice is not compiled with it. */
function encodeRows(
  table: FlowTable,
  start: number,
  end: number,
  record: FlowRecord,
  enrich: (record: FlowRecord) => void,
  slices: readonly Slice[],
): void {
  for (let position = start; position < end; position++) {
    table.read(position, record);
    enrich(record);
    for (const slice of slices) slice.add(record);
  }
}
