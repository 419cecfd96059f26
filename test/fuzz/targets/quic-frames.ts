/** The frames of a client's Initials, as they are when opened: packets, each with its length (2) before it. */
import assert from 'node:assert/strict';
import { CryptoBytes, readCryptoFrames } from '../../../src/observe/quic/crypto-frames.js';
import { readClientHello } from '../../../src/observe/tls-hello.js';
import { longestHelloBytes } from '../../../src/observe/tls-records.js';
import { concatenate, hexadecimal, uint8, uint16 } from '../../support/bytes.js';
import { cryptoFrame } from '../../support/quic-initials.js';
import { helloFor, lateHelloFor } from '../../support/tls-hellos.js';
import { assertFit } from './found.js';
import { bytesOf, type Target } from './target.js';

const mostPackets = 8;
const reasons = [undefined, 'malformed', 'too-many'];

/** What pieces hold, by place in the whole; -1 where nothing is known. */
const known = new Int16Array(longestHelloBytes);

/** Puts the same pieces together in the plainest way: a byte at a time, and what came first stands. */
class CheckedBytes extends CryptoBytes {
  override add(offset: number, piece: Uint8Array): boolean {
    const isAdded = super.add(offset, piece);
    for (let at = 0; isAdded && at < piece.length && offset + at < longestHelloBytes; at++)
      if (known[offset + at] === -1) known[offset + at] = piece[at]!;
    return isAdded;
  }

  check(): void {
    const { wholeBytes, view } = this;
    const gap = known.indexOf(-1);
    assert.equal(wholeBytes, gap < 0 ? longestHelloBytes : gap);
    for (let at = 0; at < wholeBytes; at++) if (view.getUint8(at) !== known[at]) assert.fail(`byte ${at}`);
  }
}

function run(input: Uint8Array): void {
  known.fill(-1);
  const bytes = new CheckedBytes();
  let at = 0;
  for (let packets = 0; packets < mostPackets && at + 2 < input.length; packets++) {
    const end = at + 2 + ((input[at]! << 8) | input[at + 1]!);
    // What reads beyond a packet's frames throws.
    const why = readCryptoFrames(Uint8Array.from(input.subarray(at + 2, end)), bytes);
    assert.ok(reasons.includes(why));
    at = end;
  }
  bytes.check();
  const hello = readClientHello(bytes.view, 0, bytes.wholeBytes);
  if (hello.kind === 'name') assertFit(hello.name);
}

const packet = (...frames: readonly Uint8Array[]): Uint8Array => {
  const all = concatenate(...frames);
  return concatenate(uint16(all.length), all);
};

const hello = lateHelloFor('www.example.com');
const piece = (from: number, to: number) => cryptoFrame(from, hello.subarray(from, to));

export const quicFrames: Target = {
  name: 'quic-frames',
  seeds: () => [
    packet(cryptoFrame(0, helloFor('a.example'))),
    concatenate(
      packet(piece(700, 1_000), uint8(1), piece(0, 20), piece(20, 100), uint8(0, 1, 0)),
      packet(piece(1_300, hello.length), piece(100, 700), piece(1_000, 1_300)),
    ),
    packet(piece(0, 40), piece(30, 90), piece(80, 81), piece(10, 120)),
    packet(
      hexadecimal('02 05 40ff 01 00 8000 0001 05  03 05 00 00 00 01 02 03  1c 4001 06 02 6f6b'),
      piece(0, 9),
    ),
  ],
  words: [
    ...['06', '0600', '064100', '0680002000', '06bfffffff', '06c000000000000000', '02', '03', '1c', '4001'],
    ...['7fff', '8000', '0000000e000c000009', '01000000', '0303', '5fff'],
  ]
    .map(hexadecimal)
    .concat(bytesOf('a.example')),
  maxBytes: 3_072,
  run,
};
