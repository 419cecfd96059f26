import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createWallClock } from '../../src/host/clock.js';
import { createLog } from '../../src/host/log.js';
import { imbalances, type Ledger, ledgerLines } from '../../src/run/ledger.js';
import { newSinkCounts } from '../../src/sink/sink.js';
import { printedLedgers } from '../support/ledger-text.js';

const balanced: Ledger = {
  framesReceived: 102,
  framesNotIp: 3,
  framesMalformed: { 'ip-header-cut': 2 },
  framesLeftOut: { 'own-datagram': 2 },
  packetsAggregated: 95,
  packetsFolded: 4,
  windowsOpenedAgain: 6,
  windowsNotRemembered: 2,
  packetsOpen: 5,
  sources: [
    {
      name: 'eth0',
      droppedByKernel: 7,
      droppedByInterface: 0,
      gaps: 2,
      gapMs: 2_345,
      awayMs: 1_250,
      offeredByKernel: 109,
    },
  ],
  enrichers: ['names: 9 asked, 5 answered, 3 without a name, 1 no answer'],
  sinks: [
    {
      name: '127.0.0.1:10518',
      ...newSinkCounts(),
      packetsOpen: 0,
      recordsSent: 8,
      packetsSent: 80,
      recordsUnsent: { ...newSinkCounts().recordsUnsent, refused: 1 },
      packetsUnsent: { ...newSinkCounts().packetsUnsent, refused: 6 },
      recordsFragmented: 2,
      recordsWaiting: 1,
      packetsWaiting: 4,
      datagramsDroppedHere: 7,
    },
  ],
  channels: [
    { sinks: ['127.0.0.1:10518'], flows: 30, records: 9 },
    { sinks: ['stdout'], flows: 9, records: 9 },
  ],
};

