/** tcpdump's text on stdin, through the real program: the pipeline that it must keep working in. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fixturesFolder } from '../support/fixtures.js';
import { offline, runProgram, startProgram } from '../support/program.js';
import { until } from '../support/until.js';

interface Sent {
  readonly count: number;
  readonly length: number;
  readonly time: string;
}

/** A record that has only arrived in part is left out. */
const records = (stdout: string): Sent[] =>
  stdout
    .slice(0, stdout.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const untimed = (ndjson: string): string[] =>
  ndjson
    .replaceAll(/"time":"[^"]*"/g, '')
    .trim()
    .split('\n')
    .sort();

describe('tcpdump’s text on stdin', () => {
  it('makes the same records as in a file, but for the time', async () => {
    const text = readFileSync(`${fixturesFolder}text-plain.txt`);
    const { exitCode, stdout, stderr } = await runProgram([...offline, '--to', '-'], text);
    assert.deepEqual(
      untimed(stdout),
      untimed(readFileSync(`${fixturesFolder}text-plain.txt.expected.jsonl`, 'utf8')),
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^pcap-agg: balanced$/m);
  });

  it('closes windows in time though it never pauses', async () => {
    const { child, stdout, stderr, finished } = startProgram([
      ...offline,
      '--to',
      '-',
      '--interval',
      '200ms',
    ]);
    const line =
      '2016-09-08 23:28:29.073292 IP 172.17.0.3.22 > 172.17.0.1.54690: Flags [P.], seq 1:53, ack 1, win 229, length 52\n';
    const block = line.repeat(1_000);
    let written = 0;
    let enough = false;
    const write = (): void => {
      while (!enough) {
        written += 1_000;
        if (!child.stdin.write(block)) {
          child.stdin.once('drain', write);
          return;
        }
      }
      child.stdin.end();
    };
    write();
    await until(
      'five windows were sent while text came',
      () => new Set(records(stdout()).map(({ time }) => time)).size >= 5,
    );
    enough = true;
    const { exitCode } = await finished;
    assert.equal(exitCode, 0, stderr());
    const sent = records(stdout());
    assert.equal(
      sent.reduce((sum, { count }) => sum + count, 0),
      written,
    );
    assert.equal(
      sent.reduce((sum, { length }) => sum + length, 0),
      written * 52,
    );
    assert.match(stderr(), /^pcap-agg: balanced$/m);
  });
});
