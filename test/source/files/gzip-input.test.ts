import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { constants, createGzip, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import { gunzipInput } from '../../../src/source/files/gzip-input.js';
import type { Input } from '../../../src/source/files/input.js';
import { pcapFile } from '../../../src/source/files/pcap-file.js';
import { SourceError } from '../../../src/source/source.js';
import { concatenate, pattern } from '../../support/bytes.js';
import * as captures from '../../support/captures.js';
import { FrameRecorder, readFormat } from '../../support/frame-recorder.js';
import { memoryInput } from '../../support/memory-input.js';
import { seededRandom } from '../../support/random.js';
import { smallFrames, smallPcap } from '../../support/small-captures.js';
import { until } from '../../support/until.js';

/** All bytes of an input, and the SourceError's message in which they end. */
async function readAll(
  input: Input,
  readBytes = 1_000,
): Promise<{ bytes: Uint8Array; failure: string | undefined }> {
  const parts: Uint8Array[] = [];
  const into = new Uint8Array(readBytes);
  try {
    for (let count = await input.read(into); count > 0; count = await input.read(into)) {
      parts.push(into.slice(0, count));
    }
    return { bytes: concatenate(...parts), failure: undefined };
  } catch (error) {
    assert.ok(error instanceof SourceError);
    return { bytes: concatenate(...parts), failure: error.message };
  } finally {
    input.close();
  }
}

const inflate = (packed: Uint8Array, readBytes?: number) =>
  readAll(gunzipInput(memoryInput(packed)), readBytes);

/** Bytes that compress to about half, so that cuts and damage hit them everywhere. */
function noise(count: number): Uint8Array {
  const random = seededRandom(7);
  return Uint8Array.from({ length: count }, () => random() & 15);
}

describe('gzip', () => {
  it('is inflated in reads of any size', async () => {
    const bytes = noise(300_000);
    for (const readBytes of [7_919, 65_536, 300_000]) {
      assert.deepEqual(await inflate(gzipSync(bytes), readBytes), { bytes, failure: undefined });
    }
  });

  it('may have any number of members, empty ones too', async () => {
    const parts = [0, 1, 70_000, 0, 5].map(noise);
    const packed = concatenate(...parts.map((part) => gzipSync(part)));
    assert.deepEqual(await inflate(packed), { bytes: concatenate(...parts), failure: undefined });
  });

  it('may arrive in pieces, a member torn anywhere', async () => {
    const packed = concatenate(gzipSync(smallPcap), gzipSync(smallPcap));
    const input = gunzipInput(memoryInput(packed, { readBytes: [1, 2, 3], late: true }));
    assert.deepEqual(await readAll(input), { bytes: concatenate(smallPcap, smallPcap), failure: undefined });
  });

  it('may be followed by zeros or anything that is not gzip, which gzip ignores too', async () => {
    for (const tail of [new Uint8Array(1_000), pattern(100)]) {
      const packed = concatenate(gzipSync(smallPcap), tail);
      assert.deepEqual(await inflate(packed), { bytes: smallPcap, failure: undefined });
    }
  });

  it('cut at any byte delivers all that came before', async () => {
    const packed = gzipSync(smallPcap);
    for (let cut = 10; cut < packed.length; cut++) {
      const bytes = new Uint8Array(
        gunzipSync(packed.subarray(0, cut), { finishFlush: constants.Z_SYNC_FLUSH }),
      );
      const { bytes: actual, failure } = await inflate(packed.subarray(0, cut));
      assert.deepEqual(actual, bytes, `cut at ${cut}`);
      assert.match(failure!, /^memory: its gzip data end too early after \d+ compressed bytes; /);
    }
  });

  it('with a wrong checksum or length delivers everything before it says so', async () => {
    const bytes = noise(500_000);
    for (const [fromEnd, what] of [
      [8, 'incorrect data check'],
      [4, 'incorrect length check'],
    ] as const) {
      const packed = Uint8Array.from(gzipSync(bytes));
      packed[packed.length - fromEnd]! ^= 1;
      const { bytes: actual, failure } = await inflate(packed);
      assert.deepEqual(actual, bytes);
      assert.match(
        failure!,
        new RegExp(`^memory: its gzip data are damaged \\(${what}\\) after \\d+ compressed bytes; `),
      );
    }
  });

  it('damaged in the middle delivers what came before, but for a part of one read', async () => {
    const bytes = noise(500_000);
    const intact = deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    const invalidBlock = new Uint8Array(1_000).fill(0xff);
    const { bytes: actual, failure } = await inflate(
      concatenate(gzipSync('').subarray(0, 10), intact, invalidBlock),
    );
    assert.ok(actual.length > bytes.length - 65_536);
    assert.deepEqual(actual, bytes.subarray(0, actual.length));
    assert.match(
      failure!,
      /^memory: its gzip data are damaged \(invalid block type\) after \d+ compressed bytes; /,
    );
  });

  it('from a pipe is delivered as it arrives', async () => {
    const gzip = createGzip();
    const compressed: Uint8Array[] = [];
    gzip.on('data', (piece: Uint8Array) => compressed.push(piece));
    let close = () => {};
    const closed = new Promise<number>((resolve) => {
      close = () => resolve(0);
    });
    const pipe: Input = {
      name: 'pipe',
      close: () => close(),
      async read(into) {
        if (compressed.length === 0) return closed;
        const piece = concatenate(...compressed.splice(0));
        into.set(piece);
        return piece.length;
      },
    };
    gzip.write(smallPcap);
    await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, () => resolve()));

    const input = gunzipInput(pipe);
    const recorder = new FrameRecorder();
    const reading = readFormat(pcapFile, input, recorder);
    await until('the frames came', () => recorder.frames.length === smallFrames.length);
    input.close();
    assert.deepEqual(await reading, { frames: smallFrames, failure: undefined, warnings: [] });
  });

  it('that unpacks to a thousand times its size takes no memory for it', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const mebibyte = 1_048_576;
    const zeros = gzipSync(new Uint8Array(64 * mebibyte));
    const record = captures.pcapFile({ linkType: 231 }, [
      { bytes: pattern(0), capturedBytes: 128 * mebibyte },
    ]);
    const packed = concatenate(gzipSync(record), zeros, zeros, gzipSync(record.subarray(24)), zeros, zeros);
    const memory = memoryInput(packed);
    const input = gunzipInput({ ...memory, read: (into) => memory.read(into.subarray(0, 4_096)) });

    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    const growths: number[] = [];
    const measuring = setInterval(() => {
      collectGarbage();
      growths.push(process.memoryUsage().arrayBuffers - before);
    }, 10);
    const { frames, failure } = await readFormat(pcapFile, input);
    clearInterval(measuring);
    assert.deepEqual([frames.length, failure], [2, undefined]);
    assert.ok(growths.length > 0);
    // What there is beyond a few buffers is garbage of the last milliseconds.
    assert.ok(Math.max(...growths) < 64 * mebibyte, `${Math.max(...growths)} bytes`);
  });
});
