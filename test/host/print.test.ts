import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';

const printModule = JSON.stringify(new URL('../../src/host/print.js', import.meta.url).href);

/** Runs lines of a module that has `print` and `printError`. A full stderr, whose reader is slow, is made by `full`. */
function run(lines: string) {
  const script = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const full = () => {
      fs.writeSync = () => { throw Object.assign(new Error('full'), { code: 'EAGAIN' }); };
      syncBuiltinESMExports();
    };
    const { print, printError } = await import(${printModule});
    ${lines}`;
  const args = ['--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });
  return { status, stdout, stderr };
}

const failure = (code: string) => `Object.assign(new Error('${code}: failed'), { code: '${code}' })`;

describe('what is said on stderr', () => {
  test('waits where its reader is slow', () => {
    const lines = "full(); printError('first\\n'); printError('second\\n');";
    assert.deepEqual(run(lines), { status: 0, stdout: '', stderr: 'first\nsecond\n' });
  });

  test('is lost without ending anything where it cannot be written', () => {
    const lines = `
      full();
      printError('one\\n');
      process.stderr.emit('error', ${failure('ECONNRESET')});
      setTimeout(() => print('goes on\\n'), 1);`;
    assert.deepEqual(run(lines), { status: 0, stdout: 'goes on\n', stderr: 'one\n' });
  });
});

describe('what is said on stdout', () => {
  test('ends the process with 1 and a line where it cannot be written', () => {
    const lines = `print('one\\n'); process.stdout.emit('error', ${failure('ENOSPC')}); print('never\\n');`;
    assert.deepEqual(run(lines), {
      status: 1,
      stdout: 'one\n',
      stderr:
        'pcap-agg: stdout: cannot be written (ENOSPC: failed); free space there, or redirect it elsewhere\n',
    });
  });

  test('costs nothing where its reader has enough', () => {
    const lines = `print('one\\n'); process.stdout.emit('error', ${failure('EPIPE')});`;
    assert.deepEqual(run(lines), { status: 0, stdout: 'one\n', stderr: '' });
  });
});
