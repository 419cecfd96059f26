/** One run of the real program under a flood: what it took, what it told, and what its records show. */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { figuresOf } from '../../../../bench/process-figures.js';
import { lastLedger, type PrintedLedger } from '../../../support/ledger-text.js';
import { type NameCounts, nameCounts } from '../../../support/name-counts.js';
import { type Finished, peakMemoryMiB, type RunningProgram, startProgram } from '../../../support/program.js';
import { until } from '../../../support/until.js';
import { ip, type Veth } from '../../../support/veth.js';
import type { Ground } from '../../ground.js';

export const ways = ['batch', 'cap', 'file'] as const;
/** An engine, or the same frames from a file. */
export type Way = (typeof ways)[number];

export interface CaptureOptions {
  readonly way: Way;
  readonly names: 'traffic' | 'off';
  /** With the flood's frames. */
  readonly file: string;
  readonly framesPerSecond: number;
  /** How many frames: it goes round. */
  readonly frames: number;
}

export interface Captured extends Finished {
  readonly ledger: PrintedLedger;
  readonly counts: NameCounts;
  /** Frames that were sent and neither received nor counted as dropped are in neither. */
  readonly sent: number;
  readonly seconds: number;
  /** From the first frame until its windows are over; of a file, the whole run. */
  readonly cpuMs: number;
  readonly peakMiB: number;
  /** NDJSON. */
  readonly records: Buffer;
}

/** Sums over a window fold what is more than so many flows: names are what the floods are about. */
const settings = ['--interval', '2s', '--max-flows', '20000', '--schema', 'full', '--datadog-ranges', 'off'];
/** What the flood's frames have, and nothing that a host says on its own. */
const ownFrames = 'ether src 02:00:00:00:00:01';

export async function capture(ground: Ground, sender: string, options: CaptureOptions): Promise<Captured> {
  const output = join(ground.folder, 'records');
  const names = options.names === 'off' ? ['-n'] : ['--names', 'traffic'];
  const words = [...settings, ...names, '--to', `file:${output}`];
  const ran = await (options.way === 'file'
    ? readFile(ground, words, options)
    : captureLive(ground, sender, [...words, '--engine', options.way, ownFrames], options));
  const ledger = lastLedger(ran.stderr);
  const records = readFileSync(output);
  rmSync(output);
  return { ...ran, ledger, counts: nameCounts(ran.stderr), records };
}

type Ran = Omit<Captured, 'ledger' | 'counts' | 'records'>;

async function captureLive(
  ground: Ground,
  sender: string,
  words: readonly string[],
  { file, frames, framesPerSecond }: CaptureOptions,
): Promise<Ran> {
  const veth = openWay(ground);
  const program = start(ground, ['-i', veth.host, ...words]);
  await until('it captures', () => program.stderr().includes('capturing on'), program.stderr);
  const before = figuresOf(program.child.pid!);
  const startMs = performance.now();
  const sent = await send(veth, [sender, '-p', String(framesPerSecond), '-n', String(frames), file]);
  const seconds = (performance.now() - startMs) / 1_000;
  // So that what is still in the ring counts, and two windows are over.
  await sleep(settleMs);
  const { cpuNs } = figuresOf(program.child.pid!);
  const peakMiB = peakMemoryMiB(program);
  program.child.kill('SIGTERM');
  const cpuMs = (cpuNs - before.cpuNs) / 1e6;
  return { ...(await program.finished), sent, seconds, cpuMs, peakMiB };
}

const settleMs = 2_500;

/** For frames as long as a network card's offloads hand over. */
const mostFrameBytes = 9_000;

function openWay(ground: Ground): Veth {
  const veth = ground.veth();
  ip('link', 'set', veth.host, 'mtu', String(mostFrameBytes));
  ip('-n', veth.namespace, 'link', 'set', veth.peer, 'mtu', String(mostFrameBytes));
  return veth;
}

async function send(veth: Veth, words: readonly string[]): Promise<number> {
  const { stdout } = await promisify(execFile)('ip', ['netns', 'exec', veth.namespace, ...words, veth.peer]);
  return (JSON.parse(stdout) as { sent: number }).sent;
}

/** Its frames once. */
async function readFile(ground: Ground, words: readonly string[], options: CaptureOptions): Promise<Ran> {
  const startMs = performance.now();
  const program = start(ground, ['-r', options.file, ...words]);
  let peakMiB = 0;
  let cpuNs = 0;
  const look = setInterval(() => {
    if (program.child.exitCode !== null) return;
    peakMiB = Math.max(peakMiB, figuresOf(program.child.pid!).residentKib / 1_024);
    cpuNs = Math.max(cpuNs, figuresOf(program.child.pid!).cpuNs);
  }, 20);
  const finished = await program.finished;
  clearInterval(look);
  const seconds = (performance.now() - startMs) / 1_000;
  const sent = lastLedger(finished.stderr).frames;
  return { ...finished, sent, seconds, cpuMs: cpuNs / 1e6, peakMiB };
}

function start(ground: Ground, words: readonly string[]): RunningProgram {
  const program = startProgram(words);
  ground.atEnd(() => program.child.kill('SIGKILL'));
  return program;
}
