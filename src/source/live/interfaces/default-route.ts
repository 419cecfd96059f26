/** Which interface leads out: the one of the default route, from the kernel's routing tables. */
import { readFileSync } from 'node:fs';

/** IPv4's default route before IPv6's, of several the one with the lowest metric; undefined where there is none. */
export function defaultInterface(): string | undefined {
  return (
    defaultRouteIpv4(readIfThere('/proc/self/net/route')) ??
    defaultRouteIpv6(readIfThere('/proc/self/net/ipv6_route'))
  );
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** RTF_ flags of route(8). */
const routeUp = 0x1;
const routeReject = 0x200;

/** From the text of /proc/net/route: a heading, then tab-separated Iface, Destination, Gateway, Flags, RefCnt, Use, Metric, Mask … */
export function defaultRouteIpv4(table: string): string | undefined {
  const routes = table.split('\n').slice(1).map(words);
  return lowestMetric(
    routes
      .filter(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')
      .map(([name, , , flags, , , metric]) => ({ name, flags, metric: Number(metric) })),
  );
}

/** From the text of /proc/net/ipv6_route: destination, prefix length, source, its length, next hop, metric, reference count, use, flags, name. */
export function defaultRouteIpv6(table: string): string | undefined {
  const routes = table.split('\n').map(words);
  return lowestMetric(
    routes
      .filter(([destination, prefixBits]) => destination === '0'.repeat(32) && prefixBits === '00')
      .map(([, , , , , metric, , , flags, name]) => ({
        name,
        flags,
        metric: Number.parseInt(metric ?? '', 16),
      })),
  );
}

const words = (line: string) => line.trim().split(/\s+/);

interface Route {
  readonly name: string | undefined;
  /** Hexadecimal. */
  readonly flags: string | undefined;
  readonly metric: number;
}

function lowestMetric(routes: readonly Route[]): string | undefined {
  const usable = routes.filter(
    ({ flags = '' }) => (Number.parseInt(flags, 16) & (routeUp | routeReject)) === routeUp,
  );
  return usable.sort((left, right) => left.metric - right.metric)[0]?.name;
}
