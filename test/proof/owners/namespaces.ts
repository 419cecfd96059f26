/** Containers with network namespaces of their own: what goes over the host's bridge, what is masqueraded, what is forwarded to them. */
import { execFileSync } from 'node:child_process';
import { type Cgroups, openCgroups } from '../../support/owners/cgroups.js';
import { ports, startDaemons } from '../../support/owners/daemons.js';
import {
  type Host,
  type Hosts,
  inNamespace,
  openHosts,
  withOwnInterfaces,
} from '../../support/owners/hosts.js';
import { judge } from '../../support/owners/judge.js';
import { elsewhere, type NoOwner, type TrueEnd, type TrueOwner } from '../../support/owners/owner-parts.js';
import {
  lastWindow,
  type OwnedRecord,
  startOwnersWatcher,
  untilItWatches,
  wrongEnding,
} from '../../support/owners/program.js';
import { dockerByItself, plainGroup, type RunBy, service } from '../../support/owners/runtimes.js';
import { noSocket, type Talk } from '../../support/owners/stage.js';
import { type Conversation, ownerOf, startConversation, startTalker } from '../../support/owners/talks.js';
import { until } from '../../support/until.js';
import { ip, untilItCarries } from '../../support/veth.js';
import type { Ground } from '../ground.js';
import type { OwnersCase, OwnersVerdict } from './case.js';
import { lacks } from './runtimes.js';

const hostIPv4 = '198.18.0.1';
const containersPrefix = '198.19.0.';
const bridgeIPv4 = `${containersPrefix}1`;
const bystanderHow = 'has the port by chance';
const publishedPort = 8_080;
/** Of a UDP socket of the host's own, and of a container's question that is masqueraded. */
const sharedPort = 23_010;

export const namespaceCases: readonly OwnersCase[] = [
  { name: "containers' own namespaces: any", skip: lacks('nft', 'nftables'), run },
];

interface Container {
  readonly host: Host;
  readonly by: RunBy;
}

