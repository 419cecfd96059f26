import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { linkDecoder } from '../../src/packet/decode.js';
import { openCapture } from '../../src/source/capture-source.js';
import { chunkBytes } from '../../src/source/files/chunk.js';
import type { CaptureFormat } from '../../src/source/files/input.js';
import { pcapFile } from '../../src/source/files/pcap-file.js';
import { pcapngFile } from '../../src/source/files/pcapng-file.js';
import * as captures from '../support/captures.js';
import { type RecordedFrame, readFormat, readSource } from '../support/frame-recorder.js';
import { type MemoryInputOptions, memoryInput } from '../support/memory-input.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const seed = 20_160_908;
const folder = temporaryFolder();

/** Frames as far apart as the years 1970 and 2106, in any order, some of them cut by their snapshot length. */
const frames = fc.array(
  fc.record({
    bytes: fc.uint8Array({ maxLength: 120 }),
    timestampUs: fc.integer({ min: 0, max: 0xffff_ffff * 1_000_000 + 999_999 }),
    nanoseconds: fc.integer({ min: 0, max: 999 }),
    cutBytes: fc.integer({ min: 0, max: 2_000 }),
  }),
  { maxLength: 20 },
);
type Frame = { bytes: Uint8Array; timestampUs: number; nanoseconds: number; cutBytes: number };

const stated = ({ cutBytes, ...frame }: Frame): captures.CapturedFrame => ({
  ...frame,
  wireBytes: frame.bytes.length + cutBytes,
});
const recorded = ({ bytes, timestampUs, cutBytes }: Frame, decode = linkDecoder(1)!): RecordedFrame => ({
  decode,
  bytes,
  wireBytes: bytes.length + cutBytes,
  timestampUs,
});

/** Reads of any sizes; some of them late, as a pipe's are. */
const reads: fc.Arbitrary<MemoryInputOptions> = fc.record({
  readBytes: fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 4_000 })), {
    minLength: 1,
    maxLength: 5,
  }),
  late: fc.boolean(),
});

const byteOrder = fc.constantFrom('little', 'big');
const pcapOptions = fc.record({
  byteOrder,
  nanoseconds: fc.boolean(),
  linkType: fc.constantFrom(1, 0x5400_0001),
  snapshotBytes: fc.constantFrom(0, 65_535, 262_144, 0xffff_ffff),
});

/** What a pcapng file may have between its packets. */
const passedOver = fc.constantFrom<captures.PcapngBlock[]>(
  [],
  [{ kind: 'other', type: 0x0bad, body: new Uint8Array(7) }],
  [{ kind: 'other', type: 5, body: new Uint8Array(0) }],
);
const interfaceOptions = fc.record({
  linkType: fc.constantFrom(1, 101, 113),
  timestampResolution: fc.constantFrom(6, 9),
  timestampOffsetSeconds: fc.constantFrom(0, -3_600),
});
const pcapngSections = fc.array(
  fc.record({
    byteOrder,
    interfaces: fc.array(interfaceOptions, { minLength: 1, maxLength: 3 }),
    packets: fc.array(fc.record({ pick: fc.nat(), obsolete: fc.boolean(), before: passedOver }), {
      maxLength: 20,
    }),
  }),
  { minLength: 1, maxLength: 3 },
);

describe('any frames in any variant, read in any pieces, are delivered as they were written', () => {
  it('in pcap', async () => {
    await fc.assert(
      fc.asyncProperty(pcapOptions, frames, reads, async (options, written, pieces) => {
        const file = captures.pcapFile(options, written.map(stated));
        assert.deepEqual(await readFormat(pcapFile, memoryInput(file, pieces)), {
          frames: written.map((frame) => recorded(frame)),
          failure: undefined,
          warnings: [],
        });
      }),
      { seed, numRuns: 300 },
    );
  });

  it('in pcapng', async () => {
    await fc.assert(
      fc.asyncProperty(pcapngSections, frames, reads, async (sections, written, pieces) => {
        const blocks: captures.PcapngBlock[] = [];
        const expected: RecordedFrame[] = [];
        let next = 0;
        for (const { byteOrder, interfaces, packets } of sections) {
          blocks.push({ kind: 'section', byteOrder });
          for (const options of interfaces) blocks.push({ kind: 'interface', ...options });
          for (const { pick, obsolete, before } of packets) {
            const frame = written[next++];
            if (!frame) break;
            const index = pick % interfaces.length;
            blocks.push(...before);
            blocks.push({ kind: obsolete ? 'obsolete' : 'enhanced', interface: index, frame: stated(frame) });
            expected.push(recorded(frame, linkDecoder(interfaces[index]!.linkType)));
          }
        }
        const input = memoryInput(captures.pcapngFile(blocks), pieces);
        assert.deepEqual(await readFormat(pcapngFile, input), {
          frames: expected,
          failure: undefined,
          warnings: [],
        });
      }),
      { seed, numRuns: 300 },
    );
  });
});

const intactPcap = fc
  .tuple(pcapOptions, frames)
  .map(([options, written]) => captures.pcapFile(options, written.map(stated)));
