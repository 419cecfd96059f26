/** Several captures at once: those that cannot be read, and those that overlap in time. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertAccounted, packetsOf, recordsIn } from '../support/accounting.js';
import { type CapturedFrame, firstTimestampUs, pcapFile } from '../support/captures.js';
import { frame } from '../support/frames.js';
import { offline, peakMemoryMiB, runProgram, startProgram } from '../support/program.js';
import { seededRandom } from '../support/random.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const framesInFile = 2_000;
const spanUs = 100_000_000;

/** Flows in common and flows of its own, spread unevenly over 100 seconds, in order. */
function capture(seed: number): CapturedFrame[] {
  const random = seededRandom(seed);
  const frames = Array.from({ length: framesInFile }, () => {
    const source = `10.${random() % 2 === 0 ? 0 : seed}.0.${random() % 200}`;
    const bytes = frame()
      .ethernet()
      .ipv4({ source })
      .udp()
      .payload(random() % 50)
      .bytes();
    return { bytes, timestampUs: firstTimestampUs + (random() % spanUs) };
  });
  return frames.sort((one, other) => one.timestampUs - other.timestampUs);
}

const files = [1, 2, 3].map((seed) => folder.file(`${seed}.pcap`, pcapFile({}, capture(seed))));
const replay = (paths: readonly string[], ...options: readonly string[]) =>
  runProgram([...paths.flatMap((path) => ['-r', path]), ...offline, ...options]);

const noProc = existsSync('/proc/self/status') ? false : 'this system does not tell what a process takes';
const noMergecap = spawnSync('mergecap', ['--version']).status === 0 ? false : 'mergecap is not installed';

describe('several captures', { concurrency: true }, () => {
  test('that overlap give the records of their merger', { skip: noMergecap }, async () => {
    const merged = join(folder.path, 'merged.pcap');
    execFileSync('mergecap', ['-F', 'pcap', '-w', merged, ...files]);
    for (const interval of ['0', '20s', '1s']) {
      const apart = await replay(files, '--interval', interval);
      const together = await replay([merged], '--interval', interval);
      for (const finished of [apart, together]) assertAccounted(finished, recordsIn(finished.stdout));
      assert.equal(packetsOf(recordsIn(apart.stdout)), 3 * framesInFile);
      const sorted = (ndjson: string) => ndjson.split('\n').sort();
      assert.deepEqual(sorted(apart.stdout), sorted(together.stdout), `--interval ${interval}`);
      const times = (ndjson: string) => [...new Set(recordsIn(ndjson).map(({ time }) => time))];
      assert.deepEqual(times(apart.stdout), times(together.stdout), 'windows come in order');
    }
  });

  test('give all that they hold where one is missing and one cut off, and end with an error', async () => {
    const whole = pcapFile({}, capture(4));
    const cut = folder.file('cut.pcap', whole.subarray(0, whole.length - 5));
    const missing = join(folder.path, 'missing.pcap');
    const finished = await replay([files[0]!, missing, cut]);
    const records = recordsIn(finished.stdout);
    const { frames } = assertAccounted(finished, records, finished.exitCode ?? 0);
    assert.notEqual(finished.exitCode, 0);
    assert.equal(frames, 2 * framesInFile - 1);
    assert.match(finished.stderr, /missing\.pcap: there is no such file; check the path$/m);
    assert.match(finished.stderr, /cut\.pcap: .*missing bytes: 5/m);
  });

  test('that are pipes with one writer are read side by side', async () => {
    const [first, ...others] = Array.from({ length: availableParallelism() + 2 }, (_, i) => `pipe-${i}`);
    execFileSync('mkfifo', [first!, ...others], { cwd: folder.path });
    // More than pipes hold, so that each has to be read before the others have all of it.
    const frames = [5, 6, 7].flatMap(capture);
    const whole = folder.file('whole.pcap', pcapFile({}, frames));
    const tee = spawn('sh', ['-c', `tee ${others.join(' ')} < ${whole} > ${first}`], { cwd: folder.path });
    const paths = [first!, ...others].map((name) => join(folder.path, name));
    const finished = await replay(paths, '--interval', '0');
    const { packets } = assertAccounted(finished, recordsIn(finished.stdout));
    assert.equal(packets, paths.length * frames.length);
    tee.kill('SIGKILL');
  });

  test('need memory for one table, and not for each file', { skip: noProc }, async () => {
    // More than 4 MiB: such files are read ahead, but not all at once.
    const flows = 55_000;
    const frames = Array.from({ length: flows }, (_, i) =>
      frame()
        .ethernet()
        .ipv6({ source: `2001:db8::${i.toString(16)}` })
        .udp()
        .bytes(),
    );
    const file = folder.file('flows6.pcap', pcapFile({}, frames));
    const paths = Array<string>(40).fill(file);
    const program = startProgram([
      ...paths.flatMap((path) => ['-r', path]),
      ...['--interval', '0', '--max-flows', String(flows), ...offline],
    ]);
    // The first of 9 MB comes when everything is read, and the rest does not fit a pipe: the process is still there.
    let peakMiB = Number.NaN;
    program.child.stdout.once('data', () => {
      peakMiB = peakMemoryMiB(program);
    });
    const finished = await program.finished;
    const { packets } = assertAccounted(finished, recordsIn(finished.stdout));
    assert.equal(packets, paths.length * flows);
    // The program, what two files that are read ahead take, and what --help states for so many flows.
    const mostMiB = 120 + 2 * 18 + (40 * flows) / 100_000;
    assert.ok(peakMiB <= mostMiB, `${peakMiB} MiB, and ${mostMiB} are allowed`);
  });
});
