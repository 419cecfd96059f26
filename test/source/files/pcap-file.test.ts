import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkDecoder } from '../../../src/packet/decode.js';
import { NOT_IP, Packet } from '../../../src/packet/packet.js';
import { chunkBytes } from '../../../src/source/files/chunk.js';
import { pcapFile } from '../../../src/source/files/pcap-file.js';
import { concatenate, pattern } from '../../support/bytes.js';
import * as captures from '../../support/captures.js';
import { FrameRecorder, type RecordedFrame, readFormat } from '../../support/frame-recorder.js';
import { frame } from '../../support/frames.js';
import { memoryInput } from '../../support/memory-input.js';

const decode = linkDecoder(1)!;
const { firstTimestampUs } = captures;

const udp = frame().ethernet().ipv4().udp().payload(20);
const tcp = frame().ethernet().ipv4().tcp().payload(100);
const threeFrames: readonly captures.FrameInput[] = [udp.bytes(), tcp.cut(60), udp.padded(60)];

const recorded = (bytes: Uint8Array, index: number, wireBytes = bytes.length): RecordedFrame => ({
  decode,
  bytes,
  wireBytes,
  timestampUs: firstTimestampUs + index * 1_000,
});
const threeRecorded = [
  recorded(udp.bytes(), 0),
  recorded(tcp.bytes().subarray(0, 60), 1, tcp.bytes().length),
  recorded(udp.padded(60), 2),
];

const read = (bytes: Uint8Array) => readFormat(pcapFile, memoryInput(bytes));
const whole = (frames: readonly RecordedFrame[]) => ({ frames, failure: undefined, warnings: [] });

/** A file of which the header's fields at the given offsets are overwritten, little-endian. */
function patched(
  bytes: Uint8Array,
  fields: Readonly<Record<number, [bits: 16 | 32, value: number]>>,
): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (const [offset, [bits, value]] of Object.entries(fields)) {
    if (bits === 16) view.setUint16(Number(offset), value, true);
    else view.setUint32(Number(offset), value, true);
  }
  return copy;
}

describe('classic pcap', () => {
  for (const byteOrder of ['little', 'big'] as const) {
    for (const nanoseconds of [false, true]) {
      const options = { byteOrder, nanoseconds };
      const unit = nanoseconds ? 'nanoseconds' : 'microseconds';
      it(`is read in ${byteOrder}-endian order with ${unit}`, async () => {
        assert.deepEqual(await read(captures.pcapFile(options, threeFrames)), whole(threeRecorded));
      });
    }
  }

  it('rounds nanoseconds down', async () => {
    const frames = [{ bytes: udp.bytes(), timestampUs: 1_999_999, nanoseconds: 999 }];
    const file = captures.pcapFile({ nanoseconds: true }, frames);
    assert.deepEqual(await read(file), whole([{ ...recorded(udp.bytes(), 0), timestampUs: 1_999_999 }]));
  });

  it('reads seconds as unsigned, beyond 2038', async () => {
    const timestampUs = 0xffff_ffff * 1_000_000 + 999_999;
    const file = captures.pcapFile({}, [{ bytes: udp.bytes(), timestampUs }]);
    assert.deepEqual(await read(file), whole([{ ...recorded(udp.bytes(), 0), timestampUs }]));
  });

  it('ignores the check sequence bits beside the link type', async () => {
    const file = captures.pcapFile({ linkType: 0x5400_0001 }, threeFrames);
    assert.deepEqual(await read(file), whole(threeRecorded));
  });

  it('takes the decoder from the link type', async () => {
    const bytes = frame().sll2().ipv4().udp().bytes();
    const file = captures.pcapFile({ linkType: 276 }, [bytes]);
    assert.deepEqual(await read(file), whole([{ ...recorded(bytes, 0), decode: linkDecoder(276)! }]));
  });

  it('delivers frames of an unknown link type as not IP, and says so', async () => {
    const { frames, failure, warnings } = await read(captures.pcapFile({ linkType: 147 }, threeFrames));
    const outcomes = frames.map(({ decode, bytes }) =>
      decode(new DataView(bytes.buffer), 0, bytes.length, bytes.length, new Packet()),
    );
    assert.deepEqual(outcomes, [NOT_IP, NOT_IP, NOT_IP]);
    assert.equal(failure, undefined);
    assert.deepEqual(warnings, [
      'memory: link type USER0 cannot be decoded; its frames are counted as not IP',
    ]);
  });

  it('may hold no frame at all', async () => {
    assert.deepEqual(await read(captures.pcapFile({}, [])), whole([]));
  });

  it('may hold frames of no byte', async () => {
    const file = captures.pcapFile({}, [{ bytes: pattern(0), wireBytes: 60 }]);
    assert.deepEqual(await read(file), whole([recorded(pattern(0), 0, 60)]));
  });
});

