import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkDecoder } from '../../../src/packet/decode.js';
import { chunkBytes } from '../../../src/source/files/chunk.js';
import { pcapngFile } from '../../../src/source/files/pcapng-file.js';
import { concatenate, pattern } from '../../support/bytes.js';
import * as captures from '../../support/captures.js';
import { FrameRecorder, type RecordedFrame, readFormat } from '../../support/frame-recorder.js';
import { frame } from '../../support/frames.js';
import { memoryInput } from '../../support/memory-input.js';
import { runTcpdump, tcpdumpVersion } from '../../support/tcpdump.js';

const ethernet = linkDecoder(1)!;
const { firstTimestampUs } = captures;
const udp = frame().ethernet().ipv4().udp().payload(20).bytes();
const tcp = frame().ethernet().ipv4().tcp().payload(101);
const raw = frame().ipv6().udp().bytes();

const section: captures.PcapngBlock = { kind: 'section' };
const anInterface: captures.PcapngBlock = { kind: 'interface' };
const enhanced = (frame: captures.FrameInput, index = 0): captures.PcapngBlock => ({
  kind: 'enhanced',
  interface: index,
  frame,
});
const other = (body: Uint8Array, claimedBytes?: number, type = 0x0bad): captures.PcapngBlock => ({
  kind: 'other',
  type,
  body,
  ...(claimedBytes === undefined ? {} : { claimedBytes }),
});

const recorded = (
  bytes: Uint8Array,
  index: number,
  wireBytes = bytes.length,
  decode = ethernet,
): RecordedFrame => ({
  decode,
  bytes,
  wireBytes,
  timestampUs: firstTimestampUs + index * 1_000,
});

const read = (blocks: readonly captures.PcapngBlock[]) =>
  readFormat(pcapngFile, memoryInput(captures.pcapngFile(blocks)));
const whole = (frames: readonly RecordedFrame[]) => ({ frames, failure: undefined, warnings: [] });
const damaged = (offset: number, finding: string, frames: readonly RecordedFrame[] = []) => ({
  frames,
  failure: `memory: is damaged at byte ${offset}: ${finding}; what came before was counted; copy or capture it again`,
  warnings: [],
});

