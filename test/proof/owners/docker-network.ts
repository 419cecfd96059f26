/** A container in Docker's own network, with a published port: by its firewall's rules from outside, by docker-proxy from the host itself. */
import { openCgroups } from '../../support/owners/cgroups.js';
import { openHosts, withOwnInterfaces } from '../../support/owners/hosts.js';
import { judge } from '../../support/owners/judge.js';
import { elsewhere, type NoOwner, type TrueOwner } from '../../support/owners/owner-parts.js';
import {
  directions,
  lastWindow,
  type OwnedRecord,
  startOwnersWatcher,
  untilItWatches,
  wrongEnding,
} from '../../support/owners/program.js';
import { plainGroup, service } from '../../support/owners/runtimes.js';
import type { Talk } from '../../support/owners/stage.js';
import { ownerOf, startConversation } from '../../support/owners/talks.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { OwnersCase, OwnersVerdict } from './case.js';
import { isHere, lacks, makeRoot, noDocker, type Place, startDocker } from './runtimes.js';
import { openUnifiedMounts } from './unified.js';

const noFirewall = isHere('iptables')
  ? false
  : 'iptables is not installed (Debian: apt-get install iptables)';

export const dockerNetworkCases: readonly OwnersCase[] = [
  {
    name: "containers' own namespaces: a published port of Docker's",
    skip: noDocker || noFirewall || lacks('busybox', 'busybox-static'),
    run,
  },
];

const publishedPort = 8_081;
const outsideClient = 27_000;
const hostClient = 27_001;
const otherNamespace: NoOwner = { reason: 'other-namespace' };

async function run(ground: Ground): Promise<OwnersVerdict> {
  const hosts = openHosts(ground, 'macvlan');
  const cgroups = openCgroups(ground);
  const by = service('docker')(cgroups);
  const place: Place = {
    ground,
    host: hosts.here,
    unified: await openUnifiedMounts(ground),
    root: makeRoot(ground),
  };
  const docker = await startDocker(place, { networks: true, cgroup: by.cgroup });
  docker.run(['-p', `${publishedPort}:7`], ['nc', '-ll', '-p', '7', '-e', 'cat']);
  const watcher = startOwnersWatcher(ground, {
    ...{ name: 'watcher', args: ['-i', 'any', '--engine', 'batch'], folder: ground.folder },
    ...{ prefix: [...cgroups.prefix, ...hosts.here.prefix, ...withOwnInterfaces] },
    outputs: [directions, 'full'],
  });
  await untilItWatches(watcher);
  const asker = { host: hosts.here, by: service('fetch')(cgroups) };
  const outsider = { host: hosts.elsewhere, by: plainGroup('/elsewhere')(cgroups) };
  const say = (runner: typeof asker, address: string, port: number) =>
    startConversation(ground, runner, ['socat', '-', `TCP4:${address}:${publishedPort},sourceport=${port}`]);
  const said = [say(outsider, hosts.here.ipv4, outsideClient), say(asker, '127.0.0.1', hostClient)];
  await until('three windows are told', async () => {
    await Promise.all(said.map((conversation) => conversation.ask()));
    return lastWindow(watcher) > 0 && new Set(watcher.records().map((each) => each.window_start_us)).size > 2;
  });
  const client = ownerOf(asker);
  // docker-proxy is in Docker's own group, with others.
  const proxy: TrueOwner = { by, user: 0, from: ['socket'] };
  const ending = await watcher.stop();
  const fromHost: Talk = {
    ...{ name: 'from the host', transport: 'tcp', clientPort: hostClient },
    ...{ client: [client], server: [proxy] },
  };
  const outside = {
    name: 'from outside',
    transport: 'tcp',
    clientPort: outsideClient,
    client: [elsewhere],
  } as const;
  // What comes in does not show that it is forwarded: docker-proxy listens at that port. What goes out does.
  const listening: Talk = { ...outside, server: [{ ...proxy, from: ['listener'] }, otherNamespace] };
  const forwarded: Talk = { ...outside, server: [otherNamespace] };
  const conversations = watcher.records('full');
  const wrong = [
    ...judge([listening, fromHost], watcher.records()).wrong,
    ...judgeConversations([forwarded, fromHost], conversations),
  ];
  const servers = conversations.filter(({ client_port }) => client_port === outsideClient);
  return {
    ...{ count: 4, right: 4 - wrong.length, mistaken: wrong.length },
    told: [
      ...new Set(servers.map((each) => `${each['server_ip']}: ${each.owner ?? each.owner_missing}`)),
    ].join('; '),
    wrong: [...wrongEnding('pcap-agg', ending), ...wrong],
  };
}

/** There are none back. */
function judgeConversations(talks: readonly Talk[], records: readonly OwnedRecord[]): readonly string[] {
  return judge(talks, records).wrong.filter((text) => !/\d+ records there, 0 back$/.test(text));
}
