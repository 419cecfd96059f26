/** The program as a process: what it prints where, and how it ends, before it has read a single packet. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readProjectFile } from '../support/project.js';

const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it with nothing on stdin. Every one of these ends by itself. */
function run(...args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}

describe('pcap-agg', () => {
  test('tells its version', () => {
    const { version } = JSON.parse(readProjectFile('package.json')) as { readonly version: string };
    for (const option of ['--version', '-V']) {
      assert.deepEqual(run(option), { status: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  test('explains itself', () => {
    const { status, stdout, stderr } = run('--help');
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, /^Usage: pcap-agg /);
    assert.doesNotMatch(stdout, /^.{81}/m, 'wider than a terminal');
  });

  for (const [message, ...args] of [
    ['--nope: there is no such option; see pcap-agg --help', '--nope'],
    ['--interval 20x: not a time; write it like 500ms, 20s, 1m or 1h', '--interval', '20x'],
    ['-i and -r: a capture and files cannot be read together; leave one of them out', '-i', 'lo', '-r', 'x'],
    ['-i lo: given twice; give it once', '-i', 'lo', '-i', 'lo'],
    ['-i any: has the packets of every interface; leave it out, or the others', '-i', 'any', '-i', 'lo'],
    ['--schema ess: there is no such schema; did you mean ecs?', '--schema', 'ess'],
    ['--to x:1?schema=ess: schema=ess: there is no such schema; did you mean ecs?', '--to', 'x:1?schema=ess'],
    ['--biflow and --no-biflow: one undoes the other; leave one of them out', '--biflow', '--no-biflow'],
    ['--top 0: not a number of records; it takes 1 to 16777214, or all', '--top', '0'],
    ['--group unit: unit: unknown; choose clients, networks, owner or none', '--group', 'unit'],
    ['--tag prod: no key and value; write it like env:prod', '--tag', 'prod'],
    ["--to x:70000: '70000' is no port; write a number from 1 to 65535", '--to', 'x:70000'],
    ["verify x:70000: '70000' is no port; write a number from 1 to 65535", 'verify', 'x:70000'],
    [
      "'tcp': a filter works on interfaces only; let tcpdump do it: tcpdump -r x -w - FILTER | pcap-agg -r -",
      ...['-r', 'x', 'tcp'],
    ],
  ] as const) {
    test(`refuses ${args.join(' ')} in one line, with exit code 2`, () => {
      assert.deepEqual(run(...args), { status: 2, stdout: '', stderr: `pcap-agg: ${message}\n` });
    });
  }

  for (const args of [
    ['--datadog-ranges', 'off', '-r', '/nowhere/capture.pcap'],
    ['-r', '/dev/null', '--to', 'collector'],
    ['-r', '/dev/null', '--to', '127.0.0.1:70000'],
    ['-r', '/dev/null', '--to', '127.0.0.1:1', '--datadog-ranges', '/nowhere/ranges.json'],
    ['-r', '/dev/null', '--dns', '1.2.3.4.5'],
    ['--datadog-ranges', 'off', '-i', 'no-such-interface'],
  ]) {
    test(`names what is wrong with ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = run(...args);
      const value = args.at(-1)!;
      assert.deepEqual(
        { status, stdout, lines: stderr.split('\n').length },
        { status: 2, stdout: '', lines: 2 },
        stderr,
      );
      assert.ok(stderr.startsWith('pcap-agg: ') && stderr.includes(value), stderr);
    });
  }
});