describe('pcapng', () => {
  for (const byteOrder of ['little', 'big'] as const) {
    it(`is read in ${byteOrder}-endian order: enhanced, simple and obsolete packets`, async () => {
      const blocks: captures.PcapngBlock[] = [
        { kind: 'section', byteOrder },
        anInterface,
        enhanced(udp),
        { kind: 'obsolete', frame: tcp.cut(61) },
        { kind: 'simple', frame: udp },
        enhanced(tcp.bytes()),
      ];
      assert.deepEqual(
        await read(blocks),
        whole([
          recorded(udp, 0),
          recorded(tcp.bytes().subarray(0, 61), 1, tcp.bytes().length),
          recorded(udp, 1),
          recorded(tcp.bytes(), 3),
        ]),
      );
    });
  }

  it('has interfaces of several link types and clocks', async () => {
    const blocks: captures.PcapngBlock[] = [
      section,
      anInterface,
      { kind: 'interface', linkType: 101, timestampResolution: 9 },
      { kind: 'interface', timestampResolution: 0x80 | 20, timestampOffsetSeconds: 1_000_000_000 },
      enhanced({ bytes: udp, timestampUs: 1_000_001_000_000 }, 0),
      enhanced({ bytes: raw, timestampUs: 1_000_002_000_001, nanoseconds: 999 }, 1),
      // A quarter of a second is a whole number of ticks of 2^-20 s.
      enhanced({ bytes: udp, timestampUs: 1_000_000_003_250_000 }, 2),
      { kind: 'obsolete', interface: 1, frame: { bytes: raw, timestampUs: 1_000_004_000_000 } },
    ];
    const times = [1_000_001_000_000, 1_000_002_000_001, 1_000_000_003_250_000, 1_000_004_000_000];
    assert.deepEqual(
      await read(blocks),
      whole(
        times.map((timestampUs, index) => ({
          ...(index % 2 === 0 ? recorded(udp, 0) : recorded(raw, 0, raw.length, linkDecoder(101)!)),
          timestampUs,
        })),
      ),
    );
  });

  it('has sections, each with its own byte order and interfaces', async () => {
    const blocks: captures.PcapngBlock[] = [
      section,
      { kind: 'interface', linkType: 101 },
      enhanced(raw),
      { kind: 'section', byteOrder: 'big' },
      anInterface,
      enhanced(udp),
      section,
      anInterface,
      { kind: 'simple', frame: udp },
    ];
    assert.deepEqual(
      await read(blocks),
      whole([recorded(raw, 0, raw.length, linkDecoder(101)!), recorded(udp, 1), recorded(udp, 1)]),
    );
  });

  it('may hold no frame, and no interface', async () => {
    assert.deepEqual(await read([section]), whole([]));
    assert.deepEqual(await read([section, anInterface, section]), whole([]));
  });

  it('gives a simple packet before any other the time 0', async () => {
    const expected = { ...recorded(udp, 0), timestampUs: 0 };
    assert.deepEqual(await read([section, anInterface, { kind: 'simple', frame: udp }]), whole([expected]));
  });

  it('cuts simple packets to the snapshot length, others not', async () => {
    const short: captures.PcapngBlock = { kind: 'interface', snapshotBytes: 40 };
    const simple: captures.PcapngBlock = {
      kind: 'simple',
      frame: { bytes: udp.subarray(0, 40), wireBytes: udp.length },
    };
    assert.deepEqual(
      await read([section, short, enhanced(tcp.bytes()), simple]),
      whole([recorded(tcp.bytes(), 0), recorded(udp.subarray(0, 40), 0, udp.length)]),
    );
    const unlimited: captures.PcapngBlock = { kind: 'interface', snapshotBytes: 0 };
    const expected = { ...recorded(udp, 0), timestampUs: 0 };
    assert.deepEqual(await read([section, unlimited, { kind: 'simple', frame: udp }]), whole([expected]));
  });

  it('passes over options and unknown blocks, also long ones', async () => {
    const options = concatenate(Uint8Array.of(1, 0, 4, 0), pattern(4), Uint8Array.of(0, 0, 0, 0));
    const blocks: captures.PcapngBlock[] = [
      section,
      other(pattern(0)),
      anInterface,
      other(pattern(chunkBytes - 12)),
      { ...enhanced(udp), options } as captures.PcapngBlock,
      other(pattern(chunkBytes)),
      other(pattern(chunkBytes * 3 + 4)),
      { kind: 'enhanced', frame: tcp.bytes(), options: new Uint8Array(2 * chunkBytes) },
      enhanced(udp),
    ];
    const input = memoryInput(captures.pcapngFile(blocks));
    assert.deepEqual(
      await readFormat(pcapngFile, input),
      whole([recorded(udp, 0), recorded(tcp.bytes(), 1), recorded(udp, 2)]),
    );
    assert.equal(input.largestBufferBytes, chunkBytes);
  });

  it('delivers the beginning of frames beyond 262,144 bytes', async () => {
    const bytes = pattern(1_000_001);
    assert.deepEqual(
      await read([section, anInterface, enhanced(bytes), enhanced(udp)]),
      whole([recorded(bytes.subarray(0, 262_144), 0, bytes.length), recorded(udp, 1)]),
    );
  });

  it('says of each unknown link type that its frames are not IP', async () => {
    const { frames, failure, warnings } = await read([
      section,
      { kind: 'interface', linkType: 147 },
      enhanced(udp),
    ]);
    assert.deepEqual([frames.length, failure], [1, undefined]);
    assert.deepEqual(warnings, [
      'memory: link type USER0 cannot be decoded; its frames are counted as not IP',
    ]);
  });

  it('is recognised by its magic number too, not by its first four bytes alone', () => {
    const file = captures.pcapngFile([section]);
    assert.equal(pcapngFile.recognises(file), true);
    assert.equal(pcapngFile.recognises(captures.pcapngFile([{ kind: 'section', byteOrder: 'big' }])), true);
    assert.equal(pcapngFile.recognises(file.subarray(0, 11)), false);
    assert.equal(pcapngFile.recognises(concatenate(file.subarray(0, 8), pattern(20))), false);
  });
});

