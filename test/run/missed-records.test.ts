/** Which unsent records make a run end with exit code 1. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missesRecords } from '../../src/run/missed-records.js';
import { newSinkCounts, type UnsentReason, unsentReasons } from '../../src/sink/sink.js';

const missedOf = (isCapture: boolean, isCutShort = false, broken = false): UnsentReason[] =>
  unsentReasons.filter((reason) => {
    const counts = newSinkCounts();
    counts.recordsUnsent[reason] = 1;
    return missesRecords({ counts, broken }, { isCapture, isCutShort });
  });

/** What was lost although there was a reader. */
const toBeMended: UnsentReason[] = ['failed', 'rejected', 'damaged'];

test('a replay misses each record that was not sent', () => {
  assert.deepEqual(missedOf(false), unsentReasons);
});

test('a capture, and a replay that was ended early or whose reader has gone, miss what a reader would have taken', () => {
  for (const missed of [missedOf(true), missedOf(false, true), missedOf(false, false, true)])
    assert.deepEqual(new Set(missed), new Set(toBeMended));
});

test('what waits on disk is missed by nobody', () => {
  const counts = { ...newSinkCounts(), recordsWaiting: 7, recordsOnDisk: 7 };
  assert.equal(missesRecords({ counts }, { isCapture: false, isCutShort: false }), false);
});
