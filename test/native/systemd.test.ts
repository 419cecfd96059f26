/** The systemd unit: by systemd's own word sound and tight, and wide enough for every system call that the program makes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openCollector } from '../support/collector.js';
import { installProgram } from '../support/installed-program.js';
import { startProgram } from '../support/program.js';
import { projectRoot, readProjectFile } from '../support/project.js';
import { nobody, noOtherUsers, withoutRights } from '../support/rights.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

const path = 'native/systemd/pcap-agg.service';
const unit = join(projectRoot, path);
/** Of 10, as systemd 252 reckons it; under 5 counts as well protected. The rest is what a capture is made of. */
const mostExposure = 2;

function analyze(...args: readonly string[]) {
  return spawnSync('systemd-analyze', args, {
    encoding: 'utf8',
    env: { ...process.env, SYSTEMD_COLORS: '0' },
  });
}

const oldestVersion = 250;
const version = Number(/^systemd (\d+)/.exec(analyze('--version').stdout ?? '')?.[1] ?? 0);
const noSystemd: string | false =
  version === 0
    ? 'systemd-analyze is not installed (Debian: apt-get install systemd)'
    : version < oldestVersion &&
      `systemd ${version} cannot rate a unit that is not installed: ${oldestVersion} can`;

describe('the systemd unit', { skip: noSystemd }, () => {
  test('is understood without a complaint', () => {
    const { status, stdout, stderr } = analyze('verify', unit);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  });

  test(`leaves an exposure below ${mostExposure}`, () => {
    const { status, stdout } = analyze(
      'security',
      '--offline=true',
      '--no-pager',
      `--threshold=${mostExposure * 10}`,
      unit,
    );
    assert.equal(status, 0, stdout);
    const [, exposure] = /Overall exposure level for pcap-agg\.service: ([\d.]+)/.exec(stdout) ?? [];
    assert.ok(Number(exposure) < mostExposure, stdout);
  });

  const noStrace = spawnSync('strace', ['-V'], { stdio: 'ignore' }).status !== 0 && 'strace is not installed';
  test('allows what a run calls the kernel for', {
    skip: noOtherUsers || noStrace,
    timeout: 60_000,
  }, async (context) => {
    const program = installProgram({ mode: 0o755, withAddon: true });
    const allowed = allowedCalls();
    assert.ok(allowed.has('capset') && !allowed.has('setuid') && !allowed.has('ptrace'));
    const collector = await openCollector();
    context.after(() => collector.close());
    const socket = createSocket('udp4');
    context.after(() => socket.close());
    const folder = temporaryFolder();
    const choices = [
      '-i lo',
      '-i lo --engine cap',
      '-i lo --engine batch',
      '-i l*',
      '-i lo --schema full --owners syn',
    ];
    for (const choice of choices) {
      const trace = join(folder.path, 'trace');
      const running = startProgram(
        [
          ...choice.split(' '),
          '--interval',
          '100ms',
          '--to',
          `localhost:${collector.port}`,
          '--dns',
          '127.0.0.1',
        ],
        {
          program,
          prefix: [
            ...['strace', '--follow-forks', '--quiet=all', '--signal=none', `--output=${trace}`],
            ...['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'],
            ...['--inh-caps=+net_raw', '--ambient-caps=+net_raw'],
          ],
          env: { ...process.env, CACHE_DIRECTORY: folder.path },
        },
      );
      context.after(() => running.child.kill('SIGKILL'));
      await until('it captures', () => running.stderr().includes('capturing on'));
      const before = collector.records.length;
      await until('records have come', () => {
        socket.send('x', 9, '127.0.0.1');
        return collector.records.length > before + 3;
      });
      process.kill(childOf(running.child.pid), 'SIGTERM');
      const { exitCode, stderr } = await running.finished;
      assert.equal(exitCode, 0, stderr);
      const refused = [...callsIn(trace)].filter((call) => !allowed.has(call));
      assert.deepEqual(refused, [], choice);
    }
  });
});

test('its /proc shows commands of other users, and no other file than those of processes', {
  skip: noOtherUsers,
}, () => {
  const settings = Object.fromEntries(
    [...readProjectFile(path).matchAll(/^(ProtectProc|ProcSubset)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]),
  );
  assert.deepEqual(settings, { ProtectProc: 'default', ProcSubset: 'pid' });
  // As systemd mounts it.
  const look = (hidden: string) =>
    spawnSync(
      'unshare',
      [
        ...['--mount', 'sh', '-c', 'mount -t proc -o "$1" proc /proc && shift && "$@"', 'sh'],
        ...[`hidepid=${hidden},subset=pid`, ...withoutRights, 'sh', '-c'],
        `cat /proc/${process.pid}/comm; head -c 3 /proc/self/mountinfo | wc -c; ls -d /proc/net`,
      ],
      { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
    );
  const noNet = "ls: cannot access '/proc/net': No such file or directory\n";
  const command = readFileSync('/proc/self/comm', 'utf8');
  const { stdout, stderr } = look('off');
  assert.deepEqual({ stdout, stderr }, { stdout: `${command}3\n`, stderr: noNet });
  assert.equal(look('invisible').stdout, '3\n');
});

/** strace keeps signals to itself: the program is its only child. */
function childOf(pid: number | undefined): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

/** The unit's SystemCallFilter= lines, in their order: the first says what is allowed, each further one adds or takes away. */
function allowedCalls(): Set<string> {
  const allowed = new Set<string>();
  for (const [, negated, names] of readProjectFile(path).matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
    for (const call of names!.split(' ').flatMap(members)) {
      if (negated) allowed.delete(call);
      else allowed.add(call);
    }
  }
  return allowed;
}

/** The system calls of a set of systemd's, and of the sets in it. */
function members(name: string): string[] {
  if (!name.startsWith('@')) return [name];
  const [, ...lines] = analyze('syscall-filter', name).stdout.split('\n');
  const entries = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  return entries.flatMap(members);
}

/** The names of the calls that were made after Node was started. */
function callsIn(trace: string): Set<string> {
  const lines = readFileSync(trace, 'utf8').split('\n');
  const start = lines.findIndex((line) => line.includes(`execve("${process.execPath}"`));
  return new Set(lines.slice(start).flatMap((line) => /^\d+ +([a-z]\w+)\(/.exec(line)?.[1] ?? []));
}
