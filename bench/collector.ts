/** bench/collector.c as a running thing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Bench } from './bench.js';
import { remember } from './command.js';

export interface Collected {
  readonly datagrams: number;
  readonly bytes: number;
  /** Microseconds since 1970 of the first and the last datagram. */
  readonly firstUs: number;
  readonly lastUs: number;
}

export interface Collector {
  /** What has come so far. */
  figures(): Promise<Collected>;
  stop(): Promise<void>;
}

/** Listens on 127.0.0.1:`port` of `namespace` and works `workUs` on each datagram. */
export async function startCollector(
  bench: Bench,
  namespace: string,
  port: number,
  workUs: number,
): Promise<Collector> {
  const words = ['netns', 'exec', namespace, bench.tools.collector, String(port), String(workUs)];
  const child = remember(spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] }));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') throw new Error(`the collector does not start on port ${port}`);
  return {
    async figures() {
      child.kill('SIGUSR1');
      return JSON.parse((await lines.next()).value as string) as Collected;
    },
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