describe('versions of pcap', () => {
  const file = captures.pcapFile({}, threeFrames);
  const swappedFile = captures.pcapFile({}, [
    { bytes: tcp.bytes().subarray(0, 60), capturedBytes: tcp.bytes().length, wireBytes: 60 },
  ]);
  const swappedRecorded = [recorded(tcp.bytes().subarray(0, 60), 0, tcp.bytes().length)];

  it('before 2.3 state the wire length first', async () => {
    for (const minor of [0, 1, 2]) {
      assert.deepEqual(await read(patched(swappedFile, { 6: [16, minor] })), whole(swappedRecorded));
    }
  });
  it('543.0, of DG/UX, does so too', async () => {
    assert.deepEqual(await read(patched(swappedFile, { 4: [16, 543], 6: [16, 0] })), whole(swappedRecorded));
  });
  it('2.3 states either first: the smaller one is the captured length', async () => {
    assert.deepEqual(await read(patched(file, { 6: [16, 3] })), whole(threeRecorded));
    assert.deepEqual(await read(patched(swappedFile, { 6: [16, 3] })), whole(swappedRecorded));
  });
  for (const [major, minor] of [
    [1, 0],
    [2, 5],
    [3, 0],
    [543, 1],
  ] as const) {
    it(`${major}.${minor} is refused`, async () => {
      assert.deepEqual(await read(patched(file, { 4: [16, major], 6: [16, minor] })), {
        frames: [],
        failure:
          `memory: is damaged at byte 4: pcap version ${major}.${minor}, where only 2.0 to 2.4 are known; ` +
          'what came before was counted; copy or capture it again',
        warnings: [],
      });
    });
  }

  it("of Alexey Kuznetsov's libpcap have longer record headers", async () => {
    const head = file.subarray(0, 24);
    const records = threeRecorded.map(({ bytes, wireBytes }, index) => {
      const record = captures
        .pcapFile({}, [{ bytes, wireBytes, timestampUs: firstTimestampUs + index * 1_000 }])
        .subarray(24);
      return concatenate(record.subarray(0, 16), pattern(8), record.subarray(16));
    });
    const modified = patched(concatenate(head, ...records), { 0: [32, 0xa1b2cd34] });
    assert.deepEqual(await read(modified), whole(threeRecorded));
    const shortSnapshot = patched(modified, { 16: [32, 46] });
    assert.deepEqual(
      (await read(shortSnapshot)).frames.map(({ bytes }) => bytes.length),
      threeRecorded.map(({ bytes }) => Math.min(bytes.length, 60)),
    );
  });
});

describe('lengths in pcap', () => {
  it('beyond the snapshot length are cut to it', async () => {
    const file = captures.pcapFile({ snapshotBytes: 50 }, [tcp.bytes(), udp.bytes()]);
    assert.deepEqual(
      await read(file),
      whole([
        recorded(tcp.bytes().subarray(0, 50), 0, tcp.bytes().length),
        recorded(udp.bytes().subarray(0, 50), 1, udp.bytes().length),
      ]),
    );
  });

  for (const snapshotBytes of [0, 0x8000_0000, 0xffff_ffff]) {
    it(`are not limited by a snapshot length of ${snapshotBytes}`, async () => {
      assert.deepEqual(await read(captures.pcapFile({ snapshotBytes }, threeFrames)), whole(threeRecorded));
    });
  }

  it('of 262,144 captured bytes are read, whatever came before', async () => {
    const long = pattern(262_144);
    for (let filler = 0; filler < 5; filler++) {
      const frames = [pattern(filler), long, udp.bytes(), long];
      assert.deepEqual(
        await read(captures.pcapFile({}, frames)),
        whole(frames.map((bytes, index) => recorded(bytes, index))),
      );
    }
  });

  for (const capturedBytes of [262_145, 0x7fff_ffff, 0xffff_ffff]) {
    it(`of ${capturedBytes} captured bytes are refused without an allocation`, async () => {
      const lie = { bytes: udp.bytes(), capturedBytes };
      const input = memoryInput(captures.pcapFile({}, [udp.bytes(), lie]));
      assert.deepEqual(await readFormat(pcapFile, input), {
        frames: [recorded(udp.bytes(), 0)],
        failure:
          `memory: is damaged at byte ${24 + 16 + udp.bytes().length}: a packet of ${capturedBytes} captured bytes ` +
          'is announced, but none has more than 262144; what came before was counted; copy or capture it again',
        warnings: [],
      });
      assert.equal(input.largestBufferBytes, chunkBytes);
    });
  }

  it('of link types without IP may be up to 128 MiB, of which the beginning is delivered', async () => {
    const bytes = pattern(1_000_000);
    const file = captures.pcapFile({ linkType: 231 }, [bytes, udp.bytes()]);
    const input = memoryInput(file);
    const { frames, failure } = await readFormat(pcapFile, input);
    assert.equal(failure, undefined);
    assert.deepEqual(
      frames.map((each) => [each.bytes, each.wireBytes]),
      [
        [bytes.subarray(0, 262_144), 1_000_000],
        [udp.bytes(), udp.bytes().length],
      ],
    );
    assert.equal(input.largestBufferBytes, chunkBytes);
    const lie = captures.pcapFile({ linkType: 231 }, [{ bytes, capturedBytes: 134_217_729 }]);
    assert.match((await read(lie)).failure!, /a packet of 134217729 captured bytes is announced/);
  });
});

