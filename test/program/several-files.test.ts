/** Several captures at once: those that cannot be read, and those that overlap in time. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertAccounted, packetsOf, recordsIn } from '../support/accounting.js';
import { type CapturedFrame, firstTimestampUs, pcapFile } from '../support/captures.js';
import { frame } from '../support/frames.js';
import { offline, runProgram } from '../support/program.js';
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
});
