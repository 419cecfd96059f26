/** Waits for what a test expects to happen. */
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a test waits for what it expects. */
export const patienceMs = 15_000;
const lookEveryMs = 5;

/**
 * Resolves when `condition` holds; rejects with `what` where it does not within fifteen seconds, and with what `seen` then
 * tells of how things stand: a failure that comes once in a thousand runs is not seen twice.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seen?: () => string | Promise<string>,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`waited in vain until ${what}${seen === undefined ? '' : `\n${await seen()}`}`);
    await sleep(lookEveryMs);
  }
}
