/** What a reader has, by the records' own agent and number. */
import { readNumberedRecord } from '../../src/verify/numbered-record.js';

export interface Received {
  /** Records, each counted once. */
  readonly unique: number;
  /** Lines beyond the first of a record. */
  readonly duplicates: number;
  /** Of the unique records. */
  readonly packets: number;
  /** Lines that are no whole record. */
  readonly torn: number;
  /** Records that came before one with a smaller number of the same agent, duplicates not counted. */
  readonly disorder: number;
}

/** Empty lines, and whatever stands before a line's first brace, do not count. */
export function received(lines: Iterable<string>): Received {
  const known = new Set<string>();
  const last = new Map<string, number>();
  let [duplicates, packets, torn, disorder] = [0, 0, 0, 0];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const record = readNumberedRecord(line.slice(Math.max(0, line.indexOf('{'))));
    if (record === undefined) {
      torn++;
      continue;
    }
    const { agent, sequence } = record;
    const name = `${agent} ${sequence}`;
    if (known.has(name)) {
      duplicates++;
      continue;
    }
    known.add(name);
    packets += record.packets;
    if (sequence < (last.get(agent) ?? -1)) disorder++;
    last.set(agent, Math.max(sequence, last.get(agent) ?? -1));
  }
  return { unique: known.size, duplicates, packets, torn, disorder };
}
