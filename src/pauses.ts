/**
 * Keeps what V8 does beside the program from holding up a capture: a frame that nobody takes in time is lost. Measured on two busy
 * cores while 100,000 records are sent; see native-notes/engines.md.
 *
 * - Its threads compile and collect garbage, and compete for cores with the one that captures: up to 7 ms at a time. So
 *   they come after everything else on this host.
 * - It clears young objects away with several of them and waits for all: 3 to 4 ms in place of 1 to 2.
 * - It goes through the whole heap, 7 ms, when that has grown by half. Ours is so small that this comes with each large
 *   window, for datagrams under way outlive a young collection or two.
 */
import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** So much is added to their nice value, sched(7), of which 19 is the last. */
const helperNice = 10;
const lastNice = 19;
/** How much larger than after the last full collection the heap may become: of 6 MB, 30. */
const heapGrowthPercent = 400;

/** For the whole process from now on; to be called by its main thread, before any but Node's own are there. */
export function shortenPauses(): void {
  setFlagsFromString('--no-parallel-scavenge');
  setFlagsFromString(`--heap-growing-percent=${heapGrowthPercent}`);
  const nice = Math.min(getPriority() + helperNice, lastNice);
  for (const thread of otherThreads()) {
    try {
      setPriority(thread, nice);
    } catch {
      // It has ended.
    }
  }
}

/** Only Linux has a priority for each thread. */
function otherThreads(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/task')
    .map(Number)
    .filter((thread) => thread !== process.pid);
}
