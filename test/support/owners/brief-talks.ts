/** Programs that ask once and end: from the first host, and from the other one, which asks the first host's daemons. */
import { type DaemonName, ports } from './daemons.js';
import { elsewhere, type TrueEnd } from './owner-parts.js';
import { dockerByItself, kubernetesByItself, plainGroup, podmanOfUser, service } from './runtimes.js';
import { daemonOwners, noSocket, type Stage, type Talk } from './stage.js';
import { runTalker } from './talks.js';

interface Question {
  readonly name: string;
  readonly transport: Talk['transport'];
  readonly daemon: DaemonName;
  words(server: { readonly ipv4: string; readonly ipv6: string }, port: number): readonly string[];
}

const questions: readonly Question[] = [
  {
    name: 'curl asks nginx, IPv4',
    transport: 'tcp',
    daemon: 'web',
    words: ({ ipv4 }, port) => curl(`http://${ipv4}/`, port),
  },
  {
    name: 'curl asks nginx, IPv6',
    transport: 'tcp',
    daemon: 'web',
    words: ({ ipv6 }, port) => curl(`http://[${ipv6}]/`, port),
  },
  {
    name: 'curl asks python3',
    transport: 'tcp',
    daemon: 'files',
    words: ({ ipv4 }, port) => curl(`http://${ipv4}:${ports.files}/`, port),
  },
  {
    name: 'dig asks dnsmasq, IPv4',
    transport: 'udp',
    daemon: 'dns',
    words: ({ ipv4 }, port) => dig(ipv4, `0.0.0.0#${port}`),
  },
  {
    name: 'dig asks dnsmasq, IPv6',
    transport: 'udp',
    daemon: 'dns',
    words: ({ ipv6 }, port) => dig(ipv6, `::#${port}`),
  },
];

const curl = (url: string, port: number) => [
  'curl',
  '-sS',
  '-g',
  '--local-port',
  `${port}`,
  '-o',
  '/dev/null',
  url,
];
const dig = (server: string, from: string) => [
  'dig',
  `@${server}`,
  '-b',
  from,
  '+tries=1',
  '+short',
  'asked.example',
];

const runtimes = [
  service('fetch'),
  dockerByItself(),
  podmanOfUser(1_005),
  kubernetesByItself(),
  service('ask'),
];
const firstPort = 21_000;
/** Each time another. */
const portOf = (question: number, time: number) => firstPort + 1_000 * time + question;

/** Asked from the first host, as a watch for SYNs tells them; resolves when all have been answered. */
export async function askOut(stage: Stage, time = 0): Promise<readonly Talk[]> {
  const { hosts } = stage;
  const asked = questions.map(async ({ name, transport, words }, index): Promise<Talk> => {
    const by = runtimes[index]!(stage.cgroups);
    const clientPort = portOf(index, time);
    const user = 1_100 + index;
    const asked = words(hosts.elsewhere, clientPort);
    const pid = await runTalker(stage, { host: hosts.here, by, user }, asked);
    const owner = { by, user, from: ['socket'], pid, command: asked[0]! } as const;
    const client: readonly TrueEnd[] = transport === 'udp' ? [owner, noSocket] : [owner];
    return { name, transport, clientPort, client, server: [elsewhere] };
  });
  return Promise.all(asked);
}

/** Asked from the other host. Who listens is there all the time, so that somebody is always known. */
export async function askIn(stage: Stage, time = 0): Promise<readonly Talk[]> {
  const { hosts } = stage;
  const by = plainGroup('/elsewhere')(stage.cgroups);
  const asked = questions.map(async ({ name, transport, daemon, words }, index): Promise<Talk> => {
    const clientPort = portOf(100 + index, time);
    await runTalker(stage, { host: hosts.elsewhere, by }, words(hosts.here, clientPort));
    const server = daemonOwners(stage, daemon);
    return { name: `${name}, here`, transport, clientPort, client: [elsewhere], server };
  });
  return Promise.all(asked);
}

/** The same where sockets are looked for only later. */
export const orMissed = (talks: readonly Talk[]): readonly Talk[] =>
  talks.map((talk) => ({ ...talk, client: [...talk.client, noSocket] }));
