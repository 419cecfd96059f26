/**
 * TCP segments of a few connections, one after the other, each with six bytes before its payload:
 *
 *     connection (3 bits), cut, pushed | where it begins in the stream (2) | payload's length (2) | time since the last, in 16 ms
 */
import assert from 'node:assert/strict';
import { newObserverCounts } from '../../../src/observe/counts.js';
import { HelloSegments, longestWaitUs } from '../../../src/observe/hello-segments.js';
import { Packet } from '../../../src/packet/packet.js';
import { concatenate, hexadecimal, uint8, uint16 } from '../../support/bytes.js';
import { FoundNames, unbalanced } from '../../support/found-names.js';
import { helloFor, lateHelloFor, tlsRecords } from '../../support/tls-hellos.js';
import { assertFit } from './found.js';
import { bytesOf, type Target } from './target.js';

const tcpHeaderBytes = 20;
const mostPayloadBytes = 2_000;
const packet = new Packet();
packet.family = 4;
packet.protocol = 6;
packet.hasPorts = 1;
packet.payloadOffset = tcpHeaderBytes;
const frame = new Uint8Array(tcpHeaderBytes + mostPayloadBytes);
const frameView = new DataView(frame.buffer);

/** One for all inputs, for its buffers. Each input leaves it with nothing that waits. */
const found = new FoundNames();
const counts = newObserverCounts();
const hellos = new HelloSegments({ findings: found, counts });
let timestampUs = 0;

function run(input: Uint8Array): void {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const seenBefore = counts.seen;
  let segments = 1;
  for (let at = 0; at + 6 < input.length; segments++) {
    const flags = view.getUint8(at);
    const payloadBytes = Math.min(1 + (view.getUint16(at + 3) % mostPayloadBytes), input.length - at - 6);
    timestampUs += 16_000 * view.getUint8(at + 5);
    look(input.subarray(at + 6, at + 6 + payloadBytes), flags, view.getUint16(at + 1));
    at += 6 + payloadBytes;
  }
  // After a while, nothing waits any more.
  timestampUs += longestWaitUs + 1;
  look(lastHello, 0, 0);
  assert.equal(counts.waiting, 0);
  assert.equal(unbalanced(counts), 0);
  assert.ok(counts.seen - seenBefore <= segments);
  const names = found.take().map((line) => line.split(' asked for ')[1]!);
  for (const name of names) assertFit(name);
  assert.equal(names.pop(), 'last.example');
}

const lastHello = tlsRecords(helloFor('last.example'));

function look(payload: Uint8Array, flags: number, at: number): void {
  const isCut = (flags & 8) !== 0;
  const capturedBytes = isCut ? Math.max(1, payload.length >> 1) : payload.length;
  frameView.setUint16(0, 40_000 + (flags & 7));
  frameView.setUint16(2, 443);
  // Sequence numbers go round within the stream.
  frameView.setInt32(4, (0xffff_8000 + at) | 0);
  frame[12] = 0x50;
  frame.set(payload.subarray(0, capturedBytes), tcpHeaderBytes);
  packet.ports = frameView.getInt32(0, true);
  packet.payloadBytes = payload.length;
  packet.tcpFlags = flags & 16 ? 8 : 0;
  const end = tcpHeaderBytes + capturedBytes;
  // What reads beyond the captured bytes throws.
  if (hellos.wants(frame[tcpHeaderBytes]!, packet))
    hellos.look(new DataView(frame.buffer, 0, end), tcpHeaderBytes, end, isCut, packet, timestampUs);
}

/** A stream in segments of so many bytes, in an order. */
function inSegments(stream: Uint8Array, segmentBytes: number, order: readonly number[]): Uint8Array {
  return concatenate(
    ...order.map((index) => {
      const at = index * segmentBytes;
      const payload = stream.subarray(at, at + segmentBytes);
      return concatenate(uint8(16), uint16(at, payload.length - 1), uint8(0), payload);
    }),
  );
}

const small = tlsRecords(helloFor('early.example').subarray(0, 400));
const late = tlsRecords(lateHelloFor('late.example'));

export const helloSegments: Target = {
  name: 'hello-segments',
  seeds: () => [
    inSegments(late, 1_400, [0, 1]),
    inSegments(late, 1_400, [1, 0]),
    inSegments(late, 500, [0, 2, 1]),
    inSegments(tlsRecords(lateHelloFor('late.example'), 200), 600, [0, 1, 1, 2]),
    inSegments(small, 40, [0, 1, 2, 3]),
  ],
  words: [
    ...['160301', '1603010100', '01000000', '00000000', '10000003e700', 'ffff', '00'].map(hexadecimal),
    bytesOf('late.example'),
  ],
  maxBytes: 4_096,
  run,
};
