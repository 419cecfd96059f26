/** A proof that could not fail would prove nothing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PrintedLedger, PrintedSink } from '../support/ledger-text.js';
import { received } from './received.js';
import { type Evidence, judge } from './verdict.js';

const line = (seq: number, agent = 'a') => JSON.stringify({ agent, seq, count: 2, length: 20 });

describe('what a reader has', () => {
  test('is counted once, whatever stands before it', () => {
    const lines = ['', line(1), `<134>1 - host - - ${line(2)}`, line(1), line(1, 'b')];
    assert.deepEqual(received(lines), { unique: 3, duplicates: 1, packets: 6, torn: 0, disorder: 0 });
  });

  test('may be torn, or out of order', () => {
    const lines = [line(1), line(3), line(2), line(4).slice(0, -5), 'HTTP/1.1 400 Bad Request'];
    assert.deepEqual(received(lines), { unique: 3, duplicates: 0, packets: 6, torn: 2, disorder: 1 });
  });
});

describe('a verdict', () => {
  const sink: PrintedSink = {
    name: 'tcp://127.0.0.1:1',
    records: 10,
    packets: 20,
    acknowledged: 10,
    acknowledgedBy: 'reader',
    recordsUnsent: 0,
    packetsUnsent: 0,
    unsent: {},
    recordsWaiting: 0,
    packetsWaiting: 0,
    recordsOnDisk: 0,
    packetsOnDisk: 0,
    recordsTakenUp: 0,
    packetsTakenUp: 0,
    recordsRetried: 3,
    duplicatesPossible: 3,
    fragmented: 0,
    droppedHere: 0,
  };
  const nothing: Omit<PrintedLedger, 'sinks' | 'balanced'> = {
    frames: 20,
    packets: 20,
    folded: 0,
    notIp: 0,
    malformed: 0,
    leftOut: {},
    open: 0,
    sources: [],
  };
  const got = { unique: 10, duplicates: 3, packets: 20, torn: 0, disorder: 0 };
  const evidence = (
    changes: Partial<PrintedSink> = {},
    had: Partial<typeof got> = {},
    more: Partial<Evidence> = {},
    balanced = true,
  ): Evidence => {
    const ledger = { ...nothing, sinks: [{ ...sink, ...changes }], balanced };
    const end = { exitCode: 0, stdout: '', stderr: '', ledger, records: 10 };
    return { end, got: { ...got, ...had }, ...more };
  };

  test('is good where the sums agree', () => {
    assert.deepEqual(judge(evidence()), {
      records: 10,
      duplicates: 3,
      ledger: '10 sent, 3 again, 3 twice at most',
      wrong: [],
    });
  });

  for (const [what, bad, said] of [
    ['a record is lost', evidence({}, { unique: 9 }), '1 records count as sent and did not arrive'],
    ['there are too many duplicates', evidence({}, { duplicates: 4 }), '4 duplicates; 3 at most'],
    [
      'a record came from nowhere',
      evidence({}, { unique: 11 }),
      'the reader has more records than there were',
    ],
    ['lines are torn', evidence({}, { torn: 1 }), '1 lines are no records'],
    ['records overtake others', evidence({}, { disorder: 2 }), '2 records came out of order'],
    ['the ledger is not balanced', evidence({}, {}, {}, false), 'the ledger is not balanced'],
    [
      'fewer were counted than fed in',
      evidence({ records: 9 }, { unique: 9 }),
      '10 records were fed in, 0 taken up',
    ],
    [
      'records were given up',
      evidence({ records: 9, recordsUnsent: 1 }, { unique: 9 }),
      '1 records were not sent; 0 may be',
    ],
    ['it ended ill', evidence({}, {}, { exitCode: 1 }), 'ended with exit code 0'],
  ] as const) {
    test(`is bad where ${what}`, () => assert.deepEqual(judge(bad).wrong, [said]));
  }

  test('is bad without a ledger', () => {
    const end = { exitCode: null, stdout: '', stderr: 'Killed', ledger: undefined, records: 10 };
    assert.ok(judge({ end, got }).wrong.includes('Killed'));
  });
});
