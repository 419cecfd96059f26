/** Hosts that ask for names, and hosts that have them: a network namespace each, joined by a veth pair. For root only. */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Undoing } from '../readers/process.js';
import { ip, untilItCarries } from '../veth.js';

export interface Addresses {
  readonly ipv4: string;
  readonly ipv6: string;
}

const host = (number: number): Addresses => ({
  ipv4: `198.18.0.${number}`,
  ipv6: `fd6a:7063:6e::${number}`,
});

/** Of three clients, which are on one host. */
export const clients = [host(10), host(11), host(12)] as const;
export const resolver = host(1);
/** Of servers, all on one host: each knows every name. */
export const servers = { shared: host(2), lookedUp: host(3), pointed: host(4), nameless: host(5) } as const;

/** What goes before a command to have it run there. */
export type Prefix = readonly [string, ...string[]];

export interface NamesNetwork {
  readonly clients: string;
  readonly servers: string;
  /** Where the clients are. Their system's resolver is `resolver`. */
  readonly onClients: Prefix;
  readonly onServers: Prefix;
  /** Where all that is said between them passes by: eth0 there. */
  readonly onTap: Prefix;
  /** How often each frame passes an interface there. */
  readonly copies: number;
}

/** `folder` gets the clients' resolv.conf. Nobody has IPv6 addresses but those given, with which hosts say things of their own. */
export function openNamesNetwork(undoing: Undoing, folder: string): NamesNetwork {
  const name = `pn${randomInt(0x1000_0000).toString(36)}`;
  const [clientsName, serversName] = [`${name}c`, `${name}s`];
  for (const namespace of [clientsName, serversName]) {
    ip('netns', 'add', namespace);
    undoing.atEnd(() => ip('netns', 'del', namespace));
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  ip('-n', clientsName, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', serversName);
  setUpClients(clientsName);
  setUp(serversName, [resolver, ...Object.values(servers)]);
  for (const namespace of [clientsName, serversName]) untilItCarries(['ip', '-n', namespace], 'eth0');
  const onClients = ['ip', 'netns', 'exec', clientsName] as const;
  return {
    clients: clientsName,
    servers: serversName,
    onClients: withResolver(onClients, folder),
    onServers: ['ip', 'netns', 'exec', serversName],
    onTap: onClients,
    copies: 1,
  };
}

export function setUp(namespace: string, addresses: readonly Addresses[]): void {
  for (const { ipv4, ipv6 } of addresses) {
    ip('-n', namespace, 'addr', 'add', `${ipv4}/24`, 'dev', 'eth0');
    ip('-n', namespace, 'addr', 'add', `${ipv6}/64`, 'dev', 'eth0', 'nodad');
  }
  ip('-n', namespace, 'link', 'set', 'eth0', 'up');
}

/** A way to everywhere, too: browsers do without IPv6 where there is none. */
export function setUpClients(namespace: string): void {
  setUp(namespace, clients);
  for (const family of ['ipv4', 'ipv6'] as const)
    ip('-n', namespace, family === 'ipv4' ? '-4' : '-6', 'route', 'add', 'default', 'via', resolver[family]);
}

/** ip(8) gives each command mounts of its own, so that nobody else sees this file in place of the host's. */
export function withResolver(prefix: Prefix, folder: string): Prefix {
  const file = join(folder, 'resolv.conf');
  writeFileSync(file, `nameserver ${resolver.ipv4}\n`);
  return [...prefix, 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file];
}
