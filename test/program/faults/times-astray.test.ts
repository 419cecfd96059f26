/** Captures whose times go back or astray, through the real program: each packet counts in the window of its own stamp. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { formatUtc } from '../../../src/record/utc-time.js';
import { assertAccounted, recordsIn } from '../../support/accounting.js';
import { concatenate } from '../../support/bytes.js';
import { firstTimestampUs, pcapFile, pcapngFile } from '../../support/captures.js';
import { frame } from '../../support/frames.js';
import { offline, runProgram } from '../../support/program.js';
import { seededRandom } from '../../support/random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();
const bytes = frame().ethernet().ipv4().udp().payload(10).bytes();
/** 2016-09-08 23:28:20, the start of a window. */
const start = firstTimestampUs / 1_000_000;
const year2100 = 4_102_444_800;

/** Frames at so many seconds since 1970. */
const framesAt = (seconds: readonly number[], payload = bytes) =>
  seconds.map((at) => ({ bytes: payload, timestampUs: at * 1_000_000 }));

const replay = (paths: readonly string[], ...options: readonly string[]) =>
  runProgram([...paths.flatMap((path) => ['-r', path]), ...offline, ...options]);

/** Packets of each record with its time, in the order of the output. */
const summary = (stdout: string) => recordsIn(stdout).map(({ count, time }) => `${count} until ${time}`);

const until = (seconds: number) => formatUtc((Math.floor(seconds / 20) + 1) * 20_000_000);

/** Packets by the end of their window. */
function sums(ends: Iterable<readonly [string, number]>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [end, packets] of ends) found[end] = (found[end] ?? 0) + packets;
  return found;
}

const sumsOf = (stdout: string) =>
  sums(recordsIn(stdout).map(({ count, time }) => [String(time), Number(count)]));
const expectedOf = (seconds: readonly number[]) => sums(seconds.map((at) => [until(at), 1]));

const steps = (from: number, windows: number) => Array.from({ length: windows }, (_, i) => from + 20 * i);

describe('a capture', { concurrency: 2 }, () => {
  const cases: Record<string, { readonly seconds: readonly number[]; readonly records: readonly number[] }> =
    {
      'with one stamp of the year 2100 between others': {
        seconds: [start, year2100, start + 1, ...steps(start + 20, 4)],
        records: [start, year2100, ...steps(start + 20, 4)],
      },
      'with one stamp of 1970 between others': {
        seconds: [start, 0, start + 1, ...steps(start + 20, 4)],
        records: [0, start, ...steps(start + 20, 4)],
      },
      'whose clock was set back by an hour': {
        seconds: [...steps(start, 3), ...steps(start - 3_600, 5)],
        records: [...steps(start, 3), ...steps(start - 3_600, 5)],
      },
      'that was joined late before early': {
        seconds: [...steps(start + 3_600, 3), ...steps(start, 3)],
        records: [...steps(start + 3_600, 3), ...steps(start, 3)],
      },
    };
  for (const [name, { seconds, records }] of Object.entries(cases)) {
    test(`${name} has one record for each window`, async () => {
      const finished = await replay([folder.file(`${name}.pcap`, pcapFile({}, framesAt(seconds)))]);
      assertAccounted(finished, recordsIn(finished.stdout));
      const expected = expectedOf(seconds);
      assert.deepEqual(
        summary(finished.stdout).toSorted(),
        records.map((at) => `${expected[until(at)]} until ${until(at)}`).toSorted(),
      );
      assert.doesNotMatch(finished.stderr, /again/);
    });
  }

  test('that ends with zeros ends with its last packet, as one window', async () => {
    const padded = concatenate(pcapFile({}, framesAt([start, start + 7, start + 3])), new Uint8Array(64));
    const finished = await replay([folder.file('zeros.pcap', padded)], '--interval', '0');
    assert.deepEqual(summary(finished.stdout), [`3 until ${formatUtc((start + 7) * 1_000_000)}`]);
    assert.match(finished.stderr, /^pcap-agg: 4 frames malformed: link-header-cut 4$/m);
  });

  test('that comes back to windows long closed says so, with the remedy, and the sums are exact', async () => {
    const seconds = [...steps(start, 10), ...steps(start, 10)];
    const path = folder.file('twice.pcap', pcapFile({}, framesAt(seconds)));
    const finished = await replay([path]);
    assertAccounted(finished, recordsIn(finished.stdout));
    assert.deepEqual(sumsOf(finished.stdout), expectedOf(seconds));
    assert.equal(recordsIn(finished.stdout).length, 20);
    const warning =
      `pcap-agg: ${path}: times go back by more than the 3 windows that are open at once; 10 windows opened again after ` +
      'being closed, so a flow may have several records of one time, which add up; to have one, sort the packets by ' +
      'time first (reordercap IN OUT)\n';
    assert.ok(finished.stderr.includes(warning), finished.stderr);
    assert.match(finished.stderr, /^pcap-agg: 10 windows opened again for late packets$/m);
  });
});

