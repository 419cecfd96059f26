/** Flows that are told by their owners, of real sockets in control groups named as units: sums are those of the plain flows. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type CgroupRig, createCgroupRig, noCgroups } from '../support/cgroups.js';
import { offline, startProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { noNetwork, openVeth } from '../support/veth.js';

const folder = temporaryFolder();

/** Answers each connection's bytes with as many, at all addresses. */
const server = `require('node:net').createServer((socket) => socket.pipe(socket)).listen(process.argv[1], '::');`;
/** Opens so many connections to each address at once, sends a few bytes on each, and ends them when stdin ends. */
const client = `
  const { connect } = require('node:net');
  const [port, count, ...addresses] = process.argv.slice(1);
  const sockets = addresses.flatMap((host) =>
    Array.from({ length: count }, (_, at) => {
      const socket = connect(port, host, () => socket.write('x'.repeat(100 + at)));
      return socket.resume();
    }),
  );
  process.stdin.resume().on('end', () => sockets.forEach((socket) => socket.end()));`;

interface Told {
  readonly source_address: string;
  readonly target_address: string;
  readonly source_port?: number;
  readonly target_port?: number;
  readonly source_owner?: string;
  readonly source_owner_kind?: string;
  readonly source_owner_from?: string;
  readonly source_network?: string;
  readonly packets: number;
  readonly payload_bytes: number;
  readonly client_packets?: number;
  readonly server_payload_bytes?: number;
  readonly flows: number;
}

/** The figures of which there are sums. */
const figures = ['packets', 'payload_bytes', 'client_packets', 'server_payload_bytes', 'flows'] as const;

function sumsOf(records: readonly Told[]): Record<string, number> {
  return Object.fromEntries(
    figures.map((figure) => [figure, records.reduce((sum, record) => sum + (record[figure] ?? 0), 0)]),
  );
}

const recordsIn = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Told);

/** Each pair of ends once; what the kernel chose is left out. */
function endsIn(records: readonly Told[], port: number): string[] {
  const end = (address: string, told: number | undefined) =>
    `${address}:${told === undefined ? 'none' : told === port ? 'served' : 'some'}`;
  const told = records.map(
    ({ source_address, source_port, target_address, target_port }) =>
      `${end(source_address, source_port)} > ${end(target_address, target_port)}`,
  );
  return [...new Set(told)].sort();
}

/** Starts a command in a group; it is to end when its stdin does. */
function startIn(group: string, words: readonly string[]): ChildProcess {
  const script = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
  return spawn('sh', ['-c', script, group, ...words], { stdio: ['pipe', 'ignore', 'inherit'] });
}

test('flows are told by their owners, and sums stay', { skip: noNetwork || noCgroups }, async (context) => {
  const veth = openVeth();
  context.after(() => veth.close());
  const clients: ChildProcess[] = [];
  // Before their groups can be removed.
  context.after(() => clients.map((child) => child.kill('SIGKILL')));
  const rig = createCgroupRig('flow');
  context.after(() => rig.close());
  const unit = (name: string) => rig.make(`system.slice/${name}.service`);
  const port = randomInt(20_000, 28_000);
  await startServer(rig, port);
  const outputs = [
    'biflow=0',
    'biflow=0&group=owner',
    'biflow=1&group=owner',
    'biflow=1&group=owner,clients,networks',
    'biflow=0&group=owner,clients&top=2',
  ];
  const files = outputs.map((_, at) => `${folder.path}/${at}.json`);
  const program = startProgram([
    ...['-i', 'lo', '-i', veth.host, '--interval', '1h', ...offline],
    ...['--network', 'lan=198.18.0.0/15,fd6a:7063::/32'],
    ...outputs.flatMap((settings, at) => ['--to', `file:${files[at]}?schema=full&${settings}`]),
    `tcp port ${port}`,
  ]);
  context.after(() => program.child.kill('SIGKILL'));
  await until('it captures', () => program.stderr().includes('capturing on'));
  const node = [process.execPath, '-e', client, `${port}`];
  const inNamespace = ['ip', 'netns', 'exec', veth.namespace];
  clients.push(
    startIn(unit('one'), [...node, '3', '127.0.0.1', '::1', veth.hostIPv4]),
    startIn(unit('other'), [...node, '2', '127.0.0.1', '::1']),
    startIn(unit('other'), [...inNamespace, ...node, '2', veth.hostIPv4, veth.hostIPv6]),
  );
  // Both ends of thirteen connections, and one of four.
  await until('all sockets are found', () => {
    program.child.kill('SIGUSR1');
    const found = [...program.stderr().matchAll(/owners: \d+ asked, (\d+) found/g)].at(-1);
    return Number(found?.[1]) >= 30;
  });
  for (const { stdin } of clients) stdin!.end();
  await Promise.all(clients.map((child) => once(child, 'exit')));
  program.child.kill('SIGINT');
  const { exitCode, stderr } = await program.finished;
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /^pcap-agg: balanced$/m);
  const [plain, flows, conversations, networks, largest] = files.map(recordsIn);
  for (const records of [flows!, conversations!, networks!, largest!])
    assert.deepEqual(sumsOf(records), sumsOf(plain!));
  assert.equal(sumsOf(plain!).flows, 2 * 17, stderr);
  const { peerIPv4, peerIPv6 } = veth;
  // The veth's other end is in a namespace of this host, where nobody can look.
  for (const { source_address, source_owner_from } of plain!)
    assert.equal(source_owner_from, [peerIPv4, peerIPv6].includes(source_address) ? 'none' : 'socket');
  const served = 'web.service:served';
  const there = [
    `one.service:none > ${served}`,
    `other.service:none > ${served}`,
    ...[peerIPv4, peerIPv6].map((peer) => `${peer}:some > ${served}`),
  ].sort();
  assert.deepEqual(endsIn(conversations!, port), there);
  const back = there.map((line) => line.split(' > ').reverse().join(' > '));
  assert.deepEqual(endsIn(flows!, port), [...there, ...back].sort());
  assert.deepEqual(endsIn(networks!, port), [
    `lan:none > ${served}`,
    `one.service:none > ${served}`,
    `other.service:none > ${served}`,
  ]);
  assert.equal(largest!.length, 3);
  for (const { source_address, source_owner, source_owner_kind, source_network } of networks!) {
    const isOwner = source_address !== 'lan';
    assert.deepEqual(
      [source_owner, source_owner_kind, source_network],
      isOwner ? [source_address, 'unit', undefined] : [undefined, undefined, 'lan'],
    );
  }
});

/** Resolves when it listens. */
async function startServer(rig: CgroupRig, port: number): Promise<void> {
  rig.make('system.slice/web.service');
  await rig.start('system.slice/web.service', process.execPath, '-e', server, `${port}`);
  await until('it listens', async () => {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise((resolve) => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    socket.destroy();
    return isThere === true;
  });
}
