/**
 * Preloaded into a measured Node process (--import): how long its event loop stays away. The first SIGUSR2 starts the
 * measurement, each further one writes {"longestMs":N,"p99Ms":N} to the file that BENCH_LOOP_DELAY names. The file is
 * opened at once, so that it can still be written when the process has given up its rights.
 */
import { openSync, writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoopDelay } from './loop-delays.js';

const path = process.env['BENCH_LOOP_DELAY'];
if (path !== undefined) {
  const file = openSync(path, 'w');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let started = false;
  process.on('SIGUSR2', () => {
    if (started) {
      // A sample is the time between two ticks of 1 ms, so that much of it is no delay.
      const figures: LoopDelay = { longestMs: delay.max / 1e6 - 1, p99Ms: delay.percentile(99) / 1e6 - 1 };
      writeSync(file, JSON.stringify(figures), 0);
      return;
    }
    started = true;
    delay.enable();
  });
}
