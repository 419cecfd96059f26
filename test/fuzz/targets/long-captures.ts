/**
 * Capture files with blocks, frames and lines that are longer than what the program holds of them.
 *
 *     bytes 0 1    where in the file bytes are put in
 *     bytes 2 3    how many, in units of sixteen
 *     byte 4       which one
 *     bytes 5      the file without them
 */
import { concatenate, uint32 } from '../../support/bytes.js';
import * as captures from '../../support/captures.js';
import { smallFrame } from '../../support/small-captures.js';
import { pcap, pcapng, runFile, text } from './captures.js';
import { bytesOf, type Target } from './target.js';

const headBytes = 5;
const unitBytes = 16;
const pieces = [70_000, 1, 10_000, 7];

function run(input: Uint8Array): Promise<void> {
  const [atLow = 0, atHigh = 0, countLow = 0, countHigh = 0, value = 0] = input;
  const file = input.subarray(headBytes);
  const at = Math.min(atLow | (atHigh << 8), file.length);
  const put = new Uint8Array((countLow | (countHigh << 8)) * unitBytes).fill(value);
  return runFile(concatenate(file.subarray(0, at), put, file.subarray(at)), pieces);
}

function seed(before: Uint8Array, putBytes: number, value: number, after: Uint8Array): Uint8Array {
  const units = putBytes / unitBytes;
  const head = Uint8Array.of(before.length, before.length >> 8, units, units >> 8, value);
  return concatenate(head, before, after);
}

/** A little-endian number. */
const u32 = (value: number): Uint8Array => uint32(value).reverse();

const section = captures.pcapngFile([{ kind: 'section' }, { kind: 'interface' }]);
const enhanced = captures
  .pcapngFile([{ kind: 'section' }, { kind: 'enhanced', frame: smallFrame }])
  .subarray(28);

/** A block whose body is to be put in. */
function seedOfBlock(type: number, bodyBytes: number): Uint8Array {
  const length = u32(bodyBytes + 12);
  return seed(concatenate(section, u32(type), length), bodyBytes, 1, concatenate(length, enhanced));
}

/** A record whose frame is to be put in. */
function seedOfRecord(frameBytes: number, linkType: number): Uint8Array {
  const head = captures.pcapFile({ linkType }, []);
  const lengths = concatenate(u32(1), u32(2), u32(frameBytes), u32(frameBytes));
  const next = captures.pcapRecord(smallFrame);
  return seed(concatenate(head, lengths), frameBytes, 0x45, next);
}

const line = bytesOf('2016-09-08 23:28:29.073292 IP 10.0.0.1.40000 > 10.0.0.2.53: 1+ A? ');
const lineEnd = bytesOf('. (29)\n2016-09-08 23:28:29.073292 IP 10.0.0.1.22 > 10.0.0.2.54690: tcp 52\n');

export const long: Target = {
  name: 'long',
  seeds: () => [
    ...[6, 1, 0x0bad].flatMap((type) =>
      [262_144, 294_912, 1_000_000].map((bytes) => seedOfBlock(type, bytes)),
    ),
    ...[1, 231].flatMap((linkType) =>
      [262_144, 262_160, 1_000_000].map((bytes) => seedOfRecord(bytes, linkType)),
    ),
    ...[1_024, 131_072, 300_000].map((bytes) => seed(line, bytes, 0x61, lineEnd)),
  ],
  words: [...pcap.words, ...pcapng.words, ...text.words],
  maxBytes: 1_024,
  run,
};