describe('a pcap file cut off', () => {
  const file = captures.pcapFile({}, threeFrames);
  /** Where the file may end. */
  const ends = [24];
  for (const { bytes } of threeRecorded) ends.push(ends.at(-1)! + 16 + bytes.length);

  it('at any byte delivers what is whole, and says where it ends and in what', async () => {
    for (let cut = 4; cut <= file.length; cut++) {
      const { frames, failure } = await read(file.subarray(0, cut));
      const complete = ends.filter((end) => end <= cut).length - 1;
      assert.deepEqual(frames, threeRecorded.slice(0, Math.max(complete, 0)), `cut at ${cut}`);
      if (ends.includes(cut)) {
        assert.equal(failure, undefined);
        continue;
      }
      const next = ends[complete + 1]!;
      const last = ends[complete]!;
      const unfinished =
        cut < 24
          ? 'the file header'
          : cut < last + 16
            ? `a packet's header (missing bytes: ${last + 16 - cut})`
            : `a packet (missing bytes: ${next - cut})`;
      assert.equal(
        failure,
        `memory: ends at byte ${cut} in the middle of ${unfinished}; what came before was counted; copy or capture it again`,
      );
    }
  });

  it('in bytes that were only to be skipped says so too', async () => {
    const long = captures.pcapFile({ linkType: 231 }, [pattern(600_000)]);
    assert.match(
      (await read(long.subarray(0, 500_000))).failure!,
      /ends at byte 500000 in the middle of a packet \(missing bytes: 100040\);/,
    );
  });

  it('in a record of version 2.3 reckons with the captured length', async () => {
    const swapped = captures.pcapFile({}, [{ bytes: pattern(60), capturedBytes: 120, wireBytes: 60 }]);
    const { failure } = await read(patched(swapped, { 6: [16, 3] }).subarray(0, 90));
    assert.match(failure!, /a packet \(missing bytes: 10\);/);
  });
});

describe('windows in pcap', () => {
  const file = captures.pcapFile(
    {},
    Array.from({ length: 10 }, () => udp.bytes()),
  );

  it('are advanced once for each, by the first frame not below its end', async () => {
    const recorder = new FrameRecorder(4_000);
    assert.equal((await readFormat(pcapFile, memoryInput(file), recorder)).failure, undefined);
    assert.deepEqual(
      recorder.advances,
      [0, 4, 8].map((ms) => firstTimestampUs + ms * 1_000),
    );
    assert.equal(recorder.frames.length, 10);
  });

  it('are waited for', async () => {
    let waiting = 0;
    const hold = async () => {
      waiting++;
      await new Promise((resolve) => setImmediate(resolve));
      waiting--;
    };
    const recorder = new FrameRecorder(1_000, hold);
    const frameAtOnce = recorder.frame.bind(recorder);
    recorder.frame = (...all) => {
      assert.equal(waiting, 0);
      frameAtOnce(...all);
    };
    assert.equal((await readFormat(pcapFile, memoryInput(file), recorder)).failure, undefined);
    assert.equal(recorder.advances.length, 10);
    assert.equal(recorder.frames.length, 10);
  });

  it('of late frames are asked for, too', async () => {
    const late = [2_000, 1_000, 3_000].map((timestampUs) => ({ bytes: udp.bytes(), timestampUs }));
    const recorder = new FrameRecorder(1_000);
    await readFormat(pcapFile, memoryInput(captures.pcapFile({}, late)), recorder);
    assert.deepEqual(recorder.advances, [2_000, 1_000, 3_000]);
    assert.equal(recorder.frames.length, 3);
  });
});