const intactPcapng = fc.tuple(byteOrder, interfaceOptions, frames).map(([byteOrder, options, written]) =>
  captures.pcapngFile([
    { kind: 'section', byteOrder },
    { kind: 'interface', ...options },
    { kind: 'interface' },
    ...written.map((frame, index): captures.PcapngBlock => {
      if (index % 3 === 2) return { kind: 'simple', frame: stated({ ...frame, cutBytes: 0 }) };
      return { kind: index % 3 === 0 ? 'enhanced' : 'obsolete', interface: index % 2, frame: stated(frame) };
    }),
  ]),
);

/** Numbers that lengths, indices and times are hostile with. */
const hostileWords = [
  0, 1, 11, 12, 13, 262_144, 262_145, 294_912, 16_777_216, 0x7fff_ffff, 0xffff_fffc, 0xffff_ffff,
];
const mutations = fc.array(
  fc.record({
    kind: fc.constantFrom('bit', 'word', 'cut', 'remove', 'repeat'),
    where: fc.nat({ max: 999_999 }),
    word: fc.constantFrom(...hostileWords),
    littleEndian: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);
type Mutation = { kind: string; where: number; word: number; littleEndian: boolean };

/** The first `keptBytes` stay: with four, the file is still taken for what it was. */
function mutate(bytes: Uint8Array, list: readonly Mutation[], keptBytes = 4): Uint8Array {
  let mutated = new Uint8Array(bytes);
  for (const { kind, where, word, littleEndian } of list) {
    const offset = keptBytes + Math.floor((where / 1_000_000) * (mutated.length - keptBytes));
    if (kind === 'bit' && offset < mutated.length) mutated[offset]! ^= 1 << (where & 7);
    if (kind === 'word' && offset + 4 <= mutated.length) {
      new DataView(mutated.buffer).setUint32(offset & ~3, word, littleEndian);
    }
    if (kind === 'cut') mutated = mutated.slice(0, offset);
    if (kind === 'remove') mutated = splice(mutated, offset, offset + (word % 64), 0);
    if (kind === 'repeat') mutated = splice(mutated, offset, offset, word % 64);
  }
  return mutated;
}

/** `bytes` without [start, end), and with the `again` bytes before `start` twice. */
function splice(bytes: Uint8Array, start: number, end: number, again: number) {
  const repeated = bytes.subarray(Math.max(0, start - again), start);
  return Uint8Array.from([...bytes.subarray(0, start), ...repeated, ...bytes.subarray(end)]);
}

describe('whatever was done to a file', () => {
  const cases: readonly (readonly [format: CaptureFormat, intact: fc.Arbitrary<Uint8Array>])[] = [
    [pcapFile, intactPcap],
    [pcapngFile, intactPcapng],
  ];
  for (const [format, intact] of cases) {
    it(`reading ${format.name} ends, in bounded memory, and the same in any pieces`, async () => {
      await fc.assert(
        fc.asyncProperty(intact, mutations, reads, async (bytes, list, pieces) => {
          const mutated = mutate(bytes, list);
          if (!format.recognises(mutated)) return;
          const atOnce = memoryInput(mutated);
          const reading = await readFormat(format, atOnce);
          assert.deepEqual(await readFormat(format, memoryInput(mutated, pieces)), reading);
          assert.equal(atOnce.largestBufferBytes, chunkBytes);
          const deliveredBytes = reading.frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
          assert.ok(deliveredBytes <= mutated.length);
        }),
        { seed, numRuns: 1_500 },
      );
    });

    it(`reading ${format.name} that is cut delivers the beginning of what there was`, async () => {
      await fc.assert(
        fc.asyncProperty(intact, fc.nat(), reads, async (bytes, where, pieces) => {
          const cut = format.headBytes + (where % (bytes.length - format.headBytes));
          const complete = await readFormat(format, memoryInput(bytes));
          const { frames } = await readFormat(format, memoryInput(bytes.subarray(0, cut), pieces));
          assert.deepEqual(frames, complete.frames.slice(0, frames.length));
        }),
        { seed, numRuns: 200 },
      );
    });
  }

  it('reading random bytes behind a file header ends', async () => {
    const start = fc.constantFrom(
      captures.pcapFile({}, []),
      captures.pcapFile({ byteOrder: 'big', nanoseconds: true, linkType: 231 }, []),
      captures.pcapngFile([{ kind: 'section' }, { kind: 'interface' }]),
    );
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 2_000 }), reads, async (head, tail, pieces) => {
        const bytes = Uint8Array.from([...head, ...tail]);
        const format = pcapFile.recognises(head) ? pcapFile : pcapngFile;
        const reading = await readFormat(format, memoryInput(bytes));
        assert.deepEqual(await readFormat(format, memoryInput(bytes, pieces)), reading);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('opening and reading it ends, gzipped before or after or not', async () => {
    const packing = fc.constantFrom('plain', 'gzip damaged', 'damaged gzip');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(intactPcap, intactPcapng),
        mutations,
        packing,
        async (bytes, list, packed) => {
          const pack = (plain: Uint8Array) => Uint8Array.from(gzipSync(plain));
          const content =
            packed === 'plain'
              ? mutate(bytes, list, 0)
              : packed === 'gzip damaged'
                ? pack(mutate(bytes, list, 0))
                : mutate(pack(bytes), list, 0);
          const path = folder.file('mutated', content);
          await readSource((edges) => openCapture(path, edges));
        },
      ),
      { seed, numRuns: 500 },
    );
  });
});
