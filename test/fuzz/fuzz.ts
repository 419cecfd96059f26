/**
 * Throws damaged inputs at everything that reads inputs:
 *
 *     npm run fuzz -- 10                    all targets, ten minutes altogether
 *     npm run fuzz -- 10 pcap text          these two
 *     npm run fuzz -- pcap build/findings/pcap-0123abcd    one input again
 *
 * Each target runs in a thread. An input that breaks a promise (an error that is not the documented one, a read outside
 * of a frame, sums that do not balance, a hang, memory without bound) is shrunk and written to build/findings. What
 * reaches parts of the program that nothing reached before is added to test/fuzz/corpus.
 *
 * Not jazzer.js, npm's one fuzzer that is guided by coverage: the engine that its version 4.0.0 brings needs glibc 2.38
 * and does not load on Debian 12.
 */
import { createHash, randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { projectRoot } from '../support/project.js';
import type { Target } from './targets/target.js';
import { targetNamed, targets } from './targets.js';
import type { WorkerMessage, WorkerOrder } from './worker.js';

const usage = `usage: npm run fuzz -- MINUTES [TARGET…], or npm run fuzz -- TARGET FILE
targets: ${targets.map(({ name }) => name).join(', ')}`;

/** An input that takes longer than this, while others take microseconds, hangs. */
const hangMs = 30_000;
const lookEveryMs = 1_000;
/** What a target may hold at a time; the largest buffer of the program is a third of a MiB. */
const heapMiB = 512;
const processBytes = 2 ** 31;

const [first = '', ...others] = process.argv.slice(2);
const only = others.map(targetNamed);
if (targetNamed(first) && others.length === 1) await repeat(targetNamed(first)!, others[0]!);
else if (Number(first) > 0 && only.every((target) => target !== undefined)) await fuzz(Number(first), only);
else {
  console.error(usage);
  process.exitCode = 2;
}

async function repeat(target: Target, file: string): Promise<void> {
  await target.run(new Uint8Array(readFileSync(file)));
  console.log(`${target.name}: nothing wrong with ${file}`);
}

async function fuzz(minutes: number, chosen: readonly Target[]): Promise<void> {
  const some = chosen.length > 0 ? chosen : targets;
  let findings = 0;
  for (const target of some) findings += await fuzzTarget(target, (minutes * 60_000) / some.length);
  console.log(findings === 0 ? 'nothing found' : `${findings} findings`);
  process.exitCode = findings === 0 ? 0 : 1;
}

/** Resolves to the number of findings. */
function fuzzTarget(target: Target, forMs: number): Promise<number> {
  const order: WorkerOrder = {
    target: target.name,
    forMs,
    seed: randomInt(2 ** 32),
    current: new SharedArrayBuffer(4 + target.maxBytes),
    executions: new SharedArrayBuffer(8),
  };
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  });
  const startMs = performance.now();
  let findings = 0;
  const found = (input: Uint8Array, error: string) => {
    findings++;
    reportFinding(target, input, error);
  };
  const stopWatching = watch(order, (error) => {
    found(currentInput(order), error);
    void worker.terminate();
  });
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'finding') found(message.input, message.error);
    else console.log(summary(order, message, performance.now() - startMs));
  });
  worker.on('error', (error) => found(currentInput(order), error.stack ?? error.message));
  return new Promise((resolve) => {
    worker.on('exit', () => {
      stopWatching();
      resolve(findings);
    });
  });
}

/** Calls `broken` once: when an input takes too long, or too much memory. Returns what ends the watch. */
function watch(order: WorkerOrder, broken: (error: string) => void): () => void {
  const executions = new BigInt64Array(order.executions);
  let last = 0n;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (executions[0] !== last) [last, lastMs] = [executions[0]!, nowMs];
    const isLarge = process.memoryUsage.rss() > processBytes;
    if (!isLarge && nowMs - lastMs < hangMs) return;
    clearInterval(timer);
    broken(
      isLarge ? `the process takes more than ${processBytes} bytes` : `it takes longer than ${hangMs} ms`,
    );
  }, lookEveryMs);
  return () => clearInterval(timer);
}

function currentInput({ current }: WorkerOrder): Uint8Array {
  const length = new Int32Array(current, 0, 1)[0]!;
  return new Uint8Array(current, 4, length).slice();
}

function reportFinding({ name }: Target, input: Uint8Array, error: string): void {
  const folder = join(projectRoot, 'build/findings');
  mkdirSync(folder, { recursive: true });
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 8);
  const file = join(folder, `${name}-${digest}`);
  writeFileSync(file, input);
  console.log(`${name}: ${error}\n  again: npm run fuzz -- ${name} ${relative(projectRoot, file)}`);
}

function summary(
  { target, executions, seed }: WorkerOrder,
  { seeds, kept, characters }: WorkerMessage & { kind: 'ended' },
  tookMs: number,
): string {
  const count = Number(new BigInt64Array(executions)[0]);
  const rate = Math.round((count / tookMs) * 1_000);
  return (
    `${target}: ${count} inputs in ${Math.round(tookMs / 1_000)} s (${rate} a second, seed ${seed}); ` +
    `${seeds} seeds and ${kept} inputs beside them reach ${characters} characters of source`
  );
}
