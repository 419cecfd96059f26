/** Files that records go to, by runs of the program. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { assertAccounted, recordsIn } from '../support/accounting.js';
import { fixturesFolder } from '../support/fixtures.js';
import { offline, programPath, type RunningProgram, runProgram, startProgram } from '../support/program.js';
import { nobody, noOtherUsers, withoutRights } from '../support/rights.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { textOfFlows } from '../support/text-flows.js';
import { until } from '../support/until.js';
import { noNetwork } from '../support/veth.js';

const parent = temporaryFolder();
const capture = `${fixturesFolder}tcp-session.pcap`;
const flows = parent.file('flows.txt', textOfFlows(20_000));

/** A folder of its own, which everybody may enter; it belongs to whom root becomes. */
function newFolder(owner = nobody): string {
  chmodSync(parent.path, 0o711);
  const folder = mkdtempSync(join(parent.path, 'case-'));
  chmodSync(folder, 0o711);
  if (process.getuid?.() === 0) chownSync(folder, owner, owner);
  return folder;
}

/** What all files of a folder hold, in the order of their names, the one without a stamp last. */
function contentOf(folder: string): string {
  const names = readdirSync(folder).sort();
  const inOrder = [...names.filter((name) => name !== 'flows.jsonl'), 'flows.jsonl'];
  const read = (name: string) => {
    const bytes = readFileSync(join(folder, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  };
  return inOrder.map(read).join('');
}

const line = (second: number) =>
  `2016-09-08 23:28:${String(second).padStart(2, '0')}.000000 IP 10.0.0.1.53 > 10.0.0.2.4000: UDP, length 7\n`;

/** A run that reads what its stdin gets, and closes a window whenever a later packet comes; killed when the test has ended. */
function startRun(context: TestContext, target: string, prefix: readonly string[] = []): RunningProgram {
  const program = startProgram(['--to', target, '--interval', '100ms', ...offline], { prefix });
  context.after(() => program.child.kill('SIGKILL'));
  return program;
}

describe('a replay into a file', () => {
  test('writes there what it would write to stdout, behind what is there', async () => {
    const folder = newFolder();
    const path = join(folder, 'flows.jsonl');
    const expected = readFileSync(`${capture}.expected.jsonl`, 'utf8');
    const { stdout } = await runProgram(['-r', capture, '--to', '-', ...offline]);
    for (const times of [1, 2]) {
      const finished = await runProgram(['-r', capture, '--to', `file:${path}`, ...offline]);
      assert.equal(readFileSync(path, 'utf8'), stdout.repeat(times));
      assertAccounted(finished, recordsIn(stdout));
    }
    assert.equal(stdout.split('\n').length, expected.split('\n').length);
    assert.equal(statSync(path).mode & 0o777, 0o640);
  });

  test('rotates and compresses on the way, and the sum over all files is the ledger', async () => {
    const folder = newFolder();
    const target = `file:${join(folder, 'flows.jsonl')}?rotate=1MiB&keep=100`;
    const finished = await runProgram(['-r', flows, '--to', target, ...offline]);
    const rotated = readdirSync(folder).filter((name) =>
      /^flows\.jsonl\.\d{8}T\d{6}\.\d{3}Z\.gz$/.test(name),
    );
    assert.ok(rotated.length >= 3, readdirSync(folder).join(' '));
    assert.equal(assertAccounted(finished, recordsIn(contentOf(folder))).sinks[0]?.records, 20_000);
  });

  test('is refused before it begins, with the remedy', async () => {
    const folder = newFolder();
    symlinkSync('/etc/passwd', join(folder, 'link'));
    const cases: readonly (readonly [target: string, message: RegExp])[] = [
      [join(folder, 'none', 'f'), /: there is no such folder; make it \(ENOENT\)$/],
      [folder, /: it is a folder; name a file in it \(EISDIR\)$/],
      [
        join(folder, 'link'),
        /: it is a symbolic link, which is not followed; name the file itself \(ELOOP\)$/,
      ],
      ['/dev/null', /: it is no regular file; name a file, or - for stdout$/],
    ];
    for (const [target, message] of cases) {
      const { exitCode, stderr } = await runProgram(['-r', capture, '--to', `file:${target}`, ...offline]);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, /^pcap-agg: --to file:[^\n]*\n$/);
      assert.match(stderr.trimEnd(), message);
    }
  });

  test('is refused where two outputs, or two runs, would share it', async (context) => {
    const folder = newFolder();
    const path = join(folder, 'flows.jsonl');
    const twice = ['--to', `file:${path}`, '--to', `file:${folder}/./flows.jsonl`];
    const { exitCode, stderr } = await runProgram(['-r', capture, ...twice, ...offline]);
    assert.deepEqual([exitCode, stderr.trimEnd().split('; ').at(-1)], [2, 'give it once'], stderr);
    const running = startRun(context, `file:${path}`);
    await until('it reads', () => running.stderr().includes('reading stdin'));
    const second = await runProgram(['-r', capture, '--to', `file:${path}`, ...offline]);
    assert.equal(second.exitCode, 2);
    assert.match(second.stderr, /: another process appends to it; give each a file of its own,/);
  });

  test('waits for a full disk, and has whole lines on it only', { skip: noNetwork }, async (context) => {
    const folder = newFolder();
    const path = join(folder, 'flows.jsonl');
    mountSmall(context, folder);
    const program = startRun(context, `file:${path}?queue=1`);
    program.child.stdin.write(readFileSync(flows));
    await until('it is full', () => program.stderr().includes('the disk is full; make room on it (ENOSPC)'));
    await until('the queue is full', () => program.stderr().includes('the oldest records are dropped'));
    // Two that do not become one: nobody waits for the disk any more.
    program.child.kill('SIGINT');
    program.child.kill('SIGTERM');
    const finished = await program.finished;
    const content = readFileSync(path, 'utf8');
    assert.ok(content.endsWith('}\n'));
    const { sinks } = assertAccounted(finished, recordsIn(content), 1);
    const { unsent } = sinks[0]!;
    assert.ok(unsent['failed']! > 0 && unsent['queue-full']! > 0, finished.stderr);
  });

  test('goes on once a full disk has room again, and nothing is lost', {
    skip: noNetwork,
  }, async (context) => {
    const folder = newFolder();
    const path = join(folder, 'flows.jsonl');
    mountSmall(context, folder);
    const program = startProgram(['-r', flows, '--to', `file:${path}`, ...offline]);
    context.after(() => program.child.kill('SIGKILL'));
    await until('it is full', () => program.stderr().includes('the disk is full; make room on it (ENOSPC)'));
    assert.ok(readFileSync(path, 'utf8').endsWith('}\n'));
    execFileSync('mount', ['-o', 'remount,size=100m', folder]);
    const finished = await program.finished;
    const { sinks } = assertAccounted(finished, recordsIn(readFileSync(path, 'utf8')));
    assert.equal(sinks[0]?.records, 20_000);
    assert.match(finished.stderr, /: the reader is back after /);
  });
});

/** Has a disk of 100 KiB in the place of a folder until the test has ended. */
function mountSmall(context: TestContext, folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100k,mode=711', 'small', folder]);
  context.after(() => execFileSync('umount', ['--lazy', folder]));
}

describe('started as root, a run into a file', { skip: noOtherUsers, concurrency: true }, () => {
  test('gives what it makes to whom it becomes, and goes on where that one cannot open it anew', async (context) => {
    const folder = newFolder(0);
    const path = join(folder, 'flows.jsonl');
    const program = startRun(context, `file:${path}`, ['setsid']);
    program.child.stdin.write(line(1));
    await until('there is a record', () => existsSync(path) && readFileSync(path, 'utf8') !== '');
    assert.equal(statSync(path).uid, nobody);
    renameSync(path, `${path}.1`);
    program.child.kill('SIGHUP');
    const goesOn = /: goes on in the file that it has open, for the new one: no permission; let this user/;
    await until('it says so', () => goesOn.test(program.stderr()));
    program.child.stdin.end(line(2));
    const finished = await program.finished;
    assertAccounted(finished, recordsIn(readFileSync(`${path}.1`, 'utf8')));
    assert.deepEqual(readdirSync(folder), ['flows.jsonl.1']);
  });

  test('needs a folder that it can rotate in once it is nobody', async () => {
    const folder = newFolder(0);
    const path = join(folder, 'flows.jsonl');
    const args = ['-r', capture, '--to', `file:${path}?rotate=1h`, ...offline];
    const { exitCode, stderr } = await runProgram(args);
    const message = `rotate= needs ${folder} to be nobody's, whom pcap-agg becomes; chown nobody ${folder}, or stay root with "-Z root"`;
    assert.deepEqual([exitCode, stderr], [2, `pcap-agg: --to file:${path}: ${message}\n`]);
    const asRoot = await runProgram([...args, '-Z', 'root']);
    assertAccounted(asRoot, recordsIn(readFileSync(path, 'utf8')));
    chownSync(folder, nobody, nobody);
    chownSync(path, 0, 0);
    const roots = await runProgram(args);
    assert.match(roots.stderr, new RegExp(`: rotate= needs ${path} to be nobody's,`));
  });

  test('that may not write there ends with 77 where it is no root', async () => {
    const path = join(newFolder(0), 'flows.jsonl');
    const args = ['-r', capture, '--to', `file:${path}`, ...offline];
    const { exitCode, stderr } = await startProgram(args, { prefix: withoutRights }).finished;
    assert.equal(exitCode, 77, stderr);
    assert.match(stderr, /: no permission; let this user read and write it, and its folder \(EACCES\)\n$/);
  });
});

describe('SIGHUP', { concurrency: true }, () => {
  test('opens a moved file anew where there is no terminal, also while nothing is written', async (context) => {
    const folder = newFolder();
    const path = join(folder, 'flows.jsonl');
    const program = startRun(context, `file:${path}`, ['setsid']);
    program.child.stdin.write(line(1));
    await until('there is a record', () => existsSync(path) && readFileSync(path, 'utf8') !== '');
    renameSync(path, `${path}.1`);
    program.child.kill('SIGHUP');
    await until('there is a new file', () => existsSync(path));
    program.child.stdin.end(line(2));
    const finished = await program.finished;
    const [first, second] = [`${path}.1`, path].map((name) => recordsIn(readFileSync(name, 'utf8')));
    assert.deepEqual([first!.length, second!.length], [1, 1]);
    assertAccounted(finished, [...first!, ...second!]);
  });

  test('ends a run that has a terminal, with what it has sent', async (context) => {
    const folder = newFolder();
    const path = join(folder, 'flows.jsonl');
    const command = [process.execPath, programPath, '--to', `file:${path}`, '--interval', '1h', ...offline];
    const script = join(folder, 'run.sh');
    // Its stdin is a pipe that nobody closes; script(1) gives it a terminal.
    const lines = ['cd "$(dirname "$0")"', 'mkfifo pipe', 'exec 3<>pipe', 'echo $$ >pid'];
    writeFileSync(script, [...lines, `exec '${command.join("' '")}' <&3 3<&-`, ''].join('\n'));
    const shell = spawn('script', ['-qec', `sh '${script}'`, '/dev/null'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    context.after(() => shell.kill('SIGKILL'));
    let said = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = once(shell, 'close');
    await until(
      'it reads',
      () => said.includes('reading stdin'),
      () => said,
    );
    writeFileSync(join(folder, 'pipe'), line(1));
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    process.kill(pid, 'SIGUSR1');
    await until(
      'it has read',
      () => {
        if (said.includes('1 packets in windows')) return true;
        process.kill(pid, 'SIGUSR1');
        return false;
      },
      () => said,
    );
    process.kill(pid, 'SIGHUP');
    assert.deepEqual(await ended, [0, null], said);
    assert.equal(recordsIn(readFileSync(path, 'utf8')).length, 1);
  });
});
