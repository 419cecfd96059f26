/** Answers to one PTR question. Byte 0 says whether the rest came over UDP (even) or TCP. */
import assert from 'node:assert/strict';
import { type DecodedPacket, decode } from 'dns-packet';
import { readAnswer } from '../../../src/enrich/names/dns-message.js';
import {
  nameError,
  pointer,
  type Reply,
  refused,
  replyTo,
  startOfAuthority,
} from '../../enrich/names/scripted-dns-server.js';
import { hexadecimal } from '../../support/bytes.js';
import { bytesOf, type Target } from './target.js';

const question = { id: 0xbeef, name: '1.2.0.192.In-aDdR.aRPa' };
const kinds = [
  ...['name', 'nxdomain', 'nameless', 'unfit', 'failure'],
  ...['foreign', 'malformed', 'over-tcp', 'changed-question'],
];
const hostName = /^(?=.{1,253}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const maxTtlSeconds = 0x7fff_ffff;

function run(input: Uint8Array): void {
  const message = Buffer.from(input.subarray(1));
  const before = Buffer.from(message);
  const transport = (input[0] ?? 0) % 2 === 0 ? 'udp' : 'tcp';
  const reading = readAnswer(message, question.id, question.name, transport);
  assert.ok(message.equals(before), 'the message was changed');
  assert.ok(kinds.includes(reading.kind), reading.kind);
  if (reading.kind === 'name') {
    assert.match(reading.name, hostName);
    assertNamedBySecondReader(message, reading.name);
  }
  if (transport === 'tcp') assert.ok(reading.kind !== 'over-tcp' && reading.kind !== 'changed-question');
  if ('ttlSeconds' in reading && reading.ttlSeconds !== undefined) {
    const { ttlSeconds } = reading;
    assert.ok(
      Number.isInteger(ttlSeconds) && ttlSeconds >= 0 && ttlSeconds <= maxTtlSeconds,
      `TTL ${ttlSeconds}`,
    );
  }
}

/** Where dns-packet can read the whole message, it finds a PTR record with that name in it. */
function assertNamedBySecondReader(message: Buffer, name: string): void {
  let packet: DecodedPacket;
  try {
    packet = decode(message);
  } catch {
    return;
  }
  const names = (packet.answers ?? []).map((answer) =>
    answer.type === 'PTR' ? answer.data.toLowerCase() : '',
  );
  assert.ok(names.includes(name.toLowerCase()), `${name} is none of ${names.join()}`);
}

const { name } = question;
const replies: readonly Reply[] = [
  { answers: [pointer(name, 'host.example.com', 77)] },
  { answers: [pointer(name, 'b.example', 10), pointer(name, 'a.example', 20)] },
  {
    answers: [
      { type: 'CNAME', class: 'IN', name, ttl: 9, data: 'x.example' },
      pointer('x.example', 'y.example'),
    ],
  },
  { responseCode: nameError, authorities: [startOfAuthority('2.0.192.in-addr.arpa', 900, 300)] },
  { authorities: [startOfAuthority('2.0.192.in-addr.arpa', 900, 300)] },
  { responseCode: refused },
  { truncated: true },
];

export const dns: Target = {
  name: 'dns',
  seeds: () =>
    replies.flatMap((reply) => [0, 1].map((way) => Uint8Array.of(way, ...replyTo(question, reply)))),
  // Types and classes, compression pointers, labels.
  words: [
    ...['000c0001', '00050001', '00060001', '00290001', 'c00c', 'c0ff', 'ffff', '3f', '40', '00'].map(
      hexadecimal,
    ),
    bytesOf('\u0004host\u0007example\u0000'),
  ],
  maxBytes: 1_024,
  run,
};
