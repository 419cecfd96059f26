/** Capture files, from their first byte to the last record, read at once and in odd pieces. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { captureFrom } from '../../../src/source/capture-source.js';
import { chunkBytes } from '../../../src/source/files/chunk.js';
import { SourceError } from '../../../src/source/source.js';
import { concatenate, hexadecimal } from '../../support/bytes.js';
import { CheckedPipeline } from '../../support/checked-pipeline.js';
import { textEncodings } from '../../support/marked-text.js';
import { memoryInput } from '../../support/memory-input.js';
import { projectFiles, projectRoot } from '../../support/project.js';
import { arrivalUs } from '../../support/text-recorder.js';
import type { Target } from './target.js';
import { tcpdumpWords } from './tcpdump-words.js';

export interface CaptureReading {
  /** Frames by what became of them. */
  readonly byOutcome: readonly number[];
  /** Records of all windows. */
  readonly lines: readonly string[];
  /** The SourceError's message; '' where the input was read to its end. */
  readonly failure: string;
}

/** Few, so that windows close in the middle of a file and tables are full. */
const options = { intervalUs: 1_000_000, maxFlows: 3 };

/**
 * Reads a capture through all stages, at once or in pieces of so many bytes, held back then at each window's end. Throws
 * where any stage breaks a promise.
 */
export async function readCapture(bytes: Uint8Array, readBytes?: readonly number[]): Promise<CaptureReading> {
  const input = memoryInput(bytes, readBytes === undefined ? {} : { readBytes });
  const pipeline = new CheckedPipeline({ ...options, holds: readBytes !== undefined });
  const warned: string[] = [];
  const source = captureFrom(input, {
    log: { limited: (_subject, text) => warned.push(text) },
    nowUs: () => arrivalUs,
  });
  let failure = '';
  try {
    await source.run(pipeline);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    assert.equal(error.kind, 'input');
    failure = error.message;
  }
  await pipeline.close();
  for (const line of [failure, ...warned])
    assert.doesNotMatch(line, /[^\x20-\x7e…]/, 'a line for the operator');
  assert.ok(input.largestBufferBytes <= chunkBytes, `a buffer of ${input.largestBufferBytes} bytes`);
  return { byOutcome: pipeline.byOutcome, lines: pipeline.lines, failure };
}

const oddPieces = [7, 1, 64, 3, 500];

/** Reads a file at once and in pieces, which must make no difference. */
export async function runFile(input: Uint8Array, pieces: readonly number[] = oddPieces): Promise<void> {
  const [inPieces, atOnce] = [await readCapture(input, pieces), await readCapture(input)];
  assert.deepEqual(inPieces, atOnce, 'read in pieces');
}

/** The first byte says whether what follows is packed here, and into how many members. */
async function runGzip(input: Uint8Array): Promise<void> {
  const content = input.subarray(1);
  const middle = content.length >> 1;
  const packed = [
    () => content,
    () => gzipSync(content, { level: 1 }),
    () => concatenate(gzipSync(content.subarray(0, middle)), gzipSync(content.subarray(middle))),
  ][(input[0] ?? 0) % 3]!();
  await readCapture(packed, oddPieces);
  await readCapture(packed);
}

function fixtureFiles(ending: RegExp): Uint8Array[] {
  return projectFiles('fixtures', '')
    .filter((path) => ending.test(path))
    .map((path) => new Uint8Array(readFileSync(join(projectRoot, path))));
}

const magicNumbers = ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d', '34cdb2a1', 'a1b2cd34'].map(
  hexadecimal,
);
const blockHeads = [
  '0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000',
  '010000001400000001000000000004001400000014000000',
  '0600000020000000000000000000000000000000',
  '0300000010000000',
  '0200000020000000',
  '09000100060000000900010009000000',
  '0e000800ffffffffffffffff',
].map(hexadecimal);

export const pcap: Target = {
  name: 'pcap',
  seeds: () => fixtureFiles(/\.pcap$/),
  words: magicNumbers,
  maxBytes: 4_096,
  run: runFile,
};

export const pcapng: Target = {
  name: 'pcapng',
  seeds: () => fixtureFiles(/\.pcapng$/),
  words: blockHeads,
  maxBytes: 4_096,
  run: runFile,
};

export const gzip: Target = {
  name: 'gzip',
  seeds: () => [
    ...fixtureFiles(/\.gz$/).map((file) => Uint8Array.of(0, ...file)),
    ...fixtureFiles(/little-micro\.pcap$|plain\.pcapng$/).map((file) => Uint8Array.of(1, ...file)),
  ],
  words: [hexadecimal('1f8b0800'), hexadecimal('1f8b081c'), ...magicNumbers],
  maxBytes: 2_048,
  run: runGzip,
};

/** The same in each encoding that is told by a byte order mark; cut short, since UTF-16 takes twice the bytes. */
function markedSeeds(files: readonly Uint8Array[]): Uint8Array[] {
  return files
    .map((file) => Buffer.from(file.subarray(0, 500)).toString('latin1'))
    .flatMap((text) => Object.values(textEncodings).map((encode) => new Uint8Array(encode(text))));
}

const textFixtures = () => fixtureFiles(/^fixtures\/text-.*\.txt$/);

export const text: Target = {
  name: 'text',
  seeds: () => [...textFixtures(), ...markedSeeds(textFixtures())],
  words: [...tcpdumpWords, ...['efbbbf', 'fffe', 'feff', '0a00', '000a'].map(hexadecimal)],
  maxBytes: 2_048,
  run: runFile,
};
