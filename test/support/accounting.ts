/** What a run claims in its ledger, against what was received of it. */
import assert from 'node:assert/strict';
import type { Collector, ReceivedRecord } from './collector.js';
import { lastLedger, type PrintedLedger } from './ledger-text.js';
import type { Finished } from './program.js';
import { until } from './until.js';

export function packetsOf(records: readonly ReceivedRecord[]): number {
  return records.reduce((sum, { count }) => sum + Number(count), 0);
}

/** The records of NDJSON output; one that is cut off at the end is left out. */
export function recordsIn(ndjson: string): ReceivedRecord[] {
  const lines = ndjson.slice(0, ndjson.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/**
 * Checks that a run with one sink has ended with `expectedExitCode`, that its ledger balances and leaves nothing open,
 * and that `records` are those that it counts as sent. Returns the ledger.
 */
export function assertAccounted(
  { exitCode, stderr }: Finished,
  records: readonly ReceivedRecord[],
  expectedExitCode = 0,
): PrintedLedger {
  assert.equal(exitCode, expectedExitCode, stderr);
  assert.ok(stderr.endsWith('\npcap-agg: balanced\n'), stderr);
  const ledger = lastLedger(stderr);
  const [sink] = ledger.sinks;
  assert.ok(sink !== undefined && ledger.sinks.length === 1, stderr);
  const received = { records: records.length, packets: packetsOf(records) };
  assert.deepEqual(received, { records: sink.records, packets: sink.packets });
  assert.deepEqual([ledger.open, sink.recordsWaiting, sink.packetsWaiting], [0, 0, 0]);
  assert.equal(ledger.packets, sink.packets + sink.packetsUnsent);
  return ledger;
}

/** The same for what a collector has received, once all that was sent has had time to arrive. */
export async function assertCollected(
  finished: Finished,
  { records }: Collector,
  expectedExitCode = 0,
): Promise<PrintedLedger> {
  const sent = lastLedger(finished.stderr).sinks[0]?.records ?? 0;
  await until(`all ${sent} records have arrived`, () => records.length >= sent);
  return assertAccounted(finished, records, expectedExitCode);
}
