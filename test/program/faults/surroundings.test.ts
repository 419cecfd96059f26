/** The program where something is missing that others take for granted: a home, a working directory. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordsIn } from '../../support/accounting.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { installProgram } from '../../support/installed-program.js';
import { offline, startProgram } from '../../support/program.js';
import { noOtherUsers } from '../../support/rights.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();
const capture = `${fixturesFolder}tcp-session.pcap`;
/** Nobody listens there. */
const absentRanges = ['--datadog-ranges', 'http://127.0.0.1:1/'];

describe('a user without an account and without $HOME', { skip: noOtherUsers }, () => {
  const program = installProgram({ mode: 0o755, withAddon: true });
  const stranger = ['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups'];
  const prefix = [...stranger, 'env', '--unset=HOME', '--unset=XDG_CACHE_HOME'];

  test('has records, without a copy of the ranges', async () => {
    const options = ['-r', capture, '--to', '-', '-n', ...absentRanges];
    const { exitCode, stdout, stderr } = await startProgram(options, { program, prefix }).finished;
    assert.equal(exitCode, 0, stderr);
    assert.equal(recordsIn(stdout).length, 2);
    assert.match(stderr, /^pcap-agg: cannot get address ranges from http:\/\/127\.0\.0\.1:1\/: .*$/m);
    assert.doesNotMatch(stderr, /homedir/);
  });

  test('is told so by doctor', async () => {
    const options = ['doctor', '-i', 'lo', '-n', ...absentRanges];
    const { stdout, stderr } = await startProgram(options, { program, prefix }).finished;
    assert.match(
      stdout,
      /^fail {2}ranges .*; no copy, because this user has no home folder to keep it in, so that /m,
    );
    assert.equal(stderr, '');
  });
});

test('in a working directory that was deleted it works, with paths that do not start there', async () => {
  const prefix = ['sh', '-c', 'mkdir "$0/gone" && cd "$0/gone" && rmdir "$0/gone" && "$@"', folder.path];
  const run = (...paths: readonly string[]) =>
    startProgram([...paths.flatMap((path) => ['-r', path]), '--to', '-', ...offline], { prefix }).finished;
  const absolute = await run(capture, capture);
  assert.equal(absolute.exitCode, 0, absolute.stderr);
  assert.equal(recordsIn(absolute.stdout).length, 2);
  const { exitCode, stderr } = await run('capture.pcap');
  assert.deepEqual(
    [exitCode, stderr],
    [2, 'pcap-agg: capture.pcap: there is no such file; check the path\n'],
  );
});
