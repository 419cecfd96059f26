/**
 * Offloads: where the network card or the kernel joins or splits segments, a capture sees the large ones, which were never
 * on the wire: fewer packets, though every byte of them.
 */
import { existsSync } from 'node:fs';
import { defaultInterface } from '../../source/live/interfaces/default-route.js';
import { matchPatterns } from '../../source/live/interfaces/interface-patterns.js';
import { interfaceState, listInterfaces } from '../../source/live/interfaces/interfaces.js';
import { asRoot, installCommand, output } from '../commands.js';
import { type Check, type Finding, ok, type Subject, warn } from '../finding.js';

export const offloads: Check = { name: 'offloads', run };

/** Names as ethtool(8) lists and as it takes them. */
const features = [
  ['generic-receive-offload', 'gro'],
  ['large-receive-offload', 'lro'],
  ['tcp-segmentation-offload', 'tso'],
  ['generic-segmentation-offload', 'gso'],
] as const;

async function run({ interfaces, byPattern }: Subject): Promise<Finding[]> {
  if (process.platform !== 'linux') return [ok('looked at on Linux only')];
  const names = byPattern
    ? (await listInterfaces().catch(() => []))
        .map(({ name }) => name)
        .filter((name) => matchPatterns(interfaces)(name) && isHardware(name))
    : interfaces.map((name) => (name === 'auto' ? (defaultInterface() ?? name) : name));
  const cards = [...new Set(names)].filter(
    (name) => name !== 'any' && interfaceState(name)?.loopback === false,
  );
  if (cards.length === 0) return [ok('no network card to look at')];
  return Promise.all(cards.map(findingOn));
}

/** Patterns may name a host's containers, hundreds of them. */
const isHardware = (name: string): boolean => existsSync(`/sys/class/net/${name}/device`);

async function findingOn(name: string): Promise<Finding> {
  const listed = await output('ethtool', '-k', name);
  if (listed.kind === 'not-installed')
    return warn(`cannot tell for ${name}, because ethtool is not installed`, installCommand('ethtool'));
  if (listed.kind === 'failed') return ok(`${name} does not tell (${listed.reason})`);
  const on = activeOffloads(listed.text);
  if (on.length === 0) return ok(`${name} has none: packets are counted as they are on the wire`);
  const settings = on.map((short) => `${short} off`).join(' ');
  return warn(
    `${name} has ${on.join(', ')} on, and joins packets before they are captured: "count" is lower than on the wire, ` +
      '"length" is exact; with them off both are, and the host needs more CPU',
    asRoot(`ethtool -K ${name} ${settings}`),
  );
}

/** Those that are on, by their short names, from what "ethtool -k" prints. */
export function activeOffloads(listed: string): string[] {
  return features
    .filter(([feature]) => new RegExp(`^\\s*${feature}: on\\b`, 'm').test(listed))
    .map(([, short]) => short);
}
