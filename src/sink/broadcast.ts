/** Broadcast addresses of IPv4: the kernel lets no ordinary socket send there (socket(7), SO_BROADCAST). */
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** What is wrong with a host to send to: undefined for an address of one host, and for a name. */
export function broadcastProblem(host: string): string | undefined {
  if (!isIPv4(host)) return undefined;
  if (host === '255.255.255.255') return 'is the broadcast address of every network';
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    for (const { family, address, netmask } of addresses ?? []) {
      if (family === 'IPv4' && isBroadcast(host, address, netmask))
        return `is the broadcast address of ${name}`;
    }
  }
  return undefined;
}

/** Networks of one or two addresses have none (RFC 3021). */
function isBroadcast(host: string, address: string, netmask: string): boolean {
  const mask = wordOf(netmask);
  const isLarge = ~mask >>> 0 > 1;
  return isLarge && wordOf(host) === (wordOf(address) | ~mask) >>> 0;
}

function wordOf(address: string): number {
  return address.split('.').reduce((word, octet) => word * 256 + Number(octet), 0);
}