/** A bridge with two containers, masqueraded; the first one's echo is published. */
function openContainers(ground: Ground, { here }: Hosts, groups: readonly RunBy[]): readonly Container[] {
  ip('-n', here.namespace, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', here.namespace, 'addr', 'add', `${bridgeIPv4}/24`, 'dev', 'br0');
  ip('-n', here.namespace, 'link', 'set', 'br0', 'up');
  const containers = groups.map((by, index) => {
    const namespace = `${here.namespace}c${index}`;
    const ipv4 = `${containersPrefix}${10 + index}`;
    ip('netns', 'add', namespace);
    ground.atEnd(() => ip('netns', 'del', namespace));
    ip(
      '-n',
      here.namespace,
      'link',
      'add',
      `p${index}`,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      namespace,
    );
    ip('-n', here.namespace, 'link', 'set', `p${index}`, 'master', 'br0', 'up');
    ip('-n', namespace, 'addr', 'add', `${ipv4}/24`, 'dev', 'eth0');
    for (const name of ['lo', 'eth0']) ip('-n', namespace, 'link', 'set', name, 'up');
    ip('-n', namespace, 'route', 'add', 'default', 'via', bridgeIPv4);
    untilItCarries(['ip', '-n', namespace], 'eth0');
    return { host: { ...here, namespace, ipv4, prefix: inNamespace(namespace) }, by };
  });
  const rules = `table ip proof {
  chain in { type nat hook prerouting priority dstnat; iifname "eth0" tcp dport ${publishedPort} dnat to ${containers[0]!.host.ipv4}:${ports.echo}; }
  chain out { type nat hook postrouting priority srcnat; oifname "eth0" ip saddr 198.19.0.0/24 masquerade; }
}`;
  const [command, ...words] = here.prefix;
  execFileSync(command, [...words, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward && exec nft -f -'], {
    input: rules,
  });
  return containers;
}

const socat = (to: string, port: number) => ['socat', '-', `${to},sourceport=${port}`];

interface Said extends Pick<Talk, 'name' | 'transport' | 'clientPort'> {
  readonly conversation: Conversation;
  /** By the addresses of a record that tells what the client says: who its ends are. */
  readonly ends: (record: OwnedRecord) => readonly [client: TrueEnd, server: TrueEnd];
}

async function run(ground: Ground): Promise<OwnersVerdict> {
  const hosts = openHosts(ground, 'macvlan');
  const { here } = hosts;
  const cgroups = openCgroups(ground);
  const container = (number: number) => ({ ...dockerByItself()(cgroups), how: `container ${number}` });
  const [first, second] = openContainers(ground, hosts, [container(0), container(1)]) as [
    Container,
    Container,
  ];
  const ownDaemon = service('echo')(cgroups);
  await startDaemons(ground, hosts.elsewhere, ground.folder, {
    streams: plainGroup('/elsewhere')(cgroups),
    datagrams: plainGroup('/elsewhere')(cgroups),
  });
  await startDaemons(ground, here, ground.folder, { streams: ownDaemon });
  await startDaemons(ground, first.host, ground.folder, { streams: first.by });
  // Whoever has the port of a masqueraded question is not who asks it.
  const bystander = { host: here, by: { ...service('bystander')(cgroups), how: bystanderHow } };
  startTalker(ground, bystander, ['socat', `UDP4-RECVFROM:${sharedPort},fork`, 'SYSTEM:cat']);
  const watcher = startOwnersWatcher(ground, {
    ...{ name: 'watcher', args: ['-i', 'any', '--engine', 'batch', '--owners', 'syn'] },
    ...{ prefix: [...cgroups.prefix, ...here.prefix, ...withOwnInterfaces], folder: ground.folder },
  });
  await untilItWatches(watcher);
  const said = await talkAll(
    ground,
    hosts,
    { first, second, ownDaemon, bystander: ownerOf(bystander) },
    cgroups,
  );
  for (let window = 0; window < 2; window++) {
    const last = lastWindow(watcher);
    await until('a window more is told', async () => {
      await Promise.all(said.map(({ conversation }) => conversation.ask()));
      return lastWindow(watcher) > last;
    });
  }
  const ending = await watcher.stop();
  return verdict(said, watcher.records(), wrongEnding('pcap-agg', ending));
}

const nobodyElse: NoOwner = elsewhere;
const otherNamespace: NoOwner = { reason: 'other-namespace' };

interface Others {
  readonly first: Container;
  readonly second: Container;
  readonly ownDaemon: RunBy;
  readonly bystander: TrueOwner;
}

async function talkAll(
  ground: Ground,
  { here, elsewhere: other }: Hosts,
  { first, second, ownDaemon, bystander }: Others,
  cgroups: Cgroups,
): Promise<readonly Said[]> {
  const hostClient = { host: here, by: service('fetch')(cgroups) };
  const say = (
    name: string,
    transport: Said['transport'],
    clientPort: number,
    runner: { readonly host: Host; readonly by?: RunBy },
    to: string,
    ends: Said['ends'],
  ): Said => ({
    ...{ name, transport, clientPort, ends },
    conversation: startConversation(ground, runner, socat(to, clientPort)),
  });
  const said = [
    say('container to container', 'tcp', 23_000, second, `TCP4:${first.host.ipv4}:${ports.echo}`, () => [
      nobodyElse,
      nobodyElse,
    ]),
    say(
      'container to elsewhere, masqueraded',
      'tcp',
      23_001,
      first,
      `TCP4:${other.ipv4}:${ports.echo}`,
      () => [nobodyElse, nobodyElse],
    ),
    say(
      'published port of a container',
      'tcp',
      23_002,
      { host: other },
      `TCP4:${here.ipv4}:${publishedPort}`,
      () => [nobodyElse, nobodyElse],
    ),
    say('host to container', 'tcp', 23_003, hostClient, `TCP4:${first.host.ipv4}:${ports.echo}`, () => [
      ownerOf(hostClient),
      nobodyElse,
    ]),
    say("container to the host's daemon", 'tcp', 23_004, second, `TCP4:${bridgeIPv4}:${ports.echo}`, () => [
      nobodyElse,
      ownerOf({ host: here, by: ownDaemon }),
    ]),
    say(
      'datagrams, masqueraded at a port of the host',
      'udp',
      sharedPort,
      first,
      `UDP4:${other.ipv4}:${ports.echo}`,
      ({ source_ip, target_ip }) => [
        // The kernel has no more to go by than the port.
        [source_ip, target_ip].includes(here.ipv4) ? bystander : nobodyElse,
        nobodyElse,
      ],
    ),
  ];
  await Promise.all(said.map(({ conversation }) => conversation.ask()));
  return said;
}

/**
 * A masqueraded or forwarded end has an address of the host's, where there is no socket of it. That it is of another namespace can be
 * told by some packets and not by others.
 */
function mayBeTold(end: TrueEnd, address: string): readonly TrueEnd[] {
  const isHost = address === hostIPv4 || address === bridgeIPv4;
  const isContainer = address.startsWith(containersPrefix) && !isHost;
  if ('by' in end) return end.by.how === bystanderHow ? [end, otherNamespace] : [end];
  if (isHost) return [noSocket, otherNamespace];
  return [isContainer ? otherNamespace : elsewhere];
}

function verdict(
  said: readonly Said[],
  records: readonly OwnedRecord[],
  wrong: readonly string[],
): OwnersVerdict {
  const talks: Talk[] = [];
  const reasons = new Set<string>();
  const mistakes = said.flatMap(({ name, transport, clientPort, ends }) => {
    const ofTalk = records.filter(
      (each) => each.transport === transport && [each.source_port, each.target_port].includes(clientPort),
    );
    return ofTalk.flatMap((record) => {
      const isThere = record.source_port === clientPort;
      const [client, server] = ends(record);
      const at = (end: TrueEnd, address: string): readonly TrueEnd[] => mayBeTold(end, address);
      const clientEnds = at(client, isThere ? record.source_ip : record.target_ip);
      const serverEnds = at(server, isThere ? record.target_ip : record.source_ip);
      const talk = { name, transport, clientPort, client: clientEnds, server: serverEnds };
      talks.push(talk);
      if (record.owner_missing !== undefined) reasons.add(`${name}: ${record.owner_missing}`);
      // Judged by itself, there and back are not both there.
      return judge([talk], [record]).wrong.filter((text) => !/\d records there/.test(text));
    });
  });
  const isTold = (name: string) => talks.some((talk) => talk.name === name);
  const untold = said.filter(({ name }) => !isTold(name)).map(({ name }) => `${name}: no record`);
  return {
    ...{ count: talks.length, right: talks.length - mistakes.length, mistaken: mistakes.length },
    told: [...reasons].sort().join('; '),
    wrong: [...wrong, ...untold, ...mistakes],
  };
}
