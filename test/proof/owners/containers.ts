/** Containers that real runtimes run in the host's network, and what records say of them. */
import { randomUUID } from 'node:crypto';
import { openCgroups } from '../../support/owners/cgroups.js';
import { ports, startDaemons } from '../../support/owners/daemons.js';
import { openHosts } from '../../support/owners/hosts.js';
import { judge } from '../../support/owners/judge.js';
import { elsewhere } from '../../support/owners/owner-parts.js';
import { startOwnersWatcher, untilItWatches, wrongEnding } from '../../support/owners/program.js';
import { plainGroup } from '../../support/owners/runtimes.js';
import type { Talk } from '../../support/owners/stage.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { OwnersCase, OwnersVerdict } from './case.js';
import {
  type Container,
  lacks,
  makeRoot,
  noDocker,
  type Place,
  runCrun,
  runPodman,
  startDocker,
} from './runtimes.js';
import { openUnifiedMounts } from './unified.js';

interface Started extends Container {
  readonly pod?: string;
}

type Start = (place: Place, words: readonly string[]) => Started | Promise<Started>;

const pod = randomUUID();
const slice = `kubepods-burstable-pod${pod.replaceAll('-', '_')}.slice`;

const runtimes: readonly (readonly [name: string, skip: string | false, start: Start])[] = [
  ['Podman', lacks('podman', 'podman'), runPodman],
  ['Docker', noDocker, async (place, words) => (await startDocker(place)).run(['--network', 'host'], words)],
  [
    'crun, as Kubernetes has it by itself',
    lacks('crun', 'crun'),
    (place, words) => ({ pod, ...runCrun(place, (id) => `/kubepods/besteffort/pod${pod}/${id}`, words) }),
  ],
  [
    'crun, as Kubernetes has it by systemd',
    lacks('crun', 'crun'),
    (place, words) => ({
      pod,
      ...runCrun(
        place,
        (id) => `/kubepods.slice/kubepods-burstable.slice/${slice}/cri-containerd-${id}.scope`,
        words,
      ),
    }),
  ],
];

export const containerCases: readonly OwnersCase[] = runtimes.map(([name, skip, start]) => ({
  name: `a real container: ${name}`,
  skip: skip || lacks('busybox', 'busybox-static'),
  run: (ground) => run(ground, start),
}));

async function run(ground: Ground, start: Start): Promise<OwnersVerdict> {
  const hosts = openHosts(ground);
  const cgroups = openCgroups(ground, 'whole');
  await startDaemons(ground, hosts.elsewhere, ground.folder, { streams: plainGroup('/elsewhere')(cgroups) });
  const watcher = startOwnersWatcher(ground, {
    ...{ name: 'watcher', args: ['-i', 'eth0', '--engine', 'batch'] },
    ...{ prefix: hosts.here.prefix, folder: ground.folder },
  });
  await untilItWatches(watcher);
  const place = {
    ground,
    host: hosts.here,
    unified: await openUnifiedMounts(ground),
    root: makeRoot(ground),
  };
  const says = `while :; do echo hello; sleep 0.2; done | nc ${hosts.elsewhere.ipv4} ${ports.echo}`;
  const { id, cgroup, pod } = await start(place, ['/bin/sh', '-c', says]);
  // Its name may come in the window after the first.
  const isTold = () => watcher.records().filter(({ target_port }) => target_port === ports.echo).length > 2;
  await until('three windows are told', isTold, watcher.program.stderr);
  const clientPort = watcher.records().find(({ target_port }) => target_port === ports.echo)!.source_port;
  const ending = await watcher.stop();
  const whose = {
    kind: 'container',
    name: id.slice(0, 12),
    container: id,
    ...(pod === undefined ? {} : { pod }),
  } as const;
  const client = { by: { how: 'real', cgroup, whose }, user: 0, from: ['socket'] } as const;
  const talk: Talk = {
    ...{ name: 'the container', transport: 'tcp', clientPort },
    client: [client],
    server: [elsewhere],
  };
  const records = watcher.records();
  const { right, wrong } = judge([talk], records);
  return {
    ...{ count: 1, right, mistaken: wrong.length },
    told: `${cgroup.path.replaceAll(/[0-9a-f]{52}(?=\b|\.|$)/g, '…')}; ${records.length} records`,
    wrong: [...wrongEnding('pcap-agg', ending), ...wrong],
  };
}
