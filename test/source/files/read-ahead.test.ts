/** Large files by way of the addon's thread give what the parser gives: it reads the same bytes from memory beside it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, truncateSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { frameParts, loadNative } from '../../../src/host/native.js';
import { PACKET } from '../../../src/packet/packet.js';
import { openCapture } from '../../../src/source/capture-source.js';
import { openInput } from '../../../src/source/files/file-input.js';
import { pcapFile } from '../../../src/source/files/pcap-file.js';
import { hasRoomAhead, openReadAhead } from '../../../src/source/files/read-ahead.js';
import * as captures from '../../support/captures.js';
import { DecodingRecorder } from '../../support/decoding-recorder.js';
import { readFormat, readSource } from '../../support/frame-recorder.js';
import { memoryInput } from '../../support/memory-input.js';
import { nearFrames } from '../../support/near-frames.js';
import { seededRandom } from '../../support/random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();
const leastBytes = 5 << 20;
const plain = { decode: () => PACKET, part: frameParts.headers, nanoseconds: false, snapshotBytes: 262_144 };

/** Frames as they are, with some bits turned over in the first hundred bytes, or cut. */
function randomFrames(seed: number): captures.CapturedFrame[] {
  const random = seededRandom(seed);
  const built = nearFrames.map((builder) => builder.bytes());
  const made: captures.CapturedFrame[] = [];
  for (let bytes = 0; bytes < leastBytes; bytes += made.at(-1)!.bytes.length) {
    const whole = built[random() % built.length]!;
    const changed = whole.slice(0, random() % 4 === 0 ? random() % (whole.length + 1) : whole.length);
    for (let bits = random() % 3; bits > 0 && changed.length > 0; bits--) {
      changed[random() % Math.min(changed.length, 100)]! ^= 1 << (random() % 8);
    }
    made.push({ bytes: changed, wireBytes: whole.length, nanoseconds: random() % 1000 });
  }
  return made;
}

/** Of the file at `path` and of the same bytes in memory. */
async function readTwice(name: string, bytes: Uint8Array, windowUs?: number, hold?: () => Promise<void>) {
  const ahead = new DecodingRecorder(windowUs, hold);
  const path = folder.file(name, bytes);
  const fromFile = await readSource((edges) => openCapture(path, edges), ahead);
  const inMemory = new DecodingRecorder(windowUs, hold);
  const fromMemory = await readFormat(pcapFile, memoryInput(bytes, { name: path }), inMemory);
  return { ahead, inMemory, failures: [fromFile.failure, fromMemory.failure] };
}

/** More than fits into all slots, so that the thread has to wait for room. */
function manyFrames(): { path: string; bytes: number } {
  const record = captures.pcapRecord(nearFrames[1]!.bytes());
  const whole = Buffer.concat([captures.pcapFile({}, []), ...Array<Uint8Array>(400_000).fill(record)]);
  return { path: folder.file('many.pcap', whole), bytes: whole.length };
}

/** The beginning of a script, with a function that opens the file at `path` and begins to read it ahead. */
function opening(path: string): string {
  const modules = ['file-input', 'read-ahead'].map(
    (name) => new URL(`../../../src/source/files/${name}.js`, import.meta.url).href,
  );
  return `
    async function opened() {
      const [{ openInput }, { openReadAhead }] = await Promise.all(${JSON.stringify(modules)}.map((name) => import(name)));
      const options = { decode: () => 1, part: 1, nanoseconds: false, snapshotBytes: 65535 };
      return openReadAhead(openInput(${JSON.stringify(path)}).file, 24, options);
    }`;
}