/** Mostly forward, a little out of order, with clocks that are set and stamps that are wrong. */
function astray(seed: number, packets: number): number[] {
  const random = seededRandom(seed);
  let clock = start;
  return Array.from({ length: packets }, () => {
    const chance = random() % 60;
    clock += chance === 0 ? (random() % 400) - 200 : random() % 4;
    if (chance === 1) return random() % year2100;
    return chance < 10 ? clock - (random() % 25) : clock;
  });
}

describe('any times', { concurrency: 2 }, () => {
  const section = { kind: 'section' } as const;
  const textLine = (at: number) => `${at}.000000 IP 10.0.0.1.40000 > 10.0.0.2.443: UDP, length 10\n`;
  const formats: Record<string, (seconds: readonly number[]) => Uint8Array> = {
    pcap: (seconds) => pcapFile({}, framesAt(seconds)),
    'pcap of the other byte order': (seconds) => pcapFile({ byteOrder: 'big' }, framesAt(seconds)),
    'pcap with nanoseconds': (seconds) => pcapFile({ nanoseconds: true }, framesAt(seconds)),
    'gzipped pcap': (seconds) => gzipSync(pcapFile({}, framesAt(seconds))),
    pcapng: (seconds) =>
      pcapngFile([
        section,
        { kind: 'interface' },
        ...framesAt(seconds).map((input) => ({ kind: 'enhanced', frame: input }) as const),
      ]),
    text: (seconds) => Buffer.from(seconds.map(textLine).join('')),
    // More than 4 MiB.
    'pcap that is read ahead': (seconds) =>
      pcapFile({}, framesAt(seconds, frame().ethernet().ipv4().udp().payload(14_000).bytes())),
  };
  for (const [name, write] of Object.entries(formats)) {
    test(`are those of each packet's window in ${name}`, async () => {
      const seconds = astray(name.length, 400);
      const finished = await replay([folder.file(`${name}.capture`, write(seconds))]);
      assertAccounted(finished, recordsIn(finished.stdout));
      assert.deepEqual(sumsOf(finished.stdout), expectedOf(seconds));
    });
  }

  test('are those of each packet’s window in several files and pipes at once', async () => {
    const schedules = [21, 22, 23, 24].map((seed) => astray(seed, 300));
    const files = schedules
      .slice(0, 2)
      .map((seconds, i) => folder.file(`file-${i}.pcap`, pcapFile({}, framesAt(seconds))));
    const pipes = ['pipe-0', 'pipe-1'].map((name) => join(folder.path, name));
    execFileSync('mkfifo', pipes);
    const finished = replay([pipes[0]!, ...files, pipes[1]!]);
    await Promise.all(
      pipes.map(async (path, i) => {
        const stream = createWriteStream(path);
        const whole = pcapFile({}, framesAt(schedules[2 + i]!));
        for (let at = 0; at < whole.length; at += 1_000) {
          stream.write(whole.subarray(at, at + 1_000));
          await eventLoopTurn();
        }
        stream.end();
      }),
    );
    const { stdout } = await finished;
    assertAccounted(await finished, recordsIn(stdout));
    assert.deepEqual(sumsOf(stdout), expectedOf(schedules.flat()));
  });
});