describe('pcapng that lies', () => {
  const start = captures.pcapngFile([section, anInterface, enhanced(udp)]);
  const one = [recorded(udp, 0)];
  const after = (...blocks: captures.PcapngBlock[]) => read([section, anInterface, enhanced(udp), ...blocks]);

  for (const claimedBytes of [0, 8, 13, 16_777_220, 0x7fff_fffc, 0xffff_fffc, 0xffff_ffff]) {
    it(`about a block's length, ${claimedBytes}, is refused without an allocation`, async () => {
      const bytes = captures.pcapngFile([
        section,
        anInterface,
        enhanced(udp),
        other(pattern(8), claimedBytes),
      ]);
      const input = memoryInput(bytes);
      const finding = `a block of ${claimedBytes} bytes; lengths are multiples of 4 from 12 to 16777216`;
      assert.deepEqual(await readFormat(pcapngFile, input), damaged(start.length, finding, one));
      assert.equal(input.largestBufferBytes, chunkBytes);
    });
  }

  it('about where a block ends is refused, also behind a block longer than the buffer', async () => {
    for (const length of [20, chunkBytes + 20]) {
      const bytes = captures.pcapngFile([section, anInterface, enhanced(udp), other(pattern(length - 12))]);
      new DataView(bytes.buffer).setUint32(bytes.length - 4, length + 4, true);
      assert.deepEqual(
        await readFormat(pcapngFile, memoryInput(bytes)),
        damaged(
          bytes.length - 4,
          `a block that starts with length ${length} ends with length ${length + 4}`,
          one,
        ),
      );
    }
  });

  it('about captured bytes is refused', async () => {
    const room = (udp.length + 3) & ~3;
    for (const capturedBytes of [room + 1, 0xffff_ffff]) {
      const finding = `a packet of ${capturedBytes} captured bytes in a block with room for ${room}`;
      const lie = { bytes: udp, capturedBytes };
      assert.deepEqual(await after(enhanced(lie)), damaged(start.length, finding, one));
      assert.deepEqual(await after({ kind: 'obsolete', frame: lie }), damaged(start.length, finding, one));
    }
    const simple: captures.PcapngBlock = { kind: 'simple', frame: { bytes: udp, wireBytes: room + 1 } };
    const finding = `a packet of ${room + 1} captured bytes in a block with room for ${room}`;
    assert.deepEqual(await after(simple), damaged(start.length, finding, one));
  });

  it('about having fields at all is refused', async () => {
    for (const type of [2, 3, 6]) {
      const length = type === 3 ? 12 : 28;
      const finding = `a packet in a block of ${length} bytes`;
      assert.deepEqual(
        await after(other(pattern(length - 12), undefined, type)),
        damaged(start.length, finding, one),
      );
    }
    const shortSection = concatenate(Uint8Array.of(0x4d, 0x3c, 0x2b, 0x1a), new Uint8Array(8));
    assert.deepEqual(
      await after(other(shortSection, undefined, 0x0a0d0d0a)),
      damaged(start.length, 'a section header that is cut short', one),
    );
    assert.deepEqual(
      await after(other(pattern(4), undefined, 1)),
      damaged(start.length + 8, 'an interface description that is cut short', one),
    );
  });

  it('about its interface is refused', async () => {
    const finding = (index: number, known: number) =>
      `a packet of interface ${index}, of which the section describes ${known}`;
    assert.deepEqual(await after(enhanced(udp, 1)), damaged(start.length, finding(1, 1), one));
    assert.deepEqual(
      await after({ kind: 'obsolete', interface: 0xffff, frame: udp }),
      damaged(start.length, finding(0xffff, 1), one),
    );
    assert.deepEqual(await after(section, enhanced(udp)), damaged(start.length + 28, finding(0, 0), one));
    assert.deepEqual(
      await after(section, { kind: 'simple', frame: udp }),
      damaged(start.length + 28, finding(0, 0), one),
    );
  });

  it('about its byte order or version is refused', async () => {
    assert.deepEqual(
      await after(other(pattern(16), undefined, 0x0a0d0d0a)),
      damaged(start.length, 'a section without a byte-order magic number', one),
    );
    const version2 = concatenate(Uint8Array.of(0x4d, 0x3c, 0x2b, 0x1a, 2, 0, 0, 0), new Uint8Array(8));
    assert.deepEqual(
      await after(other(version2, undefined, 0x0a0d0d0a)),
      damaged(start.length, 'a section of pcapng version 2.0; only 1.0 and 1.2 are known', one),
    );
  });

  /** A section header's version, from its start. */
  const versionAt = 12;
  for (const [major, minor, isFirstRead, isLaterRead] of [
    [0, 9, false, false],
    [1, 0, true, true],
    [1, 1, false, true],
    [1, 2, true, true],
    [1, 3, false, true],
    [2, 0, false, false],
  ] as const) {
    it(`about version ${major}.${minor} is refused where libpcap refuses it`, async () => {
      const finding = `a section of pcapng version ${major}.${minor}; only 1.0 and 1.2 are known`;
      const part = captures.pcapngFile([section, anInterface, enhanced(udp)]);
      const versioned = Uint8Array.from(part);
      versioned.set([major, 0, minor, 0], versionAt);
      const first = await readFormat(pcapngFile, memoryInput(versioned));
      assert.deepEqual(first, isFirstRead ? whole([recorded(udp, 0)]) : damaged(0, finding));
      const both = concatenate(part, versioned);
      const later = await readFormat(pcapngFile, memoryInput(both));
      const one = [recorded(udp, 0)];
      const two = [recorded(udp, 0), recorded(udp, 0)];
      assert.deepEqual(later, isLaterRead ? whole(two) : damaged(part.length, finding, one));
      if (tcpdumpVersion === undefined) return;
      assert.equal(runTcpdump(versioned, ['-nn']).complaint === '', isFirstRead, 'tcpdump, first');
      assert.equal(runTcpdump(both, ['-nn']).complaint === '', isLaterRead, 'tcpdump, later');
    });
  }

  it('about options of an interface is refused', async () => {
    const described = (...options: number[]) =>
      other(concatenate(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), Uint8Array.from(options)), undefined, 1);
    for (const [options, finding] of [
      [[9, 0, 2, 0, 6, 6, 0, 0], 'an interface option 9 of 2 bytes'],
      [[14, 0, 4, 0, 0, 0, 0, 0], 'an interface option 14 of 4 bytes'],
      [[2, 0, 5, 0, 65, 66, 67, 68], 'an interface option 2 of 5 bytes'],
      [[1, 0, 0xff, 0xff, 0, 0, 0, 0], 'an interface option 1 of 65535 bytes'],
      [[9, 0, 1, 0, 20, 0, 0, 0], 'an interface whose timestamp resolution is 20'],
      [[9, 0, 1, 0, 0xc0, 0, 0, 0], 'an interface whose timestamp resolution is 192'],
    ] as const) {
      assert.deepEqual(await after(described(...options)), damaged(start.length + 16, finding, one));
    }
    // What stands behind the end of the options is none.
    assert.deepEqual(await after(described(0, 0, 0, 0, 9, 0, 2, 0)), whole(one));
  });

  it('with descriptions of interfaces beyond all reason is refused', async () => {
    const many = Array.from({ length: 65_537 }, () => anInterface);
    assert.match((await read([section, ...many])).failure!, /more than 65536 interfaces in one section/);
    const long = other(concatenate(new Uint8Array(8), new Uint8Array(chunkBytes)), undefined, 1);
    assert.match((await read([section, long])).failure!, /an interface description of \d+ bytes/);
  });
});

