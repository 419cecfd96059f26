/** Programs that ask from the first host, and keep their sockets: each kind of socket, and each kind of control group. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../until.js';
import { ports, webUser } from './daemons.js';
import { elsewhere, type TrueEnd } from './owner-parts.js';
import { lastWindow, type OwnersWatcher } from './program.js';
import {
  dockerByItself,
  dockerBySystemd,
  instance,
  kubernetesByItself,
  kubernetesBySystemd,
  noGroup,
  plainGroup,
  podAlone,
  podmanByItself,
  podmanOfRoot,
  podmanOfUser,
  type RunBy,
  service,
  userUnit,
} from './runtimes.js';
import { daemonOwners, type Stage, type Talk } from './stage.js';
import { type Conversation, ownerOf, startConversation } from './talks.js';

interface Asker {
  readonly name: string;
  readonly by: (stage: Stage) => RunBy;
  readonly user?: number;
  readonly transport: Talk['transport'];
  /** Which daemon is asked; it is elsewhere, unless `local`. */
  readonly daemon: 'streams' | 'datagrams' | 'tls';
  readonly local?: true;
  words(at: Stage['hosts'], port: number): readonly string[];
}

const in_ =
  (runtime: (cgroups: Stage['cgroups']) => RunBy) =>
  ({ cgroups }: Stage): RunBy =>
    runtime(cgroups);

const socat = (to: string, port: number, more = '') => [
  'socat',
  '-',
  `${to}:${ports.echo},sourceport=${port}${more}`,
];

export const askers: readonly Asker[] = [
  {
    name: 'IPv4, of a service',
    by: in_(service('backup')),
    transport: 'tcp',
    daemon: 'streams',
    words: ({ elsewhere: { ipv4 } }, port) => socat(`TCP4:${ipv4}`, port),
  },
  {
    name: 'IPv6, of an instance of a service',
    by: in_(instance('worker', '3')),
    user: 1_001,
    transport: 'tcp',
    daemon: 'streams',
    words: ({ elsewhere: { ipv6 } }, port) => socat(`TCP6:[${ipv6}]`, port),
  },
  {
    name: 'IPv4 by a socket of IPv6',
    by: in_(dockerBySystemd()),
    transport: 'tcp',
    daemon: 'streams',
    words: ({ elsewhere: { ipv4 } }, port) => socat(`TCP6:[::ffff:${ipv4}]`, port),
  },
  {
    name: 'a connected socket of UDP, IPv4',
    by: in_(dockerByItself()),
    user: 1_002,
    transport: 'udp',
    daemon: 'datagrams',
    words: ({ elsewhere: { ipv4 } }, port) => socat(`UDP4:${ipv4}`, port),
  },
  {
    name: 'a connected socket of UDP, IPv6',
    by: in_(podmanByItself()),
    transport: 'udp',
    daemon: 'datagrams',
    words: ({ elsewhere: { ipv6 } }, port) => socat(`UDP6:[${ipv6}]`, port),
  },
  {
    name: 'an unconnected socket of UDP, IPv6',
    by: in_(podmanOfRoot()),
    transport: 'udp',
    daemon: 'datagrams',
    words: ({ elsewhere: { ipv6 } }, port) => socat(`UDP6-SENDTO:[${ipv6}]`, port),
  },
  {
    name: 'an unconnected socket of UDP, IPv4 by IPv6',
    by: in_(userUnit(1_004, 'sync.service')),
    user: 1_004,
    transport: 'udp',
    daemon: 'datagrams',
    words: ({ elsewhere: { ipv4 } }, port) => socat(`UDP6-SENDTO:[::ffff:${ipv4}]`, port),
  },
  {
    name: 'TLS',
    by: in_(podmanOfUser(1_003)),
    user: 1_003,
    transport: 'tcp',
    daemon: 'tls',
    words: ({ here, elsewhere: { ipv6 } }, port) => [
      ...['openssl', 's_client', '-quiet', '-connect', `[${ipv6}]:${ports.tls}`],
      ...['-bind', `[${here.ipv6}]:${port}`],
    ],
  },
  {
    name: 'a link-local address',
    by: in_(kubernetesBySystemd('cri-containerd')),
    transport: 'tcp',
    daemon: 'streams',
    words: ({ elsewhere: { linkLocal } }, port) => socat(`TCP6:[${linkLocal}%eth0]`, port),
  },
  {
    name: 'bound to a device',
    by: in_(kubernetesBySystemd('crio')),
    transport: 'tcp',
    daemon: 'streams',
    words: ({ elsewhere: { ipv4 } }, port) => socat(`TCP4:${ipv4}`, port, ',so-bindtodevice=eth0'),
  },
  {
    name: 'UDP bound to a device',
    by: in_(kubernetesByItself()),
    transport: 'udp',
    daemon: 'datagrams',
    words: ({ elsewhere: { ipv6 } }, port) => socat(`UDP6:[${ipv6}]`, port, ',so-bindtodevice=eth0'),
  },
  {
    name: 'of a pod without containers',
    by: in_(podAlone()),
    user: 65_535,
    transport: 'tcp',
    daemon: 'streams',
    words: ({ elsewhere: { ipv6 } }, port) => socat(`TCP6:[${ipv6}]`, port),
  },
  {
    name: 'of a group that nobody knows',
    by: in_(plainGroup('/custom/jobs')),
    transport: 'tcp',
    daemon: 'streams',
    words: ({ elsewhere: { ipv4 } }, port) => socat(`TCP4:${ipv4}`, port),
  },
  {
    name: 'of no group',
    by: in_(noGroup('1007')),
    user: 1_007,
    transport: 'tcp',
    daemon: 'streams',
    words: ({ elsewhere: { ipv4 } }, port) => socat(`TCP4:${ipv4}`, port),
  },
  {
    name: 'both ends here, loopback, IPv4',
    by: in_(service('checker')),
    user: webUser,
    transport: 'tcp',
    daemon: 'streams',
    local: true,
    words: (_, port) => socat('TCP4:127.0.0.1', port),
  },
  {
    name: 'both ends here, loopback, UDP over IPv6',
    by: in_(service('prober')),
    transport: 'udp',
    daemon: 'datagrams',
    local: true,
    words: (_, port) => socat('UDP6:[::1]', port),
  },
  {
    name: 'both ends here, own address',
    by: in_(dockerByItself()),
    transport: 'tcp',
    daemon: 'streams',
    local: true,
    words: ({ here: { ipv6 } }, port) => socat(`TCP6:[${ipv6}]`, port),
  },
];

