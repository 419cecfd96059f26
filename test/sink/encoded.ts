/** Made-up records, encoded as a window's drain hands them to a sink. */
import type { EncodedRecords } from '../../src/record/encoded-records.js';
import { newSinkCounts, type SinkCounts, type UnsentReason } from '../../src/sink/sink.js';

/** Lines with their newlines, numbered from `from` on, of `bytes` bytes each where that is given. */
export function numberedLines(from: number, count: number, bytes = 0): string[] {
  return Array.from({ length: count }, (_, i) => `${`{"n":${from + i}}`.padEnd(bytes - 1, ' ')}\n`);
}

/** Encoded records, one for each line; each stands for `packetsEach` packets. */
export function encodedOf(lines: readonly string[], packetsEach = 3): EncodedRecords {
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

/** Fills records with something else, as whoever wrote them may do when a sink is done with them. */
export function overwrite({ bytes, ends, packetSums }: EncodedRecords): void {
  bytes.fill(0);
  ends.fill(0);
  packetSums.fill(Number.NaN);
}

/** What waits, by the counts of a sink or an outbox. */
export function waitingOf({ counts }: { counts: Readonly<SinkCounts> }): {
  records: number;
  packets: number;
} {
  return { records: counts.recordsWaiting, packets: counts.packetsWaiting };
}

/** Counts of records that stand for three packets each: so many sent, not sent by reason, and waiting. */
export function counts(
  sent: number,
  unsent: Partial<Record<UnsentReason, number>> = {},
  waiting = 0,
): SinkCounts {
  const expected = newSinkCounts();
  expected.recordsSent = sent;
  expected.packetsSent = 3 * sent;
  expected.recordsWaiting = waiting;
  expected.packetsWaiting = 3 * waiting;
  for (const [reason, records] of Object.entries(unsent) as [UnsentReason, number][]) {
    expected.recordsUnsent[reason] = records;
    expected.packetsUnsent[reason] = 3 * records;
  }
  return expected;
}
