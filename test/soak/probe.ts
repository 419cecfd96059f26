/**
 * Preloaded into the program under test (--import): at each SIGUSR2 it collects all garbage and writes what is left to
 * stderr, one line of JSON after "soak: ".
 */
import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface MemoryReport {
  /** Bytes after a collection. */
  readonly heap: number;
  /** Bytes outside of the heap that belong to objects in it: buffers, tables. */
  readonly external: number;
  /** What keeps the event loop alive: sockets, timers, polls. */
  readonly handles: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGUSR2', () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  writeSync(2, `soak: ${JSON.stringify({ heap: heapUsed, external, handles } satisfies MemoryReport)}\n`);
});
