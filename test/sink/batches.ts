/** Batches of made-up records, as a window's drain hands them to a sink. */
import type { RecordBatch } from '../../src/sink/sink.js';

/** Lines with their newlines, numbered from `from` on, of `bytes` bytes each where that is given. */
export function numberedLines(from: number, count: number, bytes = 0): string[] {
  return Array.from({ length: count }, (_, i) => `${`{"n":${from + i}}`.padEnd(bytes - 1, ' ')}\n`);
}

/** A batch with one record for each line; each stands for `packetsEach` packets. */
export function batchOf(lines: readonly string[], packetsEach = 3): RecordBatch {
  const ends = new Uint32Array(lines.length);
  let end = 0;
  for (const [i, line] of lines.entries()) {
    end += Buffer.byteLength(line);
    ends[i] = end;
  }
  return {
    bytes: Buffer.from(lines.join('')),
    records: lines.length,
    ends,
    packetSums: Float64Array.from(lines, (_, i) => (i + 1) * packetsEach),
  };
}

/** Fills a batch with something else, as whoever wrote it may do when a sink is done with it. */
export function overwrite({ bytes, ends, packetSums }: RecordBatch): void {
  bytes.fill(0);
  ends.fill(0);
  packetSums.fill(Number.NaN);
}
