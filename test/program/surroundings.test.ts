/** The program where something is missing that others take for granted: a home, a working directory. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordsIn } from '../support/accounting.js';
import { fixturesFolder } from '../support/fixtures.js';
import { installProgram } from '../support/installed-program.js';
import { startProgram } from '../support/program.js';
import { noOtherUsers } from '../support/rights.js';

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
    assert.match(stdout, /^fail {2}ranges .*; no copy, for this user has no home to keep it in, so that /m);
    assert.equal(stderr, '');
  });
});
