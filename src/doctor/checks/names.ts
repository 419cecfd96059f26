/** Where records have names of hosts from, and how much of a frame is looked at for them. */
import { type Check, type Finding, ok, type Subject, warn } from '../finding.js';

export const names: Check = { name: 'names', run };

/** A hello of TLS or QUIC in one frame, and all that stands before it. */
const enoughBytes = 2_048;

async function run({ names: { from, chosen }, engine, live }: Subject): Promise<Finding[]> {
  if (from.length === 0) return [ok('none: records show addresses')];
  const ofTraffic = from.filter((origin) => origin !== 'ptr');
  const reverse = from.includes('ptr') ? ['reverse DNS (ptr)'] : [];
  if (ofTraffic.length === 0)
    return [ok(chosen ? reverse[0]! : `${reverse}; --names ptr,traffic adds those that clients ask for`)];
  const found = [`packets that pass by (${ofTraffic.join(', ')})`, ...reverse].join(', else ');
  const { tunnels, snapshotBytes } = live;
  // The kernel tells frames with names by their outermost headers; the package cap always captures whole frames.
  if (engine === 'cap' || tunnels === 'outer' || snapshotBytes >= enoughBytes) return [ok(found)];
  return [
    warn(
      `${found}; with --tunnels inner they are found in the first ${snapshotBytes} bytes of a frame only; -s ${enoughBytes} captures enough`,
    ),
  ];
}
