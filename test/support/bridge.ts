/** A host with a bridge, as containers have it: a namespace for the host, and one for each container at the bridge. For root only. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { ip, untilItCarries } from './veth.js';

export interface Bridge {
  /** Goes before a command that is to run on the host. */
  readonly onHost: readonly ['ip', 'netns', 'exec', string];
  /** The containers' addresses; the host's own at the bridge br0 is `hostIPv4`. Their ports are p0, p1 … */
  readonly containers: readonly string[];
  readonly hostIPv4: string;
  /** ip(8) on the host. */
  ip(...words: string[]): void;
  /** How many ask an interface on the host to take frames for others too. Nobody else is there. */
  promiscuity(name: string): number;
  /** Adds a pair of interfaces: `name` on the host, with `hostAddress`, and eth0 in a container that has `address`. */
  addContainer(name: string, address: string, hostAddress?: string): void;
  /** Pings from a container, so many times, with as many answers. */
  ping(container: number, target: string, count: number): void;
  close(): void;
}

/** With two containers. No interface has IPv6, with which hosts say things of their own. */
export function openBridge(): Bridge {
  const name = `pb${randomInt(0x1000_0000).toString(36)}`;
  const namespaces = [name];
  const bridge: Bridge = {
    onHost: ['ip', 'netns', 'exec', name],
    containers: ['198.19.0.10', '198.19.0.11'],
    hostIPv4: '198.19.0.1',
    ip: (...words) => ip('-n', name, ...words),
    promiscuity(port) {
      const link = execFileSync('ip', ['-n', name, '-d', 'link', 'show', port], { encoding: 'utf8' });
      return Number(/promiscuity (\d+)/.exec(link)?.[1]);
    },
    addContainer(port, address, hostAddress) {
      const container = addNamespace(`${name}c${namespaces.length - 1}`);
      namespaces.push(container);
      bridge.ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', container);
      if (hostAddress === undefined) bridge.ip('link', 'set', port, 'master', 'br0');
      else bridge.ip('addr', 'add', `${hostAddress}/24`, 'dev', port);
      ip('-n', container, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      bridge.ip('link', 'set', port, 'up');
      ip('-n', container, 'link', 'set', 'eth0', 'up');
      untilItCarries(['ip', '-n', name], port);
      untilItCarries(['ip', '-n', container], 'eth0');
    },
    ping(container, target, count) {
      const words = ['ping', '-n', '-q', '-c', `${count}`, '-i', '0.02', target];
      execFileSync('ip', ['netns', 'exec', namespaces[container + 1]!, ...words]);
    },
    close() {
      for (const namespace of namespaces) spawnSync('ip', ['netns', 'del', namespace]);
    },
  };
  try {
    addNamespace(name);
    bridge.ip('link', 'add', 'br0', 'type', 'bridge');
    bridge.ip('addr', 'add', `${bridge.hostIPv4}/24`, 'dev', 'br0');
    bridge.ip('link', 'set', 'br0', 'up');
    for (const [number, address] of bridge.containers.entries()) bridge.addContainer(`p${number}`, address);
  } catch (error) {
    bridge.close();
    throw error;
  }
  return bridge;
}

function addNamespace(name: string): string {
  ip('netns', 'add', name);
  execFileSync('ip', ['netns', 'exec', name, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return name;
}
