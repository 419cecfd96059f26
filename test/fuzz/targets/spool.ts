/** Files of a spool that something else has changed: a segment's bytes, and the cursor's. */
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { decodeSlots, encodeSlot } from '../../../src/sink/spool/cursor.js';
import { Settled, unknownHome } from '../../../src/sink/spool/settled.js';
import {
  findRuns,
  headerBytes,
  layOut,
  partOf,
  readHeader,
  seal,
} from '../../../src/sink/spool/stored-run.js';
import { takeUp } from '../../../src/sink/spool/take-up.js';
import { encodedOf, numberedLines } from '../../sink/encoded.js';
import type { Target } from './target.js';

const mark = 0x1234_5678;
const slotBytes = 4_096;
const origin = { agent: 'a1', windowStartUs: 1e15, firstNumber: 7 };

function runs(): Buffer {
  const encoded = [
    { ...encodedOf(numberedLines(0, 3)), origin },
    { ...encodedOf(numberedLines(3, 2)), origin: { ...origin, numbers: [4, 2] } },
    encodedOf(numberedLines(5, 1)),
  ];
  let start = { ordinal: 0, packets: 0 };
  return Buffer.concat(
    encoded.map((records) => {
      const run = layOut(records, 0, records.records);
      seal(run, mark, start);
      start = readHeader(run, 0, mark)!.end;
      return run;
    }),
  );
}

function slot(): Buffer {
  const pieces = [
    { from: 12, to: 14, packets: 5, home: unknownHome },
    { from: 20, to: 21, packets: 1, home: unknownHome },
  ];
  return encodeSlot({ times: 3, before: { ordinal: 10, packets: 30 }, pieces });
}

/** Sums are no secret: whatever they let through has to be taken, too. */
function mended(input: Uint8Array): Buffer {
  const bytes = Buffer.from(input);
  if (bytes.length >= 40 && bytes.readUInt32LE(0) === slot().readUInt32LE(0)) {
    const end = Math.min(bytes.length, 40 + bytes.readUInt32LE(32) * 24);
    bytes.writeUInt32LE(crc32(bytes.subarray(8, end)), 4);
  } else if (bytes.length >= headerBytes) {
    const end = Math.min(bytes.length, headerBytes + bytes.readUInt32LE(16));
    bytes.writeUInt32LE(crc32(bytes.subarray(headerBytes, end)), 12);
    bytes.writeUInt32LE(crc32(bytes.subarray(12, headerBytes)), 8);
  }
  return bytes;
}

function run(input: Uint8Array): void {
  for (const bytes of [Buffer.from(input), mended(input)]) {
    checkSegment(bytes);
    checkCursor(Buffer.concat([bytes.subarray(0, slotBytes), Buffer.alloc(slotBytes)]));
  }
}

function checkSegment(bytes: Buffer): void {
  const whole = findRuns(bytes, mark, true);
  assert.equal(whole.looked, bytes.length);
  const first = findRuns(bytes, mark, false);
  assert.ok(first.looked <= bytes.length);
  assert.ok(first.looked > 0 || first.neededBytes > bytes.length || bytes.length < headerBytes);
  assert.deepEqual(whole.runs.slice(0, first.runs.length), first.runs);
  for (const { header, encoded } of whole.runs) {
    const { records, ends, packetSums } = encoded;
    assert.equal(ends.at(-1), encoded.bytes.length);
    assert.equal(packetSums.at(-1), header.end.packets - header.start.packets);
    for (let at = 0; at < records; at++) assert.equal(partOf(encoded, at, at + 1).records, 1);
    const again = layOut(encoded, 0, records);
    seal(again, mark, header.start);
    assert.deepEqual(readHeader(again, 0, mark)?.end, header.end);
  }
}

function checkCursor(bytes: Buffer): void {
  const noted = decodeSlots(bytes);
  if (noted === undefined) return;
  assert.deepEqual(decodeSlots(encodeSlot(noted)), noted);
  const { settled, end } = takeUp([], noted);
  assert.deepEqual(settled.left({ ordinal: 0, packets: 0 }, end).records, 0);
  const other = new Settled(noted.before, noted.pieces);
  for (const { from, to } of other.gaps(0, end.ordinal)) assert.ok(from < to);
  assert.ok(other.left(noted.before, end).packets >= 0);
}

export const spool: Target = {
  name: 'spool',
  seeds: () => [runs(), slot(), runs().subarray(0, 150), Buffer.concat([runs().subarray(100), runs()])],
  words: [
    Buffer.from('PQR1'),
    Buffer.from('PQC1'),
    runs().subarray(0, 8),
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
  ],
  maxBytes: 8_192,
  run,
};
