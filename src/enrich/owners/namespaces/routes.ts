/** Reads the routing tables that the kernel writes as text. */
import { endianness } from 'node:os';
import { hostOrder } from '../../../packet/address.js';
import type { Prefix } from '../../prefix-table.js';

export interface Route {
  readonly prefix: Prefix;
  /** The name of the interface that leads there; a name that no interface has where nothing does. */
  readonly interface: string;
  /** Packets go to a router, and not to the address itself. */
  readonly hasGateway: boolean;
}

/** RTF_ flags of linux/route.h and linux/ipv6_route.h. */
const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_CACHE = 0x0100_0000;
const RTF_LOCAL = 0x8000_0000;
/** IPv6 routes that lead nowhere are not up, and have this flag. */
const RTF_REJECT = 0x200;
/** Entries for this host itself, and copies of other entries. */
const NO_ROUTE = (RTF_CACHE | RTF_LOCAL) >>> 0;

/** Routes in the text of /proc/net/route: a heading, then Iface, Destination, Gateway, Flags, RefCnt, Use, Metric, Mask … */
export function routesIPv4(table: string): Route[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line): Route[] => {
      const [name, destination, , flags, , , , mask] = line.split('\t');
      if (name === undefined || destination === undefined || flags === undefined || mask === undefined)
        return [];
      const bits = Number.parseInt(flags, 16);
      if ((bits & RTF_UP) === 0) return [];
      const length = 32 - bitsBelow(inHostOrder(mask));
      const prefix = { family: 4 as const, first: [inHostOrder(destination)], length };
      return [{ prefix, interface: name.trim(), hasGateway: (bits & RTF_GATEWAY) !== 0 }];
    });
}

/**
 * Routes in the text of /proc/net/ipv6_route: destination, its prefix length, source, its prefix length, next hop, metric, reference
 * count, use, flags, interface.
 */
export function routesIPv6(table: string): Route[] {
  return table.split('\n').flatMap((line): Route[] => {
    const [destination, length, , , , , , , flags, name] = line.trim().split(/ +/);
    if (destination?.length !== 32 || length === undefined || flags === undefined || name === undefined)
      return [];
    const bits = Number.parseInt(flags, 16);
    if ((bits & (RTF_UP | RTF_REJECT)) === 0 || (bits & NO_ROUTE) !== 0) return [];
    const first = [0, 8, 16, 24].map((at) => Number.parseInt(destination.slice(at, at + 8), 16));
    const prefix = { family: 6 as const, first, length: Number.parseInt(length, 16) };
    return [{ prefix, interface: name, hasGateway: (bits & RTF_GATEWAY) !== 0 }];
  });
}

/** IPv4 addresses stand there as words in the processor's byte order. */
function inHostOrder(hex: string): number {
  const word = Number.parseInt(hex, 16);
  return endianness() === 'LE' ? hostOrder(word) : word;
}

/** How many zeros are below the lowest bit that is set. */
function bitsBelow(mask: number): number {
  return mask === 0 ? 32 : 31 - Math.clz32(mask & -mask);
}
