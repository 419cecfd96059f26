import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { captureFrom, openCapture } from '../../src/source/capture-source.js';
import type { Input } from '../../src/source/files/input.js';
import { nothingLost } from '../../src/source/source.js';
import { concatenate, pattern } from '../support/bytes.js';
import * as captures from '../support/captures.js';
import { FrameRecorder, readSource } from '../support/frame-recorder.js';
import { memoryInput } from '../support/memory-input.js';
import { smallFrames, smallPcap, smallPcapng } from '../support/small-captures.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

const folder = temporaryFolder();
const silent = { log: { limited: () => {} }, nowUs: () => 0 };
const read = (path: string) => readSource((edges) => openCapture(path, edges));
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a capture file', () => {
  for (const [name, bytes] of [
    ['pcap', smallPcap],
    ['pcapng', smallPcapng],
    ['gzipped pcap', gzipSync(smallPcap)],
    ['gzipped pcapng', gzipSync(smallPcapng)],
    [
      'gzipped pcap in two members',
      concatenate(gzipSync(smallPcap.subarray(0, 50)), gzipSync(smallPcap.subarray(50))),
    ],
  ] as const) {
    it(`is recognised by its content: ${name}`, async () => {
      const path = folder.file('misleading.txt', bytes);
      assert.deepEqual(await read(path), { frames: smallFrames, failure: undefined, warnings: [] });
    });
  }

  const text = '2016-09-08 23:28:29.073292 IP 10.0.0.1.22 > 10.0.0.2.54690: tcp 52\n';
  for (const [name, bytes] of [
    ['tcpdump text', text],
    ['gzipped tcpdump text', gzipSync(text)],
  ] as const) {
    it(`is recognised by its content: ${name}`, async () => {
      const recorder = new FrameRecorder();
      let packets = 0;
      recorder.packet = () => {
        packets++;
      };
      const path = folder.file('misleading.pcap', bytes);
      const { failure, warnings } = await readSource((edges) => openCapture(path, edges), recorder);
      assert.deepEqual([packets, failure, warnings], [1, undefined, []]);
    });
  }

  for (const [start, isText] of [
    ['    1  2016-09-08 23:28:29.073292123 ', true],
    [`${'x'.repeat(40)} Out `, false],
  ] as const) {
    it(`is recognised alike at once and byte by byte: "${start}"`, async () => {
      const bytes = Buffer.from(`${start}IP 10.0.0.1.22 > 10.0.0.2.54690: tcp 52\n`);
      for (const readBytes of [Number.POSITIVE_INFINITY, 1]) {
        const recorder = new FrameRecorder();
        recorder.packet = () => undefined;
        const input = memoryInput(bytes, { readBytes: [readBytes] });
        const { failure } = await readSource((edges) => captureFrom(input, edges), recorder);
        assert.equal(failure?.includes('no capture of a known format') ?? false, !isText, failure);
      }
    });
  }

  it('has the name that the user gave, and loses nothing', () => {
    const path = folder.file('named.pcap', smallPcap);
    const source = openCapture(path, silent);
    assert.deepEqual([source.name, source.counts()], [path, nothingLost]);
    source.stop();
  });

  for (const bytes of ['', '\n']) {
    it(`may say nothing while it is captured: ${JSON.stringify(bytes)}`, async () => {
      const path = folder.file('silent.txt', bytes);
      const { failure } = await readSource((edges) => openCapture(path, edges, { clock: 'live' }));
      assert.equal(failure, undefined);
      assert.match((await read(path)).failure ?? '', /is empty|is no capture/);
    });
  }

  it('that breaks off delivers what came before', async () => {
    const path = folder.file('cut.pcap', smallPcap.subarray(0, smallPcap.length - 1));
    assert.deepEqual(await read(path), {
      frames: smallFrames.slice(0, 2),
      failure:
        `${path}: ends at byte ${smallPcap.length - 1} in the middle of a packet (missing bytes: 1); ` +
        'what came before was counted; copy or capture it again',
      warnings: [],
    });
  });
});

