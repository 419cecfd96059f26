/** Two hosts, a network namespace each, joined by a veth pair: sockets of the first have owners that can be known there. Root only. */
import { randomInt } from 'node:crypto';
import type { Undoing } from '../readers/process.js';
import { ip, untilItCarries } from '../veth.js';

export interface Host {
  readonly namespace: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** Of eth0; without the interface. */
  readonly linkLocal: string;
  /**
   * Goes before a command to have it run there. Not `ip netns exec`, which mounts /sys anew: control groups are mounted below the
   * one that is there.
   */
  readonly prefix: readonly [string, ...string[]];
}

export interface Hosts {
  /** Which the program runs on. */
  readonly here: Host;
  readonly elsewhere: Host;
}

/**
 * Both have lo and eth0, and no addresses but those given. `how`: what the first one's eth0 is. One end of a pair of interfaces leads
 * into another namespace, as anybody can see; a macvlan on such an end may lead anywhere.
 */
export function openHosts(undoing: Undoing, how: 'veth' | 'macvlan' = 'veth'): Hosts {
  const name = `po${randomInt(0x1000_0000).toString(36)}`;
  const host = (end: string, number: number): Host => ({
    namespace: name + end,
    ipv4: `198.18.0.${number}`,
    ipv6: `fd6a:7063:6f::${number}`,
    linkLocal: `fe80::${number}`,
    prefix: inNamespace(name + end),
  });
  const hosts = { here: host('h', 1), elsewhere: host('e', 2) };
  const both = [hosts.here, hosts.elsewhere];
  for (const { namespace } of both) {
    ip('netns', 'add', namespace);
    undoing.atEnd(() => ip('netns', 'del', namespace));
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  const [here, elsewhere] = both.map(({ namespace }) => namespace) as [string, string];
  const end = how === 'veth' ? 'eth0' : 'uplink';
  ip('-n', here, 'link', 'add', end, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', elsewhere);
  if (how === 'macvlan') {
    ip('-n', here, 'link', 'set', end, 'addrgenmode', 'none', 'arp', 'off', 'up');
    ip('-n', here, 'link', 'add', 'eth0', 'link', end, 'type', 'macvlan', 'mode', 'bridge');
  }
  for (const each of both) setUp(each, 'eth0');
  untilItCarries(['ip', '-n', here], end);
  untilItCarries(['ip', '-n', elsewhere], 'eth0');
  return hosts;
}

export const inNamespace = (name: string): readonly [string, ...string[]] => [
  'nsenter',
  `--net=/run/netns/${name}`,
];

/**
 * Goes behind a host's prefix where its interfaces are to be seen in /sys, as on a machine, and not those of the machine that the test
 * runs on. Control groups are those that were seen before.
 */
export const withOwnInterfaces: readonly string[] = [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c'],
  'mount -t sysfs sysfs /sys && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"',
  'sh',
];

function setUp({ namespace, ipv4, ipv6, linkLocal }: Host, name: string): void {
  ip('-n', namespace, 'link', 'set', name, 'addrgenmode', 'none');
  ip('-n', namespace, 'addr', 'add', `${ipv4}/24`, 'dev', name);
  for (const address of [ipv6, linkLocal])
    ip('-n', namespace, 'addr', 'add', `${address}/64`, 'dev', name, 'nodad');
  ip('-n', namespace, 'link', 'set', name, 'up');
}
