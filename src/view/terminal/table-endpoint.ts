/** One end of a flow in a table: of a host that has no room a part is shown, of a port all or nothing. */
import { cutInMiddle, printable, withoutControls } from './table-text.js';

/** "host" and ":22"; "[2001:db8::1" and "]:22"; "host" or "2001:db8::1" and "" where there is no port. */
export interface Endpoint {
  readonly host: string;
  readonly port: string;
}

/** So much of a longer host is worth a column beside it: "198…", and of IPv6 "[2001:…". */
const leastHost = { any: 4, ipv6: 7 } as const;

/** "host:22", "192.0.2.1:22", "[2001:db8::1]:22"; that an address has no name is no name to show. */
export function endpointOf(host: string | null, address: string, port: number | undefined): Endpoint {
  // In place of an address may stand the name of a control group, which whoever makes one chooses.
  const name = host === null || host === 'NXDOMAIN' ? withoutControls(address) : printable(host);
  if (port === undefined) return { host: name, port: '' };
  return name.includes(':') ? { host: `[${name}`, port: `]:${port}` } : { host: name, port: `:${port}` };
}

export function widthOf({ host, port }: Endpoint): number {
  return host.length + port.length;
}

/** The least width that still tells one end from another. */
export function leastWidthOf(endpoint: Endpoint): number {
  const least = isIPv6(endpoint) ? leastHost.ipv6 : leastHost.any;
  return Math.min(widthOf(endpoint), least + endpoint.port.length);
}

/** The end in at most `width` characters, with its port if that has room. */
export function cutEndpoint(endpoint: Endpoint, width: number): string {
  const { host, port } = endpoint;
  if (!isIPv6(endpoint)) return cutInMiddle(`${host}${port}`, width, port.length);
  // Without brackets the end of an address, as in "fe80…:22", would be taken for a port.
  const [start, end] = port === '' && host.length > width ? [`[${host}`, ']'] : [host, port];
  return cutInMiddle(`${start}${end}`, width, end.length, /[\da-f]/i);
}

function isIPv6({ host }: Endpoint): boolean {
  return host.includes(':');
}
