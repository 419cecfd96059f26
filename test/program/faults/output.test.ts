/** Outputs that take nothing more: full disks, and readers that have gone. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertAccounted, recordsIn } from '../../support/accounting.js';
import { type Finished, offline, startProgram } from '../../support/program.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { textOfFlows } from '../../support/text-flows.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';

const flows = 2_000;
const folder = temporaryFolder();
const capture = folder.file('flows.txt', textOfFlows(flows));
const sleepingMs = 11_000;
const noSpace =
  'pcap-agg: stdout: cannot write records: ENOSPC: no space left on device, write; free space there, or redirect them elsewhere\n';

/** Runs the program, which makes a record of each flow, as "$@" of a shell's command; $0 is a folder. */
function inShell(command: string, ...prefix: readonly string[]): Promise<Finished> {
  const shell = [...prefix, 'sh', '-c', command, folder.path];
  return startProgram(['-r', capture, ...offline], { prefix: shell }).finished;
}

describe('an output that takes nothing more', { concurrency: true }, () => {
  test('is reported once, counted, and makes the run end with 1: a full device', async () => {
    const finished = await inShell('"$@" > /dev/full');
    const { sinks } = assertAccounted(finished, [], 1);
    assert.deepEqual(sinks[0]?.unsent, { failed: flows });
    assert.equal(finished.stderr.split(noSpace).length, 2, finished.stderr);
  });

  test('is one line and exit code 1 also for --version and --help', async () => {
    for (const option of ['--version', '--help']) {
      const prefix = ['sh', '-c', '"$0" "$1" "$2" > /dev/full'];
      const { exitCode, stderr } = await startProgram([option], { prefix }).finished;
      assert.equal(exitCode, 1);
      assert.match(
        stderr,
        /^pcap-agg: stdout: cannot be written \(ENOSPC: [^;]*\); free space there, or [^\n]*\n$/,
      );
    }
  });

  test('has all records that it had room for: a disk that fills up', { skip: noNetwork }, async () => {
    const small = 'mkdir "$0/disk" && mount -t tmpfs -o size=100k small "$0/disk" && cd "$0/disk"';
    const command = `${small} && "$@" > records; code=$?; cat records; exit $code`;
    const finished = await inShell(command, 'unshare', '--mount');
    const { sinks } = assertAccounted(finished, recordsIn(finished.stdout), 1);
    assert.equal(finished.stdout.length, 100 * 1024);
    assert.deepEqual(sinks[0]?.unsent, { failed: flows - (sinks[0]?.records ?? 0) });
    assert.ok(finished.stderr.includes(noSpace), finished.stderr);
  });

  test('costs no record where it is the log: a full device', async () => {
    const { exitCode, stdout, stderr } = await inShell('"$@" 2> /dev/full');
    assert.deepEqual([exitCode, stderr, recordsIn(stdout).length], [0, '', flows]);
  });

  test('loses nothing of a file: a reader that sleeps for longer than SIGTERM would give it', async (context) => {
    const program = startProgram(['-r', capture, ...offline, '--to', '-']);
    context.after(() => program.child.kill('SIGKILL'));
    program.child.stdout.pause();
    await sleep(sleepingMs);
    program.child.stdout.resume();
    const finished = await program.finished;
    const { sinks } = assertAccounted(finished, recordsIn(finished.stdout));
    assert.equal(sinks[0]?.records, flows);
  });

  test('ends a capture that goes on, quietly: a reader that has enough', async (context) => {
    const program = startProgram([...offline, '--to', '-', '--interval', '100ms']);
    context.after(() => program.child.kill('SIGKILL'));
    program.child.stdin.on('error', () => undefined).write(textOfFlows(1));
    await until('a record has come', () => program.stdout() !== '');
    program.child.stdout.destroy();
    program.child.stdin.write(textOfFlows(3));
    const finished = await program.finished;
    const { sinks } = assertAccounted(finished, recordsIn(finished.stdout));
    assert.deepEqual(sinks[0]?.unsent, { closed: 3 });
    assert.doesNotMatch(finished.stderr, /EPIPE|cannot/);
  });
});

describe('a reader that has gone is nobody to tell, for', { concurrency: true }, () => {
  for (const args of [['--version'], ['--help'], ['-D'], ['doctor', '-i', 'lo', ...offline], ['verify']]) {
    test(`pcap-agg ${args.join(' ')}`, async () => {
      // The pipe is a named one, whose only reader has left before the program begins to write.
      const pipe = join(folder.path, args[0]!);
      const command = 'mkfifo "$1" && exec 3<> "$1" 4> "$1" 3<&- && shift && echo {} | "$@" >&4';
      const prefix = ['sh', '-c', command, 'sh', pipe];
      const { stderr } = await startProgram(args, { prefix }).finished;
      assert.equal(stderr, '');
    });
  }
});
