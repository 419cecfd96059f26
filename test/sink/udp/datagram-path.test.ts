/** What becomes of the packing where nobody knows how long datagrams may be, but the kernel refuses them as too long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../../src/sink/outbox.js';
import type { RecordRun } from '../../../src/sink/record-run.js';
import { DatagramPath, type PathLink } from '../../../src/sink/udp/datagram-path.js';
import { encodedOf, numberedLines } from '../encoded.js';

const recordBytes = 100;

/**
 * Packs records of `recordBytes` over a link that takes so many bytes in one piece, and does not say so. The first
 * `strayRefusals` are not for what is sent.
 */
function createRig(takenBytes: number, strayRefusals = 0) {
  let strays = strayRefusals;
  const lines: string[] = [];
  const path = new DatagramPath({ packBytes: 1400, longestRecordBytes: 8192 }, (_, text) => lines.push(text));
  const link: PathLink = {
    localAddress: '192.0.2.1',
    localPort: 1,
    address: '192.0.2.2',
    port: 2,
    pathMtu: () => undefined,
    tell: () => null,
    send: (_bytes, start, end, inFragments) =>
      strays-- <= 0 && (inFragments || end - start <= takenBytes) ? null : new Error('EMSGSIZE'),
  };
  path.open(link);
  const outbox = new Outbox(1e6);
  const next = () => outbox.nextWithin(path.packBytes, path.longestBytes, () => assert.fail('too long'));
  /** Sends so many records; returns the bytes of each datagram, with a minus where it was refused. */
  const send = (records: number): number[] => {
    outbox.push(encodedOf(numberedLines(0, records, recordBytes)));
    const tried: number[] = [];
    for (let run: RecordRun | undefined = next(); run !== undefined; run = next()) {
      assert.ok(tried.length < 20, String(tried));
      const bytes = run.end - run.start;
      if (path.send(run, link) === null) {
        path.sent();
        outbox.sent();
        tried.push(bytes);
      } else {
        path.refused(run, link);
        tried.push(-bytes);
      }
    }
    return tried;
  };
  return { lines, send };
}

test('each refusal after the second halves what is packed, until it is taken', () => {
  const { lines, send } = createRig(500);
  assert.deepEqual(send(10), [-1000, -1000, -1000, 500, 500]);
  assert.deepEqual(lines, ['the path takes 500 bytes in a datagram; no more are packed']);
  assert.deepEqual(send(10), [500, 500]);
});

test('a refusal or two may have been for an earlier datagram, and change nothing', () => {
  const { lines, send } = createRig(1400, 2);
  assert.deepEqual(send(14), [-1400, -1400, 1400]);
  assert.deepEqual(lines, []);
});

test('a single record that is refused goes in fragments', () => {
  const { send } = createRig(recordBytes - 1);
  assert.deepEqual(send(2), [-200, -200, -200, -100, 100, 100]);
});
