/**
 * A names network whose hosts are joined by a trunk: all that passes it by has a VLAN tag. Linux makes tags where it has
 * VLAN devices or bridges that filter by VLAN; a kernel without either still carries them, so a process takes frames from one interface, and
 * sends them on by another with a tag. The kernel takes a tag out of what an interface receives, and leaves it in what is sent:
 * whoever captures on the trunk sees one direction of each kind.
 */
import { randomInt } from 'node:crypto';
import type { NamesNetwork } from '../../support/names/network.js';
import { resolver, servers, setUp, setUpClients, withResolver } from '../../support/names/network.js';
import { readerProcess } from '../../support/readers/process.js';
import { ip, untilItCarries } from '../../support/veth.js';
import type { Ground } from '../ground.js';
import { setOffloads } from './offloads.js';

/** IEEE 802.1Q: the tag's type, priority 3 and VLAN 100. */
const tag = '\\x81\\x00\\x60\\x64';

const script = `
import select, socket, sys
TAG = b'${tag}'
EVERY_PROTOCOL, OUTGOING, LONGEST = 3, 4, 65536
def opened(name):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL))
    link.bind((name, EVERY_PROTOCOL))
    return link
clients, trunk, far, servers = (opened(name) for name in ('clients', 'eth0', 'far', 'servers'))
ways = {clients: (trunk, TAG), trunk: (clients, b''), far: (servers, b''), servers: (far, TAG)}
print('ready', flush=True)
while True:
    for link in select.select(list(ways), [], [])[0]:
        frame, (_, _, kind, _, _) = link.recvfrom(LONGEST)
        if kind != OUTGOING:
            way, tag = ways[link]
            way.send(frame[:12] + tag + frame[12:])
`;

/** Offloads are off, for frames to be what the wire would carry. */
export async function openTaggedNetwork(ground: Ground): Promise<NamesNetwork> {
  const name = `pn${randomInt(0x1000_0000).toString(36)}`;
  const [onClients, between, onServers] = [`${name}c`, `${name}b`, `${name}s`];
  for (const namespace of [onClients, between, onServers]) {
    ip('netns', 'add', namespace);
    ground.atEnd(() => ip('netns', 'del', namespace));
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  const join = (here: string, end: string, there: string, otherEnd: string) =>
    ip('-n', here, 'link', 'add', end, 'type', 'veth', 'peer', 'name', otherEnd, 'netns', there);
  join(onClients, 'eth0', between, 'clients');
  join(between, 'eth0', between, 'far');
  join(onServers, 'eth0', between, 'servers');
  const ends = ['clients', 'eth0', 'far', 'servers'];
  for (const end of ends) {
    // Whoever is between has no addresses, and says nothing.
    ip('netns', 'exec', between, 'sysctl', '-qw', `net.ipv6.conf.${end}.disable_ipv6=1`);
    ip('-n', between, 'link', 'set', end, 'up');
  }
  for (const end of ends) setOffloads(between, end, 'off');
  for (const namespace of [onClients, onServers]) setOffloads(namespace, 'eth0', 'off');
  setUpClients(onClients);
  setUp(onServers, [resolver, ...Object.values(servers)]);
  for (const end of ends) untilItCarries(['ip', '-n', between], end);
  await readerProcess(ground, {
    words: ['ip', 'netns', 'exec', between, 'python3', '-c', script],
    isReady: (said) => said().includes('ready'),
  }).start();
  return {
    clients: onClients,
    servers: onServers,
    onClients: withResolver(['ip', 'netns', 'exec', onClients], ground.folder),
    onServers: ['ip', 'netns', 'exec', onServers],
    onTap: ['ip', 'netns', 'exec', between],
    copies: ends.length,
  };
}
