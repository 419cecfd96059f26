/** How long the event loop of a measured Node process stays away: see loop-delay.ts, which is loaded into it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface LoopDelay {
  readonly longestMs: number;
  readonly p99Ms: number;
}

/** The environment of the process; its figures go into `file`. */
export function loopDelayInto(file: string): Record<string, string> {
  const preload = fileURLToPath(new URL('./loop-delay.js', import.meta.url));
  return { BENCH_LOOP_DELAY: file, NODE_OPTIONS: `--import=${preload}` };
}

export function delayOf(file: string): LoopDelay {
  return JSON.parse(readFileSync(file, 'utf8')) as LoopDelay;
}
