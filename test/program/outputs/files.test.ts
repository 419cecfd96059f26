/** Files that records go to, by runs of the program. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { assertAccounted, recordsIn } from '../../support/accounting.js';
import { killRuns } from '../../support/file-kills.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { offline, runProgram, startProgram } from '../../support/program.js';
import { nobody, noOtherUsers, withoutRights } from '../../support/rights.js';
import { textOfFlows } from '../../support/text-flows.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';
import { contentOf, line, newFolder, parent, startRun } from './file-rig.js';

const capture = `${fixturesFolder}tcp-session.pcap`;
const flows = parent.file('flows.txt', textOfFlows(20_000));

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

  test('is whole after kill -9 at any moment (seeded), but for lines that are closed off', async () => {
    const { records, torn, closedOff, wrong } = await killRuns({
      folder: newFolder(),
      capture: flows,
      kills: 4,
      seed: 9,
    });
    assert.deepEqual(wrong, []);
    assert.ok(records >= 40_000, `${records} records`);
    assert.ok(torn <= closedOff, `${torn} torn lines, ${closedOff} were found`);
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
    const message = `rotate= makes new files in ${folder}, where user nobody has no right to write; choose a folder of that user (install -d -o nobody FOLDER), or stay root with "-Z root"`;
    assert.deepEqual([exitCode, stderr], [77, `pcap-agg: --to file:${path}: ${message}\n`]);
    const asRoot = await runProgram([...args, '-Z', 'root']);
    assertAccounted(asRoot, recordsIn(readFileSync(path, 'utf8')));
    chownSync(folder, nobody, nobody);
    chownSync(path, 0, 0);
    const roots = await runProgram(args);
    assert.match(
      roots.stderr,
      new RegExp(`: rotate= renames the file, and user nobody has no right to; chown nobody ${path},`),
    );
  });

  test('that may not write there ends with 77 where it is no root', async () => {
    const path = join(newFolder(0), 'flows.jsonl');
    const args = ['-r', capture, '--to', `file:${path}`, ...offline];
    const { exitCode, stderr } = await startProgram(args, { prefix: withoutRights }).finished;
    assert.equal(exitCode, 77, stderr);
    assert.match(stderr, /: no permission; let this user read and write it, and its folder \(EACCES\)\n$/);
  });
});
