/** pcap-agg's own unit, as it is, under a real systemd, which runs services and hands over sockets. */
import { openCgroups } from '../../support/owners/cgroups.js';
import { ports, startDaemons } from '../../support/owners/daemons.js';
import { openHosts } from '../../support/owners/hosts.js';
import { judge } from '../../support/owners/judge.js';
import type { NoOwner, TrueOwner } from '../../support/owners/owner-parts.js';
import type { OwnedRecord } from '../../support/owners/program.js';
import { plainGroup } from '../../support/owners/runtimes.js';
import type { Talk } from '../../support/owners/stage.js';
import { startConversation } from '../../support/owners/talks.js';
import { programPath } from '../../support/program.js';
import { readProjectFile } from '../../support/project.js';
import { nobody, rightsOf } from '../../support/rights.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { OwnersCase, OwnersVerdict } from './case.js';
import { insideOf, noSystemd, type SystemdHost, startSystemd } from './systemd-host.js';

export const systemdCases: readonly OwnersCase[] = [
  { name: "under a real systemd, by pcap-agg's own unit", skip: noSystemd, run },
];

const activatedPort = 7_007;
const activatedClient = 25_000;
const streamClient = 25_001;
const records = '/var/log/private/pcap-agg/flows.jsonl';
const said = '/run/said';

/** Without what a machine does when it starts. */
const alone = '[Unit]\nDefaultDependencies=no\n';

/** Takes a connection from the socket that it is given, and sends back what comes. */
const takeOne =
  'import socket; taken = socket.socket(fileno=3).accept()[0]; [taken.sendall(taken.recv(100)) for _ in iter(int, 1)]';

const unitsFor = (server: string): Readonly<Record<string, string>> => ({
  'proof.target': `${alone}Wants=pcap-agg.service\n`,
  // One process: bash says and waits by itself.
  'datagrams.service': `${alone}[Service]
User=nobody
ExecStart=/usr/bin/bash -c 'exec 3<>/dev/udp/${server}/${ports.echo}; while :; do echo hello >&3; read -t 0.2 back <&3; done'
`,
  'stream.service': `${alone}[Service]
ExecStart=/bin/sh -c 'while :; do echo hello; sleep 0.2; done | socat - TCP4:${server}:${ports.echo},sourceport=${streamClient}'
`,
  'activated.socket': `${alone}[Socket]\nListenStream=0.0.0.0:${activatedPort}\n`,
  'activated.service': `${alone}[Service]\nExecStart=/usr/bin/python3 -c '${takeOne}'\n`,
  'pcap-agg.service': readProjectFile('native/systemd/pcap-agg.service'),
  'pcap-agg.service.d/here.conf': `[Unit]
DefaultDependencies=no
[Service]
ExecStart=
ExecStart=${process.execPath} ${programPath} -i eth0 --engine batch --owners syn --interval 1s -n --datadog-ranges off \\
  --to file:/var/log/pcap-agg/flows.jsonl?schema=full&biflow=0
Environment=
UnsetEnvironment=PCAP_AGG_OPTIONS PCAP_AGG_TO
StandardError=append:${said}
`,
});

async function run(ground: Ground): Promise<OwnersVerdict> {
  const hosts = openHosts(ground);
  const cgroups = openCgroups(ground);
  await startDaemons(ground, hosts.elsewhere, ground.folder, {
    streams: plainGroup('/elsewhere')(cgroups),
    datagrams: plainGroup('/elsewhere')(cgroups),
  });
  const host = await startSystemd(
    ground,
    hosts.here.prefix,
    unitsFor(hosts.elsewhere.ipv4),
    'proof.target',
    cgroups.open('/host'),
  );
  await until(
    'pcap-agg captures',
    () => host.read(said).includes('capturing on'),
    () => host.read(said) + host.said(),
  );
  const [pid] = host.processesOf('/system.slice/pcap-agg.service');
  const rights = rightsOf(pid);
  host.start('datagrams.service', 'stream.service', 'activated.socket');
  const client = ['socat', '-', `TCP4:${hosts.here.ipv4}:${activatedPort},sourceport=${activatedClient}`];
  const by = plainGroup('/elsewhere')(cgroups);
  const conversation = startConversation(ground, { host: hosts.elsewhere, by }, client);
  await until(
    'four windows are told',
    async () => {
      await conversation.ask();
      return new Set(recordsOf(host).map(({ window_start_us }) => window_start_us)).size > 3;
    },
    () => host.read(said),
  );
  process.kill(pid!, 'SIGTERM');
  await until('pcap-agg has ended', () => host.processesOf('/system.slice/pcap-agg.service').length === 0);
  return verdict(host, rights, host.read(said));
}

function recordsOf(host: SystemdHost): readonly OwnedRecord[] {
  const lines = host.read(records).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as OwnedRecord);
}

function verdict(host: SystemdHost, rights: ReturnType<typeof rightsOf>, ending: string): OwnersVerdict {
  const all = recordsOf(host);
  const datagramClient =
    all.find((each) => each.transport === 'udp' && each.target_port === ports.echo)?.source_port ?? 0;
  const [process_] = host.processesOf('/system.slice/datagrams.service');
  const asking: Omit<Talk, 'client' | 'name' | 'clientPort'> = { transport: 'tcp', server: [elsewhere] };
  const activated = all.find(({ source_port }) => source_port === activatedClient)?.['target_owner_cgroup'];
  const talks: readonly Talk[] = [
    {
      ...asking,
      ...{ name: 'a service', clientPort: streamClient },
      client: [owner('stream.service')],
    },
    {
      ...{ ...asking, name: 'a service of a user', transport: 'udp', clientPort: datagramClient },
      client: [{ ...owner('datagrams.service'), user: nobody, pid: insideOf(process_), command: 'bash' }],
    },
    {
      ...{ name: 'a socket that systemd handed over', transport: 'tcp', clientPort: activatedClient },
      client: [elsewhere],
      server: [owner('activated.socket')],
    },
  ];
  const { right, wrong } = judge(talks, all);
  const capabilities = rights.map((each) => `${each.capabilities} ${each.noNewPrivileges}`).join();
  return {
    ...{ count: talks.length, right, mistaken: wrong.length },
    told: `what was handed over is of ${activated}`,
    wrong: [
      ...(capabilities === '0 true' ? [] : [`it has rights: ${JSON.stringify(rights)}`]),
      ...(/^pcap-agg: balanced$/m.test(ending) ? [] : [`pcap-agg is not balanced: ${ending}`]),
      ...wrong,
    ],
  };
}

/** The other host is a namespace behind a pair of interfaces, as a container is. */
const elsewhere: NoOwner = { reason: 'other-namespace' };

const owner = (unit: string): TrueOwner => ({
  by: {
    how: 'systemd',
    cgroup: { path: `/system.slice/${unit}`, folder: '' },
    whose: { kind: 'unit', name: unit, unit },
  },
  ...{ user: 0, from: ['socket'] },
});
