/** What reaches a receiver with the system's default buffer that takes 20 microseconds over each record. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { UdpSink } from '../../../src/sink/udp/udp.js';
import { encodedOf, numberedLines } from '../encoded.js';
import type { ReceiverReport } from './receiver.js';
import { type Receiver, startReceiver } from './receiver-process.js';
import { sender } from './udp-rig.js';

const windowRecords = 20_000;
const recordBytes = 300;
const recordsEach = 250;
const tickMs = 5;
/** At the receiver, until it has dealt with all that is in its buffer. */
const mostLooks = 200;
/**
 * Spread over five seconds, so many milliseconds of records fit into the receive buffer. Where the system leaves the
 * receiver without a processor for longer, as on a machine that is busy with other tests, losses say nothing.
 */
const bufferMs = 30;
/** Only the addon can ask how full the receive buffer is. */
const asksReceiver = sender.calls !== undefined;

/** Sends a window's records and returns what the receiver says of them once it has dealt with all. */
async function sendWindow(
  receiver: Receiver,
  ratePerSecond: number,
  announced: boolean,
): Promise<ReceiverReport> {
  const nowMs = () => performance.now();
  const target = { name: 'collector', host: '127.0.0.1', port: receiver.port };
  const sink = new UdpSink({ target, log: { limited: assert.fail }, nowMs, ratePerSecond, ...sender });
  sink.start();
  if (announced) sink.announce(windowRecords);
  for (let written = 0; written < windowRecords || sink.counts.recordsWaiting > 0; ) {
    for (; sink.ready && written < windowRecords; written += recordsEach) {
      sink.write(encodedOf(numberedLines(written, recordsEach, recordBytes)));
    }
    sink.tick(nowMs());
    await sleep(tickMs);
  }
  await sink.close(nowMs());
  assert.deepEqual([sink.counts.recordsSent, sink.counts.packetsSent], [windowRecords, 3 * windowRecords]);
  let report = await receiver.report();
  for (let look = 0; look < mostLooks && report.received.length + report.dropped < windowRecords; look++) {
    await sleep(tickMs);
    report = await receiver.report();
  }
  return report;
}

test('of 20,000 records that are spread over the first part of a window none is lost', async (context) => {
  const receiver = await startReceiver(20);
  context.after(() => receiver.stop());
  const { received, dropped, longestStallMs } = await sendWindow(receiver, 20_000, true);
  assert.equal(received.length + dropped, windowRecords);
  if (asksReceiver || dropped === 0 || longestStallMs < bufferMs) {
    assert.deepEqual(received, numberedLines(0, windowRecords, recordBytes));
  } else {
    context.diagnostic(`${dropped} were lost by a receiver that did not run for ${longestStallMs} ms`);
  }
});

test('20,000 records in a burst wait for room, or many are lost where the receiver cannot be asked', async (context) => {
  const receiver = await startReceiver(20);
  context.after(() => receiver.stop());
  const { received, dropped } = await sendWindow(receiver, 10_000_000, false);
  if (asksReceiver) assert.deepEqual(received, numberedLines(0, windowRecords, recordBytes));
  else assert.ok(dropped > 0, 'the receiver was meant to be too slow');
  assert.equal(received.length + dropped, windowRecords);
});
