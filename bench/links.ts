/** veth pairs between two network namespaces of our own, where nothing else sends or listens. */
import { execFileSync } from 'node:child_process';

export interface Link {
  readonly senderNamespace: string;
  readonly receiverNamespace: string;
  /** The pairs; both ends of each bear the same name. */
  readonly interfaces: readonly string[];
}

const made = new Set<string>();

/** Two namespaces joined by `pairs` veth pairs. The caller, or the end of the process, removes them. */
export function openLink(pairs = 1): Link {
  const name = `pcap-agg-bench-${process.pid}-${made.size}`;
  const link = {
    senderNamespace: `${name}s`,
    receiverNamespace: `${name}r`,
    interfaces: Array.from({ length: pairs }, (_, index) => `bench${index}`),
  };
  for (const namespace of [link.senderNamespace, link.receiverNamespace]) {
    made.add(namespace);
    ip('netns', 'add', namespace);
    silence(namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  for (const pair of link.interfaces) {
    ip(
      '-n',
      link.senderNamespace,
      'link',
      'add',
      pair,
      'type',
      'veth',
      'peer',
      pair,
      'netns',
      link.receiverNamespace,
    );
    for (const namespace of [link.senderNamespace, link.receiverNamespace]) {
      ip('-n', namespace, 'link', 'set', pair, 'arp', 'off', 'multicast', 'off', 'up');
    }
  }
  return link;
}

export function closeLink(link: Link): void {
  for (const namespace of [link.senderNamespace, link.receiverNamespace]) remove(namespace);
}

export function closeAllLinks(): void {
  for (const namespace of made) remove(namespace);
}

/** No IPv6 on it: no router solicitations, no multicast reports, nothing that the sender did not send. */
function silence(namespace: string): void {
  const settings = ['all', 'default'].map((which) => `net.ipv6.conf.${which}.disable_ipv6=1`);
  execFileSync('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', ...settings]);
}

function remove(namespace: string): void {
  if (!made.delete(namespace)) return;
  try {
    ip('netns', 'del', namespace);
  } catch {
    // Gone already; nothing is left to remove.
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] });
}
