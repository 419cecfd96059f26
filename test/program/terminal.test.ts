/** The real program on a terminal, which script(1) makes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { fixturesFolder } from '../support/fixtures.js';
import { lastLedger } from '../support/ledger-text.js';
import { offline, programPath } from '../support/program.js';
import { synFlood } from '../support/syn-flood.js';
import { temporaryFolder } from '../support/temporary-folder.js';

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

test('the ledger counts the rows that are shown and the rest line, and every packet', {
  skip: noScript,
}, () => {
  const file = join(temporaryFolder().path, 'flows.pcap');
  writeFileSync(file, synFlood(3_000));
  const printed = shown(80, 24, ['-r', file, '--interval', '0', ...offline]);
  const text = stripVTControlCharacters(printed).replaceAll('\r\n', '\n');
  assert.match(text, /: 3,000 flows, 3,000 packets, 0 B\nSOURCE /);
  assert.match(text, /^… and 2,981 more flows, 2,981 packets, 0 B$/m);
  const ledger = lastLedger(text);
  const [sink] = ledger.sinks;
  assert.deepEqual(
    [sink?.records, sink?.packets, sink?.recordsUnsent, ledger.packets, ledger.open, ledger.balanced],
    [20, 3_000, 0, 3_000, 0, true],
  );
});
