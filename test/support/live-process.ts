/**
 * A live source in a process of its own, which can give up root, run without the addon, or be stopped like any other. This
 * file is both sides of it: as a program it captures, as a module it starts that program.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../src/host/native.js';
import { loadCap } from '../../src/source/live/cap-module.js';
import type { LiveOptions } from '../../src/source/live/live.js';
import { type SourceCounts, SourceError } from '../../src/source/source.js';
import { FlowSums } from './flow-sums.js';
import { engines, type RunningSource, runLive } from './live.js';

export interface LiveProcessOptions {
  readonly engine: string;
  readonly options: Partial<LiveOptions> & { readonly interface: string };
  /** Whom to become, and when. */
  readonly uid?: number;
  readonly uidFrom?: 'before-open' | 'after-open';
  /** Time that the receiver takes for each frame. */
  readonly frameUs?: number;
}

/** What the process says of itself, again and again. */
export interface LiveReport {
  readonly frames: number;
  readonly breaths: number;
  readonly counts: SourceCounts | undefined;
  readonly lines: readonly string[];
  /** The SourceError that ended the capture. */
  readonly failure?: { readonly kind: string; readonly message: string };
}

export interface LiveProcess {
  readonly child: ChildProcess;
  /** Undefined until it captures. */
  readonly report: () => LiveReport | undefined;
  /** What it wrote to stderr. */
  readonly stderr: () => string;
  /** Lets it stop, and gives its last report; throws where it ended in another way. */
  stop(): Promise<LiveReport>;
}

const thisFile = fileURLToPath(import.meta.url);

/** `script` is a copy of this file in a folder without the addon. */
export function startLiveProcess(options: LiveProcessOptions, script = thisFile): LiveProcess {
  const child = fork(script, [JSON.stringify(options)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let report: LiveReport | undefined;
  let stderr = '';
  child.on('message', (message) => {
    report = message as LiveReport;
  });
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.connected) child.send('stop');
    const [code, signal] = await exited;
    if (code !== 0 || report === undefined) throw new Error(`ended with ${code ?? signal}: ${stderr}`);
    return report;
  };
  return { child, report: () => report, stderr: () => stderr, stop };
}

/** The compiled program and test support where no addon is above them, nor cap; returns this file's path there. */
export function copyWithNeither(folder: string): string {
  const compiled = fileURLToPath(new URL('../..', import.meta.url));
  cpSync(join(compiled, 'src'), join(folder, 'src'), { recursive: true });
  cpSync(join(compiled, 'test/support'), join(folder, 'test/support'), { recursive: true });
  cpSync(join(packagesFolder(), '..', 'package.json'), join(folder, 'package.json'));
  return join(folder, 'test/support/live-process.js');
}

/** The same, but with cap. */
export function copyWithoutAddon(folder: string): string {
  symlinkSync(packagesFolder(), join(folder, 'node_modules'));
  return copyWithNeither(folder);
}

const packagesFolder = () => dirname(dirname(createRequire(import.meta.url).resolve('yargs/package.json')));

const reportMs = 20;

async function main({ engine, options, uid, uidFrom, frameUs = 0 }: LiveProcessOptions): Promise<void> {
  const receiver = new FlowSums(() => spin(frameUs));
  let running: RunningSource | undefined;
  const report = (failure?: LiveReport['failure']) =>
    process.send!({
      frames: receiver.frames,
      breaths: receiver.breaths,
      counts: running?.source.counts(),
      lines: running?.lines ?? [],
      failure,
    });
  try {
    // Before the folder that they are in may have become one that cannot be read.
    loadNative();
    loadCap();
    if (uidFrom === 'before-open') process.setuid!(uid!);
    running = await runLive(engines.find(({ name }) => name === engine)!, options, receiver);
    if (uidFrom === 'after-open') process.setuid!(uid!);
    await reportUntilStopped(running, report);
    report();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    report({ kind: error.kind, message: error.message });
  }
  // What cap leaves behind must stand being collected, and libuv's lists being walked after it.
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await sleep(10);
  }
  process.disconnect();
}

async function reportUntilStopped({ source, ended }: RunningSource, report: () => void): Promise<void> {
  const timer = setInterval(() => {
    globalThis.gc?.();
    report();
  }, reportMs);
  const stop = () => source.stop();
  process.once('message', stop).once('SIGTERM', stop);
  try {
    await ended;
  } finally {
    clearInterval(timer);
  }
}

function spin(durationUs: number): void {
  const endMs = performance.now() + durationUs / 1_000;
  while (durationUs > 0 && performance.now() < endMs);
}

if (process.send !== undefined && process.argv[1] === thisFile) await main(JSON.parse(process.argv[2]!));
