/** Runs into a file that are killed, over and over, at moments drawn at random; and what is in the files then. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { offline, startProgram } from './program.js';
import { seededRandom } from './random.js';

export interface FileKills {
  /** Empty, and writable for whom root becomes. */
  readonly folder: string;
  /** What each run replays. */
  readonly capture: string;
  readonly kills: number;
  readonly seed: number;
}

export interface Survivors {
  /** Whole records, in all files. */
  readonly records: number;
  /** Lines that are no whole record. */
  readonly torn: number;
  /** What no file may be, in words. */
  readonly wrong: readonly string[];
  /** How often a run said that it found a torn line; some were killed before they wrote behind it. */
  readonly closedOff: number;
}

/** The last run is not killed: it says how long one takes at the most, and tidies up. */
export async function killRuns({ folder, capture, kills, seed }: FileKills): Promise<Survivors> {
  const path = join(folder, 'flows.jsonl');
  const args = ['-r', capture, '--to', `file:${path}?rotate=1MiB&keep=1000`, ...offline];
  const random = seededRandom(seed);
  const startedMs = performance.now();
  let texts = (await startProgram(args).finished).stderr;
  const runMs = performance.now() - startedMs;
  const wrong: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const program = startProgram(args);
    // Every other one in the middle of its first write.
    if (kill % 2 === 0) waitForGrowth(path);
    else await sleep((random() % 1_000) * (runMs / 1_000));
    program.child.kill('SIGKILL');
    texts += (await program.finished).stderr;
    wrong.push(...problemsIn(folder));
  }
  const last = await startProgram(args).finished;
  texts += last.stderr;
  if (last.exitCode !== 0) wrong.push(`the last run ended with ${last.exitCode}: ${last.stderr}`);
  const unfinished = readdirSync(folder).filter((name) => name !== 'flows.jsonl' && !name.endsWith('Z.gz'));
  if (unfinished.length > 0) wrong.push(`left behind: ${unfinished.join(', ')}`);
  const lines = readdirSync(folder).flatMap((name) => linesOf(folder, name));
  const records = lines.filter(isRecord).length;
  return {
    records,
    torn: lines.length - records,
    wrong,
    closedOff: texts.split(' is torn; it stays').length - 1,
  };
}

/** Returns within microseconds of the moment at which the file grows, or after five seconds. */
function waitForGrowth(path: string): void {
  const deadlineMs = performance.now() + 5_000;
  const size = () => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  for (let before = size(), now = before; now <= before && performance.now() < deadlineMs; now = size())
    before = now;
}

/** Only the file without a time behind it may end within a line. */
function problemsIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name !== 'flows.jsonl' && !name.endsWith('.partial'));
  return names.flatMap((name) => {
    try {
      const content = contentOf(folder, name);
      return content.endsWith('\n') ? [] : [`${name} ends within a line`];
    } catch (error) {
      return [`${name}: ${(error as Error).message}`];
    }
  });
}

function contentOf(folder: string, name: string): string {
  const bytes = readFileSync(join(folder, name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

const linesOf = (folder: string, name: string): string[] =>
  contentOf(folder, name).split('\n').filter(Boolean);

function isRecord(line: string): boolean {
  try {
    return typeof (JSON.parse(line) as { readonly count?: unknown }).count === 'number';
  } catch {
    return false;
  }
}
