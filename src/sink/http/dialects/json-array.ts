/** Records, which are lines, as one JSON array. */
import type { RecordRun } from '../../record-run.js';
import type { BodyMemory } from '../dialect.js';
import { forEachRecord } from './bodies.js';

const [comma, open, close, openBrace, closeBrace] = Buffer.from(',[]{}');

/** Bytes that the array has beside its records: the last record's newline becomes the closing bracket. */
export const jsonArrayOverhead = { record: 0, request: 1 } as const;

/** Each record's newline becomes the comma before the next, so that the records are copied once, in one piece. */
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

/** The same, with one more member at the start of each object: `member` is `"name":"value"` in ASCII. */
export function jsonArrayWith(
  member: string,
  run: RecordRun,
  memory: BodyMemory = Buffer.allocUnsafe,
): Uint8Array {
  const opening = Buffer.from(`{${member},`, 'latin1');
  const array = memory(2 + run.end - run.start + run.records * opening.length);
  let end = 0;
  forEachRecord(run, (record, position) => {
    array[end++] = position === 0 ? open! : comma!;
    array.set(opening, end);
    end += opening.length;
    // An object that has no member of its own has no comma before it.
    if (record[0] === openBrace && record[1] === closeBrace) end--;
    array.set(record.subarray(1), end);
    end += record.length - 1;
  });
  array[end++] = close!;
  return array.subarray(0, end);
}