describe('what is no capture', () => {
  const failures: readonly (readonly [name: string, content: Uint8Array | string, finding: string])[] = [
    ['empty', '', 'is empty; look at what should have written it'],
    ['notes', 'these are my notes', 'is no capture of a known format'],
    ['short', Uint8Array.of(0xd4, 0xc3), 'is no capture of a known format'],
    ['gzipped notes', gzipSync('these are my notes'), 'is no capture of a known format'],
    ['gzipped nothing', gzipSync(''), 'is empty; look at what should have written it'],
    ['only a gzip header', gzipSync(smallPcap).subarray(0, 10), 'its gzip data end too early'],
    ['twice gzipped', gzipSync(gzipSync(smallPcap)), 'is no capture of a known format'],
    [
      'xz',
      Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2),
      'is compressed by xz; unpack it on the way: xz -dc … | pcap-agg -r -',
    ],
    [
      'zstd',
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3, 4),
      'is compressed by zstd; unpack it on the way: zstd -dc … | pcap-agg -r -',
    ],
    ['bzip2', 'BZh91AY&SY', 'is compressed by bzip2; unpack it on the way: bzip2 -dc … | pcap-agg -r -'],
  ];
  for (const [name, content, finding] of failures) {
    it(`says so: ${name}`, async () => {
      const path = folder.file(name, content);
      const { frames, failure } = await read(path);
      assert.deepEqual(frames, []);
      assert.ok(failure?.startsWith(`${path}: ${finding}`), failure);
      assert.equal(failure?.includes('\n'), false);
    });
  }
});

describe('text on stdin that is no capture', () => {
  it('is answered with what to write there, for stdin has no path to check', async () => {
    const input = memoryInput(Buffer.from('hello\n'), { name: 'stdin' });
    const { failure } = await readSource((edges) => captureFrom(input, edges, { clock: 'live' }));
    assert.equal(
      failure,
      'stdin: is no capture of a known format (pcap, pcapng, tcpdump text): it starts with 68656c6c6f0a; ' +
        'write one to it: tcpdump -U -w - … | pcap-agg',
    );
  });
});

describe('a source that is stopped', () => {
  it('before it runs delivers nothing', async () => {
    const source = openCapture(folder.file('unread.pcap', smallPcap), silent);
    const recorder = new FrameRecorder();
    source.stop();
    await source.run(recorder);
    assert.deepEqual(recorder.frames, []);
  });

  it('in the middle of a file ends soon, because the event loop turns meanwhile', async () => {
    const count = 3_000;
    const path = folder.file('large.pcap', captures.pcapFile({}, new Array(count).fill(pattern(1_000))));
    const source = openCapture(path, silent);
    const recorder = new FrameRecorder();
    let frames = 0;
    recorder.frame = () => {
      frames++;
      const startMs = performance.now();
      while (performance.now() - startMs < 0.05);
    };
    setImmediate(() => source.stop());
    await source.run(recorder);
    assert.ok(frames > 0 && frames < count, `${frames} frames`);
  });

  it('while it waits for a quiet pipe ends', async () => {
    const path = join(folder.path, 'quiet');
    execFileSync('mkfifo', [path]);
    for (const sent of [0, 3, 24, 30, smallPcap.length]) {
      const source = openCapture(path, silent);
      const writer = openSync(path, 'w');
      writeSync(writer, smallPcap.subarray(0, sent));
      const recorder = new FrameRecorder();
      const running = source.run(recorder);
      if (sent === smallPcap.length) await until('all frames came', () => recorder.frames.length === 3);
      await turn();
      source.stop();
      await running;
      closeSync(writer);
    }
  });

  it('reads the last of a pipe as long as it comes, and no longer', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const wait = async (ms: number) => {
      context.mock.timers.tick(ms);
      for (let turns = 0; turns < 5; turns++) await turn();
    };
    const line = Buffer.from('2016-09-08 23:28:29.073292 IP 10.0.0.1.22 > 10.0.0.2.54690: tcp 52\n');
    let deliver: (bytes: Uint8Array) => void = () => {};
    let isClosed = false;
    const pipe: Input = {
      name: 'pipe',
      read: (into) =>
        new Promise((resolve) => {
          deliver = (bytes) => {
            into.set(bytes);
            resolve(bytes.length);
          };
        }),
      close() {
        isClosed = true;
        deliver(new Uint8Array());
      },
    };
    const recorder = new FrameRecorder();
    let packets = 0;
    recorder.packet = () => {
      packets++;
    };
    const source = captureFrom(pipe, silent, { clock: 'live' });
    const running = source.run(recorder);
    source.stop();
    for (const round of [1, 2]) {
      deliver(line);
      await wait(200);
      assert.deepEqual([packets, isClosed], [round, false]);
    }
    // The reader may turn once more by itself.
    for (let waits = 0; waits < 2; waits++) await wait(200);
    assert.equal(isClosed, true);
    await running;
    assert.equal(packets, 2);
  });

  it('while it waits for a pipe that nobody has opened ends', async () => {
    const path = join(folder.path, 'lonely');
    execFileSync('mkfifo', [path]);
    const source = openCapture(path, silent);
    const running = source.run(new FrameRecorder());
    await turn();
    source.stop();
    await running;
  });
});