export interface HeldTalk {
  readonly conversation: Conversation;
  /** What is true as long as it is held. */
  talk(): Talk;
}

const firstPort = 20_000;

/** Resolves when each has had an answer. */
export async function holdTalks(
  stage: Stage,
  chosen: readonly Asker[] = askers,
): Promise<readonly HeldTalk[]> {
  const held = chosen.map((asker, index) => {
    const { name, transport, daemon, user, words, local = false } = asker;
    const clientPort = firstPort + index;
    const runner = { host: stage.hosts.here, by: asker.by(stage), user };
    const conversation = startConversation(stage, runner, words(stage.hosts, clientPort));
    const talk = (): Talk => ({
      ...{ name, transport, clientPort, client: [ownerOf(runner)] },
      server: local ? daemonOwners(stage, daemon).filter(isOfSocket) : [elsewhere],
    });
    return { conversation, talk };
  });
  await Promise.all(held.map(({ conversation }) => conversation.ask()));
  return held;
}

/** While a connection is there, it is the socket that is found. */
const isOfSocket = (end: TrueEnd): boolean => 'from' in end && end.from.includes('socket');

/** Resolves when records tell a window more of them: each says something in it, again and again. */
export async function untilAWindowIsTold(
  watchers: readonly OwnersWatcher[],
  held: readonly HeldTalk[],
): Promise<void> {
  const last = Math.max(...watchers.map(lastWindow));
  await until(
    'a window more is told',
    async () => {
      await Promise.all(held.map(({ conversation }) => conversation.ask()));
      await sleep(betweenMs);
      return watchers.every((watcher) => lastWindow(watcher) > last);
    },
    () => watchers.map(({ program }) => program.stderr()).join(''),
  );
}

const betweenMs = 100;
