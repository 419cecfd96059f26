/**
 * Datagrams of a few connections, one after the other, each with six bytes before its payload:
 *
 *     connection (2 bits), from the server, by IPv6 | bytes beyond those that were captured (2) | bytes that were (2) |
 *     time since the last, in 16 ms
 */
import assert from 'node:assert/strict';
import { newObserverCounts } from '../../../src/observe/counts.js';
import { QuicInitials } from '../../../src/observe/quic/initials.js';
import { Packet } from '../../../src/packet/packet.js';
import { concatenate, hexadecimal, pattern, uint8, uint16 } from '../../support/bytes.js';
import { FoundNames, unbalanced } from '../../support/found-names.js';
import { cryptoFrame, type InitialOptions, quicInitial } from '../../support/quic-initials.js';
import { clientHello, serverNames } from '../../support/tls-hellos.js';
import { assertFit } from './found.js';
import type { Target } from './target.js';

const headBytes = 6;
const packet = new Packet();
packet.protocol = 17;
packet.hasPorts = 1;

/** One for all inputs, for its memory; each input has an address of its own. */
const found = new FoundNames();
const counts = newObserverCounts();
const initials = new QuicInitials({ findings: found, counts, mostPerSecond: 8 });
let timestampUs = 0;
let input = 0;

function run(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const seenBefore = counts.seen;
  let datagrams = 0;
  input++;
  // A second begins, with all that may be opened in it.
  timestampUs += 1_000_000;
  for (let at = 0; at + headBytes < bytes.length; datagrams++) {
    const start = at + headBytes;
    const capturedBytes = Math.min(view.getUint16(at + 3), bytes.length - start);
    timestampUs += 16_000 * view.getUint8(at + 5);
    look(bytes.slice(start, start + capturedBytes), view.getUint8(at), view.getUint16(at + 1));
    at = start + capturedBytes;
  }
  for (const line of found.take()) {
    const name = line.split(' asked for ')[1]!;
    if (name !== 'none') assertFit(name);
  }
  assert.equal(unbalanced(counts), 0);
  assert.ok(counts.waiting >= 0 && counts.seen - seenBefore <= datagrams);
}

/** What reads beyond the captured bytes throws, or reads nothing. */
function look(payload: Uint8Array, flags: number, beyondBytes: number): void {
  const isFromServer = (flags & 4) !== 0;
  const client = 40_000 + (flags & 3);
  const [source, target] = isFromServer ? [443, client] : [client, 443];
  packet.family = (flags & 8) === 0 ? 4 : 6;
  packet.ports = new DataView(uint16(source, target).buffer).getInt32(0, true);
  packet.source0 = isFromServer ? 1 : input;
  packet.target0 = isFromServer ? input : 1;
  packet.payloadOffset = 0;
  packet.payloadBytes = payload.length + beyondBytes;
  initials.look(new DataView(payload.buffer), 0, payload.length, packet, timestampUs);
}

const id = hexadecimal('8394c8f03e515708');
const hello = clientHello({ before: [serverNames([0, 'www.example.com'])] });
const first = cryptoFrame(0, hello.subarray(0, 60));
const second = cryptoFrame(60, hello.subarray(60));
const acknowledgement = hexadecimal('02 00 00 00 00 01 01 01 01');

/** Not padded: the datagram is told to go on. */
const initial = (options: Partial<InitialOptions>): Uint8Array =>
  quicInitial({ id, frames: cryptoFrame(0, hello), datagramBytes: 0, ...options });

const sent = (payload: Uint8Array, flags = 0): Uint8Array =>
  concatenate(uint8(flags), uint16(1_200, payload.length), uint8(1), payload);

const answer = {
  id: pattern(8),
  sourceId: pattern(8),
  keysOf: id,
  sender: 'server',
  frames: acknowledgement,
} as const;

const seeds = (): Uint8Array[] =>
  ([1, 2] as const).flatMap((version) => [
    sent(initial({ version })),
    concatenate(
      sent(initial({ version, frames: first })),
      sent(initial({ version, ...answer }), 4),
      sent(
        initial({ version, id: pattern(8), keysOf: id, frames: second, token: pattern(9), packetNumber: 1 }),
      ),
    ),
    concatenate(
      sent(initial({ version, frames: second }), 8),
      sent(initial({ version, id: pattern(20), token: pattern(40), frames: first }), 8),
      sent(initial({ version, id: pattern(20), token: pattern(40), frames: second }), 8),
    ),
    sent(concatenate(initial({ version, frames: first }), initial({ version, frames: second }))),
  ]);

export const quicDatagrams: Target = {
  name: 'quic-datagrams',
  seeds,
  // First bytes, versions, ids and lengths, and whole packets.
  words: [
    ...[
      'c000000001',
      'd06b3343cf',
      'c000000000',
      'e000000001',
      'f06b3343cf',
      '088394c8f03e515708',
      '0000',
      '00',
      '14',
    ],
    ...['15', '4000', '4482', '7fff', 'bfffffff', 'c0000000ffffffff', '04b0'],
  ]
    .map(hexadecimal)
    .concat([initial({}), initial({ version: 2, frames: first })]),
  maxBytes: 1_536,
  run,
};
