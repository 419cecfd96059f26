/** How interfaces cut what is sent: with offloads, a capture sees what no wire would carry. */
import { ip } from '../../support/veth.js';

/** Of cutting what is sent, of joining what is received, and of checksums. */
export function setOffloads(namespace: string, device: string, state: 'on' | 'off'): void {
  const kinds = ['tx', 'tso', 'gso', 'gro'].flatMap((kind) => [kind, state]);
  ip('netns', 'exec', namespace, 'ethtool', '-K', device, ...kinds);
}

/** So many bytes of payload in a TCP segment at the most, as the namespace's hosts ask the other side to send. */
export function setLongestSegment(namespace: string, bytes: number): void {
  ip('-n', namespace, 'route', 'replace', '198.18.0.0/24', 'dev', 'eth0', 'advmss', String(bytes));
  ip('-n', namespace, '-6', 'route', 'replace', 'fd6a:7063:6e::/64', 'dev', 'eth0', 'advmss', String(bytes));
}
