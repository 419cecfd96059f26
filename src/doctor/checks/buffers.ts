/** Receive buffers of this host's sockets: how much a collector here can be sent before it reads. */
import { readFileSync } from 'node:fs';
import { loadNative } from '../../host/native.js';
import { parseTarget } from '../../sink/target.js';
import { asRoot } from '../commands.js';
import { type Check, type Finding, ok, type Subject, warn } from '../finding.js';
import { isDatagrams, type OutputSubject } from '../outputs/output.js';
import { isOwnAddress } from '../own-addresses.js';

export const buffers: Check = { name: 'buffers', run };

/** With less than this, a collector that pauses for a moment loses records of senders that do not check how much room is left. */
const enoughBytes = 1 << 20;
const recommendedBytes = 8 << 20;
/** What Linux counts against the buffer for one record: up to 700 bytes of data, and the kernel's own bookkeeping. */
const bytesPerRecord = 1_280;

async function run({ outputs }: Subject): Promise<Finding[]> {
  if (!outputs.some(isHere)) return [ok('no collector on this host')];
  const defaultBytes = setting('rmem_default');
  const mostBytes = setting('rmem_max');
  if (defaultBytes === undefined || mostBytes === undefined)
    return [ok('the sizes cannot be seen in this container or on this system')];
  const sizes = `${kibibytes(defaultBytes)} unless a collector asks for more, at most ${kibibytes(mostBytes)}`;
  if (defaultBytes >= enoughBytes) return [ok(`receive buffers: ${sizes}`)];
  if (loadNative().native !== undefined) return [ok(`receive buffers: ${sizes}; records wait for room`)];
  return [
    warn(
      `receive buffers: ${sizes}. The first holds ${Math.floor(defaultBytes / bytesPerRecord)} records; ` +
        'without the addon, what arrives while it is full is lost, and only the collector could know',
      asRoot(`sysctl -w net.core.rmem_default=${recommendedBytes} net.core.rmem_max=${recommendedBytes}`),
    ),
  ];
}

function isHere({ scheme, target }: OutputSubject): boolean {
  if (!isDatagrams(scheme)) return false;
  try {
    return isOwnAddress(parseTarget(target, undefined, scheme).host);
  } catch {
    return false;
  }
}

/** socket(7). Undefined in network namespaces other than the first. */
function setting(name: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/net/core/${name}`, 'utf8'));
  } catch {
    return undefined;
  }
}

function kibibytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
