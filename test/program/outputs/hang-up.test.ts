/** SIGHUP: files are opened anew, or the run ends where its terminal was closed. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertAccounted, recordsIn } from '../../support/accounting.js';
import { offline, programPath } from '../../support/program.js';
import { noOtherUsers } from '../../support/rights.js';
import { until } from '../../support/until.js';
import { contentOf, line, newFolder, parent, startRun } from './file-rig.js';

const noLogrotate =
  noOtherUsers ||
  (spawnSync('logrotate', ['--version']).status !== 0 &&
    'logrotate is not installed (Debian: apt-get install logrotate)');

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

  test('is what logrotate needs', { skip: noLogrotate }, async (context) => {
    const folder = newFolder();
    const path = join(folder, 'flows.jsonl');
    const program = startRun(context, `file:${path}`, ['setsid']);
    const rules = parent.file(
      'logrotate.conf',
      `${path} {\nrotate 9\ncompress\ndelaycompress\nsu nobody nogroup\ncreate 0640 nobody nogroup
      postrotate\nkill -HUP ${program.child.pid}\nendscript\n}\n`,
    );
    for (const second of [1, 2, 3]) {
      program.child.stdin.write(line(second));
      await until('there is a record', () => existsSync(path) && statSync(path).size > 0);
      execFileSync('logrotate', ['--force', '--state', join(parent.path, 'logrotate.state'), rules]);
    }
    program.child.stdin.end(line(4));
    const finished = await program.finished;
    const names = ['flows.jsonl', 'flows.jsonl.1', 'flows.jsonl.2.gz', 'flows.jsonl.3.gz'];
    assert.deepEqual(readdirSync(folder).sort(), names);
    assertAccounted(finished, recordsIn(contentOf(folder)));
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