describe('a pcapng file cut off', () => {
  const blocks: readonly captures.PcapngBlock[] = [
    section,
    { kind: 'interface', timestampResolution: 9 },
    enhanced(udp),
    { kind: 'obsolete', frame: udp },
    { kind: 'simple', frame: udp },
  ];
  const file = captures.pcapngFile(blocks);
  /** Where the file may end. */
  const ends = blocks.map((_, index) => captures.pcapngFile(blocks.slice(0, index + 1)).length);

  it('at any byte delivers what is whole, and says where it ends and in what', async () => {
    for (let cut = 12; cut <= file.length; cut++) {
      const { frames, failure } = await readFormat(pcapngFile, memoryInput(file.subarray(0, cut)));
      const complete = ends.filter((end) => end <= cut).length;
      assert.equal(frames.length, Math.max(complete - 2, 0), `cut at ${cut}`);
      if (ends.includes(cut)) {
        assert.equal(failure, undefined);
        continue;
      }
      const intoBlock = cut - (ends[complete - 1] ?? 0);
      const unfinished =
        intoBlock < 8 ? "a block's head" : `a block (missing bytes: ${ends[complete]! - cut})`;
      assert.equal(
        failure,
        `memory: ends at byte ${cut} in the middle of ${unfinished}; what came before was counted; copy or capture it again`,
      );
    }
  });

  it('within a block that is passed over says so too', async () => {
    const long = captures.pcapngFile([section, other(pattern(chunkBytes * 2))]);
    for (const missingBytes of [1, 4, 5, chunkBytes]) {
      const { failure } = await readFormat(
        pcapngFile,
        memoryInput(long.subarray(0, long.length - missingBytes)),
      );
      assert.match(failure!, new RegExp(`a block \\(missing bytes: ${missingBytes}\\);`));
    }
  });
});

describe('windows in pcapng', () => {
  it('are advanced and waited for', async () => {
    const blocks: captures.PcapngBlock[] = [
      section,
      anInterface,
      enhanced(udp),
      { kind: 'obsolete', frame: udp },
      { kind: 'simple', frame: udp },
      enhanced(udp),
    ];
    const hold = () => new Promise<void>((resolve) => setImmediate(resolve));
    const recorder = new FrameRecorder(1_000, hold);
    const reading = await readFormat(pcapngFile, memoryInput(captures.pcapngFile(blocks)), recorder);
    assert.deepEqual(
      reading,
      whole([recorded(udp, 0), recorded(udp, 1), recorded(udp, 1), recorded(udp, 3)]),
    );
    assert.deepEqual(
      recorder.advances,
      [0, 1, 3].map((ms) => firstTimestampUs + ms * 1_000),
    );
  });
});
