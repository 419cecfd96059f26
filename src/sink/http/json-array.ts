/** Records, which are lines, as one JSON array. */
import type { RecordRun } from '../record-run.js';
import type { BodyMemory } from './dialect.js';

const [comma, open, close] = Buffer.from(',[]');

/** Bytes that the array has beside its records: the last record's newline becomes the closing bracket. */
export const jsonArrayOverhead = { record: 0, request: 1 } as const;

/** Each record's newline becomes what parts it from the next: the records are copied once, in one piece. */
export function jsonArray(
  { encoded, first, records, start, end }: RecordRun,
  memory: BodyMemory = Buffer.allocUnsafe,
): Uint8Array {
  const array = memory(1 + end - start);
  array[0] = open!;
  array.set(encoded.bytes.subarray(start, end), 1);
  for (let index = first; index < first + records; index++) array[encoded.ends[index]! - start] = comma!;
  array[end - start] = close!;
  return array;
}
