/**
 * `npm test`: every test; `npm test -- sink cli`: those whose path has one of these words. What each of them did is in
 * build/test-results.jsonl afterwards.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesUnder } from './files.mjs';
import { project } from './run.mjs';
import { setUp } from './set-up.mjs';
import { provide } from './system-packages.mjs';

/** Programs that the product is compared with, and that make its traffic and its clock. */
const tools = [
  'ip',
  'ping',
  'tcpdump',
  'tshark',
  'dnsmasq',
  'dig',
  'curl',
  'faketime',
  'nft',
  'ethtool',
  'systemd-analyze',
  'strace',
  'pkill',
  'python3',
  'openssl',
  'rsyslogd',
  'nginx',
  'update-ca-certificates',
  'nfcapd',
  'nfacctd',
  'logrotate',
  'socat',
];
const results = join(project, 'build', 'test-results.jsonl');

export function test(words) {
  setUp();
  provide(tools, 'tests');
  const all = filesUnder(join(project, 'dist/test')).filter((file) => file.endsWith('.test.js'));
  const chosen = all.filter(
    (file) => words.length === 0 || words.some((word) => relative(project, file).includes(word)),
  );
  if (chosen.length === 0) throw new Error(`no test file has ${words.join(' or ')} in its path`);
  mkdirSync(join(project, 'build'), { recursive: true });
  const reporter = pathToFileURL(join(project, 'native/test-results.mjs')).href;
  const options = [
    '--test',
    '--enable-source-maps',
    '--test-concurrency=2',
    // For a whole file: a test that hangs must not hold up the rest for ever.
    '--test-timeout=240000',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${results}`,
  ];
  const { status } = spawnSync(process.execPath, [...options, ...chosen.sort()], {
    cwd: project,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
