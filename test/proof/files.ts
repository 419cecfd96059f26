/** Files: a full disk, logrotate, rotation of its own, and runs that are killed. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { killRuns } from '../support/file-kills.js';
import { nobody } from '../support/rights.js';
import { textOfFlows } from '../support/text-flows.js';
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { received } from './received.js';
import { judge } from './verdict.js';

const noLogrotate =
  spawnSync('logrotate', ['--version']).status !== 0 &&
  'logrotate is not installed (Debian: apt-get install logrotate)';

export const fileCases: readonly ProofCase[] = [
  { name: 'file: disk full', run: diskFull },
  { name: 'file: rotated by size', run: rotated },
  { name: 'file: moved by logrotate', skip: noLogrotate, run: movedByLogrotate },
  { name: 'file: moved while it rotates', run: movedAndRotated },
  { name: 'file: killed at any moment', run: killed },
];

const fileName = 'flows.jsonl';

/** For whom root becomes. */
function folderOf(ground: Ground): string {
  const folder = join(ground.folder, 'files');
  mkdirSync(folder);
  chownSync(folder, nobody, nobody);
  return folder;
}

/** Lines of all files: those with the oldest time behind their name first, the one without any last. */
function linesIn(folder: string, olderFirst: (name: string) => string = (name) => name): string[] {
  const names = readdirSync(folder).filter((name) => name !== fileName);
  const inOrder = names.sort((a, b) => (olderFirst(a) < olderFirst(b) ? -1 : 1));
  return [...inOrder, fileName].flatMap((name) => {
    const bytes = readFileSync(join(folder, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n');
  });
}

async function diskFull(ground: Ground): Promise<Verdict> {
  const folder = folderOf(ground);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100k,mode=777', 'small', folder]);
  ground.atEnd(() => execFileSync('umount', ['--lazy', folder]));
  const feed = startFeed(ground, ['--to', `file:${join(folder, fileName)}`]);
  await feed.windows(10);
  const isFull = () => feed.program.stderr().includes('the disk is full; make room on it (ENOSPC)');
  await until('it is full', isFull, feed.program.stderr);
  const atFull = received(linesIn(folder));
  await feed.windows(10);
  execFileSync('mount', ['-o', 'remount,size=100m', folder]);
  const end = await feed.end();
  const wrong = [
    ...(atFull.torn > 0 ? [`${atFull.torn} torn lines while the disk was full`] : []),
    ...(atFull.unique < 100 ? [`only ${atFull.unique} records on the full disk`] : []),
  ];
  return judge({ end, got: received(linesIn(folder)), wrong });
}

async function rotated(ground: Ground): Promise<Verdict> {
  const folder = folderOf(ground);
  const feed = startFeed(ground, ['--to', `file:${join(folder, fileName)}?rotate=1MiB&keep=1000`], {
    flows: 1_000,
  });
  await feed.windows(100);
  const end = await feed.end();
  const files = readdirSync(folder);
  const compressed = files.filter((name) => name.endsWith('Z.gz')).length;
  const wrong =
    compressed >= 10 && compressed === files.length - 1 ? [] : [`the folder has ${files.join(', ')}`];
  return judge({ end, got: received(linesIn(folder)), wrong });
}

async function movedByLogrotate(ground: Ground): Promise<Verdict> {
  const folder = folderOf(ground);
  const path = join(folder, fileName);
  const feed = startFeed(ground, ['--to', `file:${path}`], { prefix: ['setsid'] });
  const rules = join(ground.folder, 'logrotate.conf');
  const postrotate = `postrotate\n kill -HUP ${feed.program.child.pid}\nendscript`;
  const words = [
    'rotate 1000',
    'compress',
    'delaycompress',
    'su nobody nogroup',
    'create 0640 nobody nogroup',
  ];
  writeFileSync(rules, `${path} {\n${words.join('\n')}\n${postrotate}\n}\n`, { mode: 0o644 });
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    await feed.windows(3);
    await until(
      'it is written to',
      () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0,
      feed.program.stderr,
    );
    execFileSync('logrotate', ['-f', '-s', join(ground.folder, 'state'), rules]);
  }
  const end = await feed.end();
  const got = received(linesIn(folder, byNumber));
  const files = readdirSync(folder).length;
  return judge({ end, got, wrong: files === rounds + 1 ? [] : [`${files} files after ${rounds} moves`] });
}

/** logrotate's flows.jsonl.1 is the newest. */
const byNumber = (name: string): string => String(10_000 - Number(/\.(\d+)(?:\.gz)?$/.exec(name)?.[1] ?? 0));

/** Somebody else's moves and its own rotations meet at any moment. */
async function movedAndRotated(ground: Ground): Promise<Verdict> {
  const folder = folderOf(ground);
  const path = join(folder, fileName);
  const args = ['--to', `file:${path}?rotate=1MiB&keep=1000`];
  const feed = startFeed(ground, args, { prefix: ['setsid'], flows: 1_000 });
  let moves = 0;
  for (let round = 0; round < 100; round++) {
    const written = feed.windows(2);
    if (existsSync(path)) {
      renameSync(path, `${path}.moved-${moves++}`);
      feed.program.child.kill('SIGHUP');
    }
    await written;
  }
  const end = await feed.end();
  const wrong = moves < 20 ? [`it was moved ${moves} times only`] : [];
  return judge({ end, got: received(linesIn(folder)), disorder: true, wrong });
}

async function killed(ground: Ground): Promise<Verdict> {
  const folder = folderOf(ground);
  const capture = join(ground.folder, 'flows.txt');
  const flows = 20_000;
  const kills = 40;
  writeFileSync(capture, textOfFlows(flows));
  const { records, torn, closedOff, wrong } = await killRuns({ folder, capture, kills, seed: 14 });
  const unexpected = [
    ...wrong,
    // The first and the last run were not killed.
    ...(records < 2 * flows ? [`${records} records of ${2 * flows} at the least`] : []),
    ...(torn > closedOff ? [`${torn} torn lines, ${closedOff} were found`] : []),
  ];
  return { records, duplicates: 0, ledger: `${kills} kills, ${torn} lines torn`, wrong: unexpected };
}
