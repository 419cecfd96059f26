/** What the program says of a capture that it reads. */
import { basename, join } from 'node:path';
import { readRecords } from '../../support/names/named-records.js';
import { offline, runProgram } from '../../support/program.js';
import type { HealthRecord } from './scene.js';

/** Conversations, in windows of so long: "0" for one window. `folder` has room for the file. */
export async function readCapture(
  folder: string,
  capture: string,
  interval: string,
): Promise<readonly HealthRecord[]> {
  const file = join(folder, `${basename(capture)}-${interval}.jsonl`);
  const to = `file:${file}?schema=full&biflow=1`;
  const { exitCode, stderr } = await runProgram([
    '-r',
    capture,
    '--interval',
    interval,
    ...offline,
    '--to',
    to,
  ]);
  if (exitCode !== 0) throw new Error(`-r ${capture} ended with ${exitCode}: ${stderr}`);
  return readRecords<HealthRecord>(file);
}
