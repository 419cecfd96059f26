/** Consecutive records that go out together. */
import type { EncodedRecords } from '../record/encoded-records.js';

/** What all runs of records share that were handed over together. */
export interface HandedOver {
  /** Called when nothing of them is left. */
  readonly done: (() => void) | undefined;
  /** How many of them wait or are on their way. */
  left: number;
}

/**
 * Consecutive whole records of one batch, which go out in one piece. Its bytes are valid until it is sent or
 * unsent, its other fields for good.
 */
export interface RecordRun {
  /** The batch that it is a part of. */
  readonly encoded: EncodedRecords;
  readonly handedOver: HandedOver;
  /** Position of its first record in `encoded`. */
  readonly first: number;
  readonly records: number;
  readonly packets: number;
  /** Its bytes: `encoded.bytes` from `start` to `end` (exclusive). */
  readonly start: number;
  readonly end: number;
  /** Whether it went out in IP fragments; set by the sender. */
  inFragments: boolean;
}

/** Packets of the records from `first` up to, not including, `next`. */
export function packetsOf({ packetSums }: EncodedRecords, first: number, next: number): number {
  const before = (position: number) => (position === 0 ? 0 : packetSums[position - 1]!);
  return before(next) - before(first);
}

/** Packets of the record at a position of a run. */
export const packetsAt = (run: RecordRun, position: number): number =>
  packetsOf(run.encoded, run.first + position, run.first + position + 1);

/** Copies the records at these positions of a run. */
export function copyOf(run: RecordRun, positions: readonly number[]): EncodedRecords {
  const { bytes, ends, origin } = run.encoded;
  const indices = positions.map((position) => run.first + position);
  const parts = indices.map((index) => bytes.subarray(index === 0 ? 0 : ends[index - 1]!, ends[index]!));
  let end = 0;
  let packets = 0;
  return {
    bytes: Buffer.concat(parts),
    records: positions.length,
    ends: Uint32Array.from(parts, (part) => (end += part.length)),
    packetSums: Float64Array.from(positions, (position) => (packets += packetsAt(run, position))),
    origin: origin && {
      ...origin,
      numbers: indices.map((index) => origin.numbers?.[index] ?? origin.firstNumber + index),
    },
  };
}

export const bytesOf = ({ start, end }: RecordRun): number => end - start;

/** Position of the first record that is longer than `bytes`; undefined where none is. */
export function positionOfLonger(run: RecordRun, bytes: number): number | undefined {
  const { encoded, first, records } = run;
  if (bytesOf(run) <= bytes) return undefined;
  let { start } = run;
  for (let position = 0; position < records; position++) {
    const end = encoded.ends[first + position]!;
    if (end - start > bytes) return position;
    start = end;
  }
  return undefined;
}

/** How many of a run's records end at `position` of its bytes, or before. */
export function recordsBefore({ encoded: { ends }, first, records }: RecordRun, position: number): number {
  let count = 0;
  while (count < records && ends[first + count]! <= position) count++;
  return count;
}
