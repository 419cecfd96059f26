/** How the program ends, and what it says while it runs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { openCollector, sumsByFlow } from '../support/collector.js';
import { fixturesFolder } from '../support/fixtures.js';
import { offline, programPath, runProgram, startProgram } from '../support/program.js';
import { until } from '../support/until.js';

const line = (second: number) =>
  `2016-09-08 23:28:${String(second).padStart(2, '0')}.000000 IP 10.0.0.1.53 > 10.0.0.2.4000: UDP, length 7\n`;

describe('a run', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`ends on ${signal} with its last window sent, the ledger balanced and exit code 0`, async () => {
      const collector = await openCollector();
      const program = startProgram(['--to', `127.0.0.1:${collector.port}`, '--interval', '1h', ...offline]);
      program.child.stdin.write(line(1) + line(2) + line(3));
      await until('it reads', () => program.stderr().includes('reading stdin'));
      program.child.kill('SIGUSR1');
      await until('the ledger has all three', () => {
        if (program.stderr().includes('3 packets in windows not yet sent')) return true;
        program.child.kill('SIGUSR1');
        return false;
      });
      program.child.kill(signal);
      const { exitCode, stderr } = await program.finished;
      await until('the record arrives', () => collector.records.length > 0);
      collector.close();
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /^pcap-agg: balanced$/m);
      assert.deepEqual(
        [...sumsByFlow(collector.records)],
        [['10.0.0.1 53 > 10.0.0.2 4000 UDP', { count: 3, length: 21 }]],
      );
    });
  }

  test('is no failure where a pipe brings nothing, as tcpdump does when nothing matched', async () => {
    const { exitCode, stdout, stderr } = await runProgram(offline);
    assert.deepEqual([exitCode, stdout], [0, ''], stderr);
    assert.match(stderr, /^pcap-agg: balanced$/m);
  });

  test('takes the last lines of a pipeline that Ctrl-C ends as a whole', async () => {
    const program = startProgram(['--to', '-', '--interval', '1h', ...offline]);
    await until('it reads', () => program.stderr().includes('reading stdin'));
    program.child.kill('SIGINT');
    program.child.stdin.end(line(1).repeat(5_000));
    const { exitCode, stdout, stderr } = await program.finished;
    assert.equal(exitCode, 0, stderr);
    assert.equal(JSON.parse(stdout).count, 5_000);
  });

  test('sends thousands of records at its pace when it ends', async () => {
    const collector = await openCollector();
    const program = startProgram(['--to', `127.0.0.1:${collector.port}`, '--interval', '1h', ...offline]);
    const flows = Array.from({ length: 5_000 }, (_, port) => line(1).replace('.4000:', `.${port + 1}:`));
    program.child.stdin.end(flows.join(''));
    const { exitCode, stderr } = await program.finished;
    await until('all arrive', () => collector.records.length === flows.length);
    collector.close();
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /: 5000 records sent \(5000 packets\), 0 not sent \(0 packets\)$/m);
  });

  test('closes windows on time while stdin never pauses', async () => {
    const program = startProgram(['--to', '-', '--interval', '200ms', ...offline]);
    const block = line(1).repeat(1_000);
    let feeding = true;
    const feed = () => {
      while (feeding && program.child.stdin.write(block));
    };
    program.child.stdin.on('drain', feed);
    feed();
    await until('eight windows have been sent', () => program.stdout().split('\n').length > 8);
    feeding = false;
    program.child.stdin.end();
    const { exitCode, stdout, stderr } = await program.finished;
    assert.equal(exitCode, 0, stderr);
    const times = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text).time as string);
    const closedMs = times.slice(0, -1).map((time) => Date.parse(`${time.slice(0, 23).replace(' ', 'T')}Z`));
    for (const ms of closedMs) assert.ok(ms % 200 < 100, `a window was closed at ${ms}`);
    assert.match(stderr, /^pcap-agg: balanced$/m);
  });

  test('ends quietly when the reader of its stdout has gone', async () => {
    const shell = spawn(
      'sh',
      [
        '-c',
        `"$0" "$1" -r "$2" --interval 500ms -n --datadog-ranges off | head -n 1`,
        process.execPath,
        programPath,
        `${fixturesFolder}tcp-session.pcap`,
      ],
      { env: { ...process.env, TZ: 'UTC' } },
    );
    let stdout = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const [exitCode] = await once(shell, 'close');
    assert.equal(exitCode, 0);
    assert.equal(stdout.split('\n').length, 2);
  });

  test('counts what a collector that is not there did not take, gives it to others, and ends with 1', async () => {
    const absent = await openCollector();
    const { port } = absent;
    absent.close();
    const program = startProgram([
      '-r',
      `${fixturesFolder}tcp-session.pcap`,
      '--to',
      `127.0.0.1:${port}`,
      '--to',
      '-',
      ...offline,
    ]);
    const { exitCode, stdout, stderr } = await program.finished;
    // No script may take a replay for a good one whose records nobody has.
    assert.equal(exitCode, 1, stderr);
    assert.equal(
      stdout,
      readFileSync(`${fixturesFolder}tcp-session.pcap.expected.jsonl`, 'utf8').replaceAll(
        '23:28:20.006000',
        '23:28:40.000000',
      ),
    );
    assert.match(
      stderr,
      new RegExp(
        `^pcap-agg: 127.0.0.1:${port}: 0 records sent \\(0 packets\\), 2 not sent \\(7 packets\\)`,
        'm',
      ),
    );
    assert.match(stderr, /^pcap-agg: balanced$/m);
  });
});
