/**
 * Compares the program with tcpdump and pcap-parser over every capture in a folder and its subfolders, and the names that it finds
 * with those of tshark, where that is installed:
 *
 *     npm run check:captures -- DIRECTORY…
 *
 * Prints every difference, and a summary. Exits with 1 where there is one that nobody has explained.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { knownDifferences } from './check-captures-known.js';
import { compareCapture, type Difference } from './support/compare-capture.js';
import { compareNames } from './support/names/compare-capture.js';
import { tcpdumpVersion } from './support/tcpdump.js';

// tcpdump prints local time, in which an hour a year is ambiguous.
process.env['TZ'] = 'UTC';

const directories = process.argv.slice(2);
if (directories.length === 0 || tcpdumpVersion === undefined) {
  console.error(
    directories.length === 0
      ? 'check:captures: no folder is named; try: npm run check:captures -- fixtures'
      : 'check:captures: tcpdump is not installed; try: apt-get install tcpdump',
  );
  process.exit(2);
}

const missing = directories.find((directory) => !existsSync(directory));
if (missing !== undefined) {
  console.error(`check:captures: ${missing}: there is no such folder`);
  process.exit(2);
}

const captures = directories.flatMap((directory) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(directory, name)),
);

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

const sums = { files: 0, names: 0, frames: 0, packetsCompared: 0, flowsCompared: 0, framesReadTwice: 0 };
let explained = 0;
let unexplained = 0;
for (const path of captures) {
  const comparison = await compareCapture(path);
  const ofNames = hasTshark ? await compareNames(path) : { names: 0, differences: [] };
  sums.names += ofNames.names;
  sums.files++;
  for (const key of ['frames', 'packetsCompared', 'flowsCompared', 'framesReadTwice'] as const)
    sums[key] += comparison[key];
  const differences = [...comparison.differences, ...ofNames.differences];
  if (differences.length > 0 || basename(path) in knownDifferences) report(path, differences);
}
console.log(
  `tcpdump ${tcpdumpVersion}: ${sums.files} files, ${sums.frames} frames; ` +
    `${sums.packetsCompared} packets in ${sums.flowsCompared} flows compared with its text, ` +
    `${sums.framesReadTwice} frames with pcap-parser, ` +
    `${hasTshark ? `${sums.names} names with tshark` : 'no names, for tshark is not installed'}; ` +
    `${unexplained} differences, and ${explained} that are explained`,
);
process.exitCode = unexplained > 0 ? 1 : 0;

function report(path: string, differences: readonly Difference[]): void {
  const known = knownDifferences[basename(path)];
  const isExplained = known?.count === differences.length;
  if (isExplained) explained += differences.length;
  else unexplained += differences.length;
  console.log(`${path}: ${isExplained ? `explained: ${known.reason}` : 'not explained'}`);
  for (const { place, ours, theirs } of differences)
    console.log(`  ${place}: ours ${ours}\n  theirs ${theirs}`);
}
