/**
 * A program that ends watches for SYNs in every way there is, and prints for each whether a thread or a descriptor is left:
 * true, or how many there were before and are after.
 */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { loadNative } from '../../../src/host/native.js';
import type { SynWatchHandle } from '../../../src/host/socket-look-ups.js';

const native = loadNative().native!;
const open = () => native.openSynWatch(1_000);

function start(): SynWatchHandle {
  const watch = open();
  native.startSynWatch(watch);
  return watch;
}

const repeat = (count: number, act: () => void) => {
  for (let done = 0; done < count; done++) act();
};

const ways: Readonly<Record<string, () => void | Promise<void>>> = {
  closed: () => repeat(20, () => native.closeSynWatch(start())),
  'closed before it was started': () => repeat(20, () => native.closeSynWatch(open())),
  collected: () => repeat(20, start),
  'of a thread that ended': async () => {
    for (let count = 0; count < 3; count++) await endWorker();
  },
};

async function endWorker(): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.url));
  await new Promise((resolve) => worker.once('message', resolve));
  await worker.terminate();
}

const left = () => ['task', 'fd'].map((name) => readdirSync(`/proc/self/${name}`).length).join();

async function run(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const settlesAt = async (expected: string) => {
    for (let tries = 0; tries < 1_000 && left() !== expected; tries++) {
      collectGarbage();
      await sleep(5);
    }
    return left() === expected;
  };
  // The first worker has threads made that stay.
  await endWorker();
  await sleep(100);
  const result: Record<string, true | string> = {};
  for (const [name, end] of Object.entries(ways)) {
    const before = left();
    await end();
    result[name] = (await settlesAt(before)) || `${before} before, ${left()} after`;
  }
  console.log(JSON.stringify(result));
}

if (isMainThread) {
  await run();
} else {
  const watch = start();
  parentPort!.postMessage('started');
  setInterval(() => watch, 1_000);
}
