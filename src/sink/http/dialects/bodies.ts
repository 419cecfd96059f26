/** Bodies of requests: the records of a run, each between texts of the reader's format. */
import type { RecordRun } from '../../record-run.js';
import type { BodyMemory } from '../dialect.js';

/** What stands around each record: ASCII. */
export interface Surroundings {
  /** What stands before the record at a position of the run. */
  before(position: number): string;
  /** The most bytes of that. */
  readonly longestBefore: number;
  readonly after: string;
}

/** Each record, without its newline, between its surroundings. */
export function surrounded(
  run: RecordRun,
  { before, longestBefore, after }: Surroundings,
  memory: BodyMemory = Buffer.allocUnsafe,
): Uint8Array {
  const longest = run.end - run.start + run.records * (longestBefore + after.length);
  const body = memory(longest);
  let end = 0;
  forEachRecord(run, (record, position) => {
    end += body.write(before(position), end, 'latin1');
    body.set(record, end);
    end += record.length;
    end += body.write(after, end, 'latin1');
  });
  return body.subarray(0, end);
}

/** Calls `take` with each record, without its newline, which is gone when the run is. */
export function forEachRecord(
  { encoded, first, records, start }: RecordRun,
  take: (record: Uint8Array, position: number) => void,
): void {
  const { bytes, ends } = encoded;
  let begin = start;
  for (let position = 0; position < records; position++) {
    const end = ends[first + position]!;
    const hasNewline = end > begin && bytes[end - 1] === newline;
    take(bytes.subarray(begin, hasNewline ? end - 1 : end), position);
    begin = end;
  }
}

const newline = 0x0a;

/** A text as JSON in ASCII, so that a character is a byte. */
export function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** When the window of a run's records began, microseconds since the epoch; undefined where they do not say. */
export function windowStartUs({ encoded }: RecordRun): number | undefined {
  const startUs = encoded.origin?.windowStartUs;
  return startUs === undefined ? undefined : Math.floor(startUs);
}