describe('a large file', () => {
  for (const nanoseconds of [false, true]) {
    it(`gives the same packets, ${nanoseconds ? 'nanoseconds' : 'microseconds'}`, async () => {
      const bytes = captures.pcapFile({ nanoseconds }, randomFrames(nanoseconds ? 2 : 1));
      const { ahead, inMemory, failures } = await readTwice('random.pcap', bytes);
      assert.deepEqual(ahead.lines, inMemory.lines);
      assert.deepEqual(failures, [undefined, undefined]);
      assert.ok(ahead.capturedBytes < inMemory.capturedBytes / 2, 'it was read ahead');
    });
  }

  for (const namesToo of [false, true]) {
    it(`gives what health asks for, ${namesToo ? 'and' : 'without'} names`, async () => {
      const bytes = captures.pcapFile({}, randomFrames(namesToo ? 14 : 13));
      const path = folder.file('health.pcap', bytes);
      const [ahead, inMemory] = [new DecodingRecorder(), new DecodingRecorder()];
      ahead.healthToo = inMemory.healthToo = true;
      await readSource((edges) => openCapture(path, edges, { namesToo, healthToo: true }), ahead);
      await readFormat(pcapFile, memoryInput(bytes), inMemory);
      assert.deepEqual(ahead.lines, inMemory.lines);
      const counts = [/sequence/, /mark [1-9]/, /port-unreachable/, /exceeded/].map(
        (kind) => ahead.lines.filter((line) => kind.test(line)).length,
      );
      assert.ok(Math.min(...counts) > 100, `${counts}`);
      if (!namesToo) assert.ok(ahead.capturedBytes < inMemory.capturedBytes / 2, 'it was read ahead');
    });
  }

  it('is packed whole where its link type is another, and read by the parser where its byte order is', async () => {
    const big = captures.pcapFile({ byteOrder: 'big' }, randomFrames(3));
    const { ahead, inMemory } = await readTwice('big-endian.pcap', big);
    assert.deepEqual(ahead.lines, inMemory.lines);
    assert.equal(ahead.capturedBytes, inMemory.capturedBytes);
    const raw = captures.pcapFile({ linkType: 101 }, randomFrames(4));
    const others = await readTwice('raw.pcap', raw);
    assert.deepEqual(others.ahead.lines, others.inMemory.lines);
    assert.equal(others.ahead.capturedBytes, others.inMemory.capturedBytes);
  });

  it('goes on behind a frame that is longer than the file says', async () => {
    const some = randomFrames(5);
    const long = { bytes: new Uint8Array(3_000), wireBytes: 3_000 };
    const written = [...some.slice(0, 2_000), long, ...some.slice(2_000)];
    const bytes = captures.pcapFile({ snapshotBytes: 2_000 }, written);
    const { ahead, inMemory, failures } = await readTwice('long.pcap', bytes);
    assert.equal(ahead.lines.length, written.length);
    assert.deepEqual(ahead.lines, inMemory.lines);
    assert.deepEqual(failures, [undefined, undefined]);
  });

  it('may have frames of the greatest length', async () => {
    const written = Array.from({ length: 40 }, () => ({
      bytes: new Uint8Array(262_144),
      wireBytes: 262_144,
    }));
    const { ahead, inMemory } = await readTwice('longest.pcap', captures.pcapFile({}, written));
    assert.equal(ahead.lines.length, 40);
    assert.deepEqual(ahead.lines, inMemory.lines);
  });

  it('says where it is damaged and where it breaks off', async () => {
    const intact = captures.pcapFile({}, randomFrames(6));
    const damaged = await readTwice(
      'damaged.pcap',
      captures.pcapFile({}, [...randomFrames(7), { bytes: new Uint8Array(9), capturedBytes: 999_999_999 }]),
    );
    assert.match(damaged.failures[0]!, /is damaged at byte \d+: a packet of 999999999 captured bytes/);
    assert.equal(damaged.failures[0], damaged.failures[1]);
    assert.deepEqual(damaged.ahead.lines, damaged.inMemory.lines);
    for (const missing of [1, 7, 20]) {
      const cut = await readTwice('cut.pcap', intact.subarray(0, intact.length - missing));
      assert.match(cut.failures[0]!, /ends at byte \d+ in the middle of a packet/);
      assert.equal(cut.failures[0], cut.failures[1]);
      assert.deepEqual(cut.ahead.lines, cut.inMemory.lines);
    }
  });

  it('waits for the receiver at the end of each window', async () => {
    const bytes = captures.pcapFile({}, randomFrames(8));
    let held = 0;
    const hold = async () => {
      held++;
      await eventLoopTurn();
    };
    const { ahead, inMemory } = await readTwice('windows.pcap', bytes, 500_000, hold);
    assert.ok(ahead.advances.length > 10);
    assert.deepEqual(ahead.advances, inMemory.advances);
    assert.deepEqual(ahead.lines, inMemory.lines);
    assert.equal(held, 2 * ahead.advances.length);
  });

  it('is left where it is stopped', async () => {
    const path = folder.file('stopped.pcap', captures.pcapFile({}, randomFrames(9)));
    const recorder = new DecodingRecorder(500_000, async () => {
      if (recorder.advances.length === 3) source.stop();
    });
    const source = openCapture(path, { log: { limited: () => {} }, nowUs: () => 0 });
    await source.run(recorder);
    assert.equal(recorder.advances.length, 3);
  });

  it('says where it became shorter', async () => {
    const path = folder.file('truncated.pcap', captures.pcapFile({}, randomFrames(10)));
    const recorder = new DecodingRecorder(500_000, async () => truncateSync(path, 1_000));
    const { failure } = await readSource((edges) => openCapture(path, edges), recorder);
    assert.equal(
      failure,
      `${path}: became shorter while it was read; what came before was counted; copy it first, or capture again`,
    );
  });

  it('is read on where it has grown', async () => {
    const some = randomFrames(11);
    const whole = captures.pcapFile({}, some);
    const path = folder.file('growing.pcap', whole.subarray(0, whole.length - 1_000_000));
    const appended = whole.subarray(whole.length - 1_000_000);
    let grown = false;
    const recorder = new DecodingRecorder(500_000, async () => {
      if (!grown) appendFileSync(path, appended);
      grown = true;
    });
    assert.equal((await readSource((edges) => openCapture(path, edges), recorder)).failure, undefined);
    assert.equal(recorder.lines.length, some.length);
  });

  it('may be let go of at any time', () => {
    const { path, bytes } = manyFrames();
    const { native } = loadNative();
    assert.ok(native);
    const { file } = openInput(path);
    for (const taken of [0, 1, native.aheadSlots - 1, native.aheadSlots + 3, 1_000]) {
      const slots = new ArrayBuffer(native.aheadSlots * native.aheadSlotBytes);
      const handle = native.openAhead(file!.descriptor, 24, 65_535, false, frameParts.headers, slots);
      let slot = 0;
      while (slot < taken && native.nextAhead(handle) > 0) slot++;
      if (taken === 1_000) assert.equal(native.offsetAhead(handle), bytes);
      native.closeAhead(handle);
      native.closeAhead(handle);
      assert.throws(() => native.nextAhead(handle), { code: 'closed' });
    }
  });

  it('does not hold up the end of the process', () => {
    const script = `${opening(manyFrames().path)}
      opened().then((kept) => {
        globalThis.kept = kept;
        return opened();
      }).then(() => {
        gc();
        console.log(kept !== undefined);
      });`;
    const words = ['--expose-gc', '--eval', script];
    assert.equal(execFileSync(process.execPath, words, { encoding: 'utf8', timeout: 20_000 }), 'true\n');
  });

  it('is read ahead where few others are, and else by the parser until one of them has ended', async () => {
    const { path } = manyFrames();
    const readers = Array.from({ length: 2 }, () => openReadAhead(openInput(path).file, 24, plain)!);
    assert.equal(hasRoomAhead(), false);
    const whole = randomFrames(12);
    const third = folder.file('third.pcap', captures.pcapFile({}, whole));
    const recorder = new DecodingRecorder();
    await readSource((edges) => openCapture(third, edges), recorder);
    assert.equal(recorder.lines.length, whole.length);
    for (const reader of readers) await reader.deliver(new DecodingRecorder(), () => true);
    assert.equal(hasRoomAhead(), true);
  });

  it('is not read ahead where it is small', () => {
    const { file } = openInput(folder.file('small.pcap', captures.pcapFile({}, [nearFrames[0]!.bytes()])));
    assert.equal(openReadAhead(file, 24, plain), undefined);
  });
});
