/** The real program on a terminal, which script(1) makes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fixturesFolder } from '../support/fixtures.js';
import { offline, programPath } from '../support/program.js';

const noScript = spawnSync('script', ['--version']).status === 0 ? false : 'script(1) is not there';

/** What the terminal shows of a run with these arguments. */
function shown(columns: number, rows: number, args: readonly string[]): string {
  const command = [process.execPath, programPath, ...args].join(' ');
  const words = ['-qec', `stty cols ${columns} rows ${rows}; ${command}`, '/dev/null'];
  const { stdout, status } = spawnSync('script', words, {
    encoding: 'utf8',
    timeout: 30_000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.equal(status, 0, stdout);
  return stdout;
}

test('a terminal that does not say its size is taken for one of 80 columns and 24 rows', {
  skip: noScript,
}, () => {
  const replay = ['-r', `${fixturesFolder}tcp-session.pcap`, ...offline];
  for (const args of [replay, ['--help']]) {
    const usual = shown(80, 24, args);
    assert.ok(usual.split('\n').length > 4, usual);
    assert.equal(shown(0, 0, args), usual);
  }
});