describe('ledger', () => {
  test('balances, and says what became of everything', () => {
    assert.deepEqual(imbalances(balanced), []);
    assert.deepEqual(ledgerLines(balanced), [
      '102 frames received',
      'eth0: 7 dropped by the kernel, 0 dropped by the interface, 2 gaps of 2.3 s together, away for 1.3 s now',
      '95 packets aggregated, 4 of them folded into overflow records',
      '3 frames not IP',
      '2 frames malformed: ip-header-cut 2',
      '2 frames left out: own-datagram 2',
      '6 windows opened again for late packets',
      '2 windows with more new conversations than are remembered',
      '5 packets in windows not yet sent',
      'names: 9 asked, 5 answered, 3 without a name, 1 no answer',
      '30 flows in 9 records for 127.0.0.1:10518',
      '127.0.0.1:10518: 8 records sent (80 packets), 1 not sent (6 packets): refused 1, 1 waiting (4 packets), ' +
        '2 sent in fragments, at most 7 datagrams of those sent dropped on this host',
      'balanced',
    ]);
  });

  test('can be read back from what it prints', () => {
    const text = ledgerLines(balanced).map((line) => `pcap-agg: ${line}\n`);
    const unsent = { recordsUnsent: 1, packetsUnsent: 6, unsent: { refused: 1 } };
    const nothing = { recordsTakenUp: 0, packetsTakenUp: 0, recordsRetried: 0, duplicatesPossible: 0 };
    const unacknowledged = { acknowledged: 0, acknowledgedBy: undefined };
    const waiting = { recordsWaiting: 1, packetsWaiting: 4, recordsOnDisk: 0, packetsOnDisk: 0 };
    const datagrams = { fragmented: 2, droppedHere: 7 };
    const sink = { ...unsent, ...nothing, ...unacknowledged, ...waiting, ...datagrams };
    const read = {
      frames: 102,
      packets: 95,
      folded: 4,
      notIp: 3,
      malformed: 2,
      leftOut: { 'own-datagram': 2 },
      open: 5,
      sources: [{ name: 'eth0', droppedByKernel: 7, droppedByInterface: 0, gaps: 2, isAway: true }],
      sinks: [{ name: '127.0.0.1:10518', records: 8, packets: 80, ...sink }],
      balanced: true,
    };
    const unbalanced = ledgerLines({ ...balanced, packetsOpen: 4 }).map((line) => `pcap-agg: ${line}\n`);
    const printed = [...text, 'pcap-agg: another line\n', ...unbalanced, ...text.slice(0, -1)].join('');
    assert.deepEqual(printedLedgers(printed), [read, { ...read, open: 4, balanced: false }]);
  });

  test('can be read back with what is acknowledged, on disk and tried again', () => {
    const [sink] = balanced.sinks;
    const acknowledged = { recordsAcknowledged: 7, acknowledgedBy: "reader's host" as const };
    const disk = { recordsWaiting: 5, packetsWaiting: 14, recordsOnDisk: 4, packetsOnDisk: 10 };
    const takenUp = { recordsTakenUp: 4, packetsTakenUp: 10 };
    const again = { recordsRetried: 3, duplicatesPossible: 2 };
    const unsent = { ...sink!.recordsUnsent, refused: 1, 'too-long': 2 };
    const more = { ...sink!, ...acknowledged, ...disk, ...takenUp, ...again, recordsUnsent: unsent };
    const text = ledgerLines({ ...balanced, sinks: [more] }).map((line) => `pcap-agg: ${line}\n`);
    assert.equal(
      text.at(-2),
      "pcap-agg: 127.0.0.1:10518: 8 records sent (80 packets) and 7 acknowledged by the reader's host, " +
        '3 not sent (6 packets): refused 1, too-long 2, 1 waiting (4 packets), 4 waiting on disk (10 packets), ' +
        '4 taken up from disk (10 packets), 3 tried again, at most 2 duplicates, 2 sent in fragments, ' +
        'at most 7 datagrams of those sent dropped on this host\n',
    );
    const [read] = printedLedgers(text.join(''));
    assert.deepEqual(read?.sinks, [
      {
        name: '127.0.0.1:10518',
        records: 8,
        packets: 80,
        acknowledged: 7,
        acknowledgedBy: "reader's host",
        recordsUnsent: 3,
        packetsUnsent: 6,
        unsent: { refused: 1, 'too-long': 2 },
        recordsWaiting: 1,
        packetsWaiting: 4,
        recordsOnDisk: 4,
        packetsOnDisk: 10,
        ...takenUp,
        recordsRetried: 3,
        duplicatesPossible: 2,
        fragmented: 2,
        droppedHere: 7,
      },
    ]);
  });

  test('balances with what an earlier run had left on disk, at each output by itself', () => {
    const [sink] = balanced.sinks;
    const spooled = { ...sink!, name: 'tcp://127.0.0.1:5170', recordsTakenUp: 3, packetsTakenUp: 11 };
    const sinks = [sink!, { ...spooled, recordsSent: 11, packetsSent: 91 }];
    assert.deepEqual(imbalances({ ...balanced, sinks }), []);
    const [wrong, ...others] = imbalances({ ...balanced, sinks: [sink!, spooled] });
    assert.deepEqual(others, []);
    assert.equal(
      wrong,
      'packets aggregated and taken up = packets sent + not sent + waiting + in open windows (tcp://127.0.0.1:5170): ' +
        '106 on one side, 95 on the other',
    );
  });

  test('says "all" where all that was sent is acknowledged, and nothing where nothing was sent', () => {
    const [sink] = balanced.sinks;
    const lineOf = (more: object) =>
      ledgerLines({ ...balanced, sinks: [{ ...sink!, acknowledgedBy: 'reader', ...more }] }).at(-2)!;
    assert.match(
      lineOf({ recordsAcknowledged: 8 }),
      /8 records sent \(80 packets\) and all acknowledged by the reader, 1/,
    );
    assert.match(lineOf({ recordsSent: 0, packetsSent: 0 }), /: 0 records sent \(0 packets\), 1 not sent/);
  });

  test('shows each equation that does not hold', () => {
    const wrong = { ...balanced, framesReceived: 103 };
    assert.deepEqual(imbalances(wrong), [
      'frames received = packets aggregated + not IP + malformed + left out: 103 on one side, 102 on the other',
      'offered by the kernel = frames received + dropped by kernel + dropped by interface: 109 on one side, 110 on the other',
    ]);
    assert.equal(
      ledgerLines({ ...balanced, packetsOpen: 4 }).at(-1),
      `NOT BALANCED: ${imbalances({ ...balanced, packetsOpen: 4 })[0]}`,
    );
  });

  test('says "unknown" where a source cannot know what it lost', () => {
    const source = {
      name: 'lo',
      droppedByKernel: undefined,
      droppedByInterface: undefined,
      gaps: 0,
      gapMs: 0,
      awayMs: 0,
      offeredByKernel: undefined,
    };
    const ledger = { ...balanced, sources: [source] };
    assert.deepEqual(imbalances(ledger), []);
    assert.equal(
      ledgerLines(ledger)[1],
      'lo: unknown dropped by the kernel, unknown dropped by the interface',
    );
  });
});

describe('log', () => {
  test('repeats a subject once a minute and says what it held back', () => {
    const lines: string[] = [];
    let now = 0;
    const log = createLog(
      (line) => lines.push(line),
      () => now,
    );
    log.line('started');
    for (now = 0; now < 150_000; now += 25_000) log.limited('refused', `refused at ${now}`);
    log.limited('other', 'other');
    assert.deepEqual(lines, [
      'pcap-agg: started\n',
      'pcap-agg: refused at 0\n',
      'pcap-agg: refused at 75000 (2 more like this since the last line)\n',
      'pcap-agg: other\n',
    ]);
  });
});

describe('wall clock', () => {
  test('counts microseconds and follows when it is set', () => {
    let date = 1_000_000;
    let steady = 5;
    const nowUs = createWallClock(
      () => date,
      () => steady,
    );
    assert.equal(nowUs(), 1_000_000_000);
    steady = 5.25;
    assert.equal(nowUs(), 1_000_000_250);
    steady = 6.5;
    date += 1;
    assert.equal(nowUs(), 1_000_001_500);
    date -= 3_600_000;
    assert.equal(nowUs(), (1_000_001 - 3_600_000) * 1000);
    steady += 0.5;
    assert.equal(nowUs(), (1_000_001 - 3_600_000) * 1000 + 500);
  });
});
