/**
 * npm run soak -- [MINUTES]
 *
 * Both engines capture mixed traffic on a veth pair for so long (default 30), while collectors and the resolver restart,
 * control groups come and go, and the interface goes down or away. A table with a row per engine and minute goes to stdout. Ends with
 * 1 where memory, descriptors or watches grow after the warm-up, a window was closed more than a second late, or a ledger did not balance.
 *
 * npm run soak -- flood [SECONDS]
 *
 * The same for a flood of SYN segments from random sources, with the default limits, one engine after the other (default
 * 60 seconds each): memory has to stay within its bound.
 *
 * Needs root, a C compiler and dnsmasq.
 */
import { noDnsmasq } from '../support/dnsmasq.js';
import { noNetwork } from '../support/veth.js';
import { flood } from './flood.js';
import { openGround } from './ground.js';
import { soak } from './soak.js';

const defaultMinutes = 30;
const defaultFloodSeconds = 60;

async function main([first, second]: readonly string[]): Promise<void> {
  const isFlood = first === 'flood';
  const text = isFlood ? second : first;
  const duration = Number(text ?? (isFlood ? defaultFloodSeconds : defaultMinutes));
  if (!(duration > 0))
    throw new Error(`'${text}' is no duration; write npm run soak -- 30, or npm run soak -- flood 60`);
  const missing = noNetwork || noDnsmasq;
  if (missing !== false) throw new Error(missing);
  const ground = openGround(failed);
  const wrong = await (isFlood ? flood : soak)(ground, duration);
  for (const finding of wrong) ground.print(`FAILED: ${finding}`);
  process.exit(wrong.length === 0 ? 0 : 1);
}

function failed(error: unknown): never {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

main(process.argv.slice(2)).catch(failed);
