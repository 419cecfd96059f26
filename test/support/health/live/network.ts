/**
 * A client, a router and a server: a network namespace each, joined by veth pairs. The router refuses some ways, is silent on others, and
 * the program captures on its eth0, which leads to the client. For root only.
 */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { joinNamespaces, type LinkEnd, type LinkOptions } from '../../link/link.js';
import { inNamespace } from '../../owners/hosts.js';
import type { Undoing } from '../../readers/process.js';
import { ip, untilItCarries } from '../../veth.js';

export interface Addresses {
  readonly ipv4: string;
  readonly ipv6: string;
}

export type Family = keyof Addresses;

export interface Place extends Addresses {
  readonly namespace: string;
  /** Goes before a command to have it run there. */
  readonly prefix: readonly [string, ...string[]];
}

export interface HealthNetwork {
  readonly client: Place;
  readonly router: Place;
  readonly server: Place;
}

/** Of the server, too; errors by ICMP come from its other address. */
export const pinged = at(2, 3);

/** Addresses that nobody has, by what the router does with packets for them. */
export const nowhere = {
  silent: at(3, 1),
  /** It knows the way, and that it ends. */
  unreachable: at(3, 2),
  prohibited: at(3, 3),
} as const;

/** Ports of the server that the router's firewall does not let through. */
export const firewalled = {
  prohibited: 8_101,
  reset: 8_102,
  dropped: 8_103,
  hostUnreachable: 8_104,
  noRoute: 8_105,
} as const;

const firewall = `table inet health {
  chain forward {
    type filter hook forward priority 0;
    meta l4proto { tcp, udp } th dport ${firewalled.prohibited} reject with icmpx type admin-prohibited
    tcp dport ${firewalled.reset} reject with tcp reset
    meta l4proto { tcp, udp } th dport ${firewalled.dropped} drop
    meta l4proto { tcp, udp } th dport ${firewalled.hostUnreachable} reject with icmpx type host-unreachable
    meta l4proto { tcp, udp } th dport ${firewalled.noRoute} reject with icmpx type no-route
  }
}
`;

/** No host holds back ICMP errors, probes for the end of what it has sent, or has more room than 64 KiB for what comes. */
const settings = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv4.icmp_ratelimit=0',
  'net.ipv6.icmp.ratelimit=0',
  'net.ipv4.tcp_early_retrans=0',
  'net.ipv4.tcp_rmem=4096 16384 65536',
  'net.ipv4.ping_group_range=0 0',
];

/** What lies between the router and a host in place of a plain pair of interfaces. */
export interface Links {
  readonly client?: LinkOptions;
  readonly server?: LinkOptions;
}

export async function openHealthNetwork(undoing: Undoing, links: Links = {}): Promise<HealthNetwork> {
  const name = `ph${randomInt(0x1000_0000).toString(36)}`;
  const place = (end: string, addresses: Addresses): Place => ({
    ...addresses,
    namespace: name + end,
    prefix: inNamespace(name + end),
  });
  const network = {
    client: place('c', at(1, 2)),
    router: place('r', at(1, 1)),
    server: place('s', at(2, 2)),
  };
  const { client, router, server } = network;
  for (const { namespace, prefix } of Object.values(network)) {
    ip('netns', 'add', namespace);
    undoing.atEnd(() => ip('netns', 'del', namespace));
    const [command, ...words] = [...prefix, 'sysctl', '-qw', ...settings];
    execFileSync(command!, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  await join(undoing, { at: router, device: 'eth0', own: at(1, 1) }, client, links.client);
  await join(undoing, { at: router, device: 'eth1', own: at(2, 1) }, server, links.server);
  ip('-n', server.namespace, 'addr', 'add', `${pinged.ipv4}/24`, 'dev', 'eth0');
  // Nothing is sent from it that answers to another one.
  const asLast = ['nodad', 'preferred_lft', '0'];
  ip('-n', server.namespace, 'addr', 'add', `${pinged.ipv6}/64`, 'dev', 'eth0', ...asLast);
  for (const [how, { ipv4, ipv6 }] of [
    ['blackhole', nowhere.silent],
    ['unreachable', nowhere.unreachable],
    ['prohibit', nowhere.prohibited],
  ] as const)
    for (const [version, address] of [
      ['-4', ipv4],
      ['-6', ipv6],
    ] as const)
      ip('-n', router.namespace, version, 'route', 'add', how, address);
  const [command, ...words] = [...router.prefix, 'nft', '-f', '-'];
  execFileSync(command!, words, { input: firewall });
  acquaint(client, server);
  return network;
}

/** Has all neighbours on the way known from here on: to ask for one takes as long as a packet. */
function acquaint({ prefix: [command, ...words] }: Place, { ipv4, ipv6 }: Place): void {
  for (const address of [ipv4, ipv6])
    execFileSync(command, [...words, 'ping', '-q', '-c', '1', '-W', '5', address], { stdio: 'ignore' });
}

function at(net: number, host: number): Addresses {
  return { ipv4: `198.18.${net}.${host}`, ipv6: `fd6a:7063:68:${net}::${host}` };
}

/** The host's way to everywhere is its eth0, by the router. */
async function join(
  undoing: Undoing,
  { at: router, device, own }: { readonly at: Place; readonly device: string; readonly own: Addresses },
  host: Place,
  link: LinkOptions | undefined,
): Promise<void> {
  const ends: readonly [LinkEnd, LinkEnd] = [
    { namespace: router.namespace, device, addresses: withLinkLocal(own) },
    { namespace: host.namespace, device: 'eth0', addresses: withLinkLocal(host) },
  ];
  if (link === undefined) joinByPair(ends);
  else await joinNamespaces(undoing, ends, { device: 'veth', ...link });
  ip('-n', host.namespace, '-4', 'route', 'add', 'default', 'via', own.ipv4);
  ip('-n', host.namespace, '-6', 'route', 'add', 'default', 'via', own.ipv6);
}

/** A router asks for its neighbours from its link-local address. */
const withLinkLocal = ({ ipv4, ipv6 }: Addresses) => [`${ipv4}/24`, `${ipv6}/64`, `fe80::${ipv6.at(-1)}/64`];

function joinByPair(ends: readonly [LinkEnd, LinkEnd]): void {
  const [near, far] = ends;
  const peer = ['peer', 'name', far.device, 'netns', far.namespace];
  ip('-n', near.namespace, 'link', 'add', near.device, 'type', 'veth', ...peer);
  for (const { namespace, device, addresses } of ends) {
    ip('-n', namespace, 'link', 'set', device, 'addrgenmode', 'none');
    for (const address of addresses)
      ip('-n', namespace, 'addr', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []));
    ip('-n', namespace, 'link', 'set', device, 'up');
  }
  for (const { namespace, device } of ends) untilItCarries(['ip', '-n', namespace], device);
}
