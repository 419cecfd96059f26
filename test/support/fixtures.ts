/** The project's fixtures and how they are replayed for their goldens. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Finished, runProgram } from './program.js';

/** The folder in the checkout, seen from the built test. */
export const fixturesFolder = fileURLToPath(new URL('../../../fixtures/', import.meta.url));

export const fixtureNames: readonly string[] = readdirSync(fixturesFolder)
  .filter((file) => /\.(pcap|pcapng|txt)(\.gz)?$/.test(file))
  .sort();

/** The whole file as one window, labelled from the fixture's address ranges, without names. */
export function replayFixture(path: string): Promise<Finished> {
  return runProgram([
    '-r',
    path,
    '--interval',
    '0',
    '-n',
    '--datadog-ranges',
    `${fixturesFolder}ip-ranges.json`,
  ]);
}
