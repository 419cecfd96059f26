/**
 * Messages of DNS servers that pass by. Byte 0 says whether the rest came by UDP (even) or TCP, byte 1 how much of its end was
 * not captured.
 */
import assert from 'node:assert/strict';
import { newObserverCounts } from '../../../src/observe/counts.js';
import { DnsAnswers } from '../../../src/observe/dns-answers.js';
import { Packet } from '../../../src/packet/packet.js';
import { concatenate, hexadecimal, uint8, uint16 } from '../../support/bytes.js';
import { addressRecord, dnsMessage, dnsName, pointerTo, typeCname } from '../../support/dns-messages.js';
import { answerText } from '../../support/dns-second-reading.js';
import { FoundNames, unbalanced } from '../../support/found-names.js';
import { assertFit } from './found.js';
import { bytesOf, type Target } from './target.js';

const packet = new Packet();

function run(input: Uint8Array): void {
  const [way = 0, notCaptured = 0] = input;
  const message = Uint8Array.from(input.subarray(2));
  const capturedBytes = Math.max(0, message.length - notCaptured);
  const found = new FoundNames();
  const counts = newObserverCounts();
  const answers = new DnsAnswers({ findings: found, counts });
  // What reads beyond the captured bytes throws.
  const view = new DataView(message.buffer, 0, capturedBytes);
  const isCut = capturedBytes < message.length;
  if (way % 2 === 0) answers.datagram(view, 0, capturedBytes, isCut, packet);
  else answers.segment(view, 0, capturedBytes, isCut, packet);
  assert.equal(counts.seen, 1);
  assert.equal(unbalanced(counts), 0);
  assert.equal(counts.parsed === 1, found.lines.length > 0);
  for (const line of found.lines) assertFit(line.split(' told ')[1]!.split(' ')[0]!);
  if (way % 2 === 0 && !isCut) assertReadAlike(message, found.lines);
}

function assertReadAlike(message: Uint8Array, lines: readonly string[]): void {
  const expected = answerText(Buffer.from(message));
  if (expected === undefined) return;
  assert.deepEqual(
    lines.map((line) => line.split(' told ')[1]),
    expected === 'nothing' ? [] : [expected],
  );
}

const name = dnsName('www.example.com');
const cdn = dnsName('cdn.example.net');
const messages = [
  dnsMessage({ name, answers: [addressRecord('192.0.2.1'), addressRecord('2001:db8::1')] }),
  dnsMessage({ name, answers: [{ type: typeCname, data: cdn }, addressRecord('192.0.2.1', cdn)] }),
  dnsMessage({
    name,
    answers: [
      { type: typeCname, data: concatenate(uint8(1, 97), pointerTo(16)) },
      addressRecord('192.0.2.9', pointerTo(45)),
    ],
  }),
  dnsMessage({ name, flags: 0x8380, answers: [addressRecord('192.0.2.1')] }),
  dnsMessage({ name, flags: 0x8183 }),
];
const overTcp = (message: Uint8Array) => concatenate(uint16(message.length), message);

export const dnsAnswers: Target = {
  name: 'dns-answers',
  seeds: () => [
    ...messages.flatMap((message) => [0, 40].map((cut) => Uint8Array.of(0, cut, ...message))),
    Uint8Array.of(1, 0, ...messages.flatMap((message) => [...overTcp(message)])),
  ],
  // Types and classes, compression pointers, labels.
  words: [
    ...['00010001', '00050001', '001c0001', '0001', '0010', 'c00c', 'c02d', 'ffff', '3f', '40', '00'].map(
      hexadecimal,
    ),
    bytesOf('\u0003www\u0007example\u0003com\u0000'),
  ],
  maxBytes: 1_024,
  run,
};
