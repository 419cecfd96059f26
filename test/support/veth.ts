/** A veth pair: one end here, the other in a network namespace of its own. For root only. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import type { Traffic } from './traffic.js';
import { patienceMs } from './until.js';

/** Why tests that need a network of their own are skipped, or false. */
export const noNetwork: string | false =
  process.platform !== 'linux'
    ? 'network namespaces exist on Linux only'
    : process.getuid?.() === 0
      ? false
      : 'only root may make network namespaces and capture in them';

export interface Veth {
  /** The end that is here, and its addresses. */
  readonly host: string;
  readonly hostIPv4: string;
  readonly hostIPv6: string;
  /** The end in `namespace`, and its addresses. */
  readonly peer: string;
  readonly peerIPv4: string;
  readonly peerIPv6: string;
  readonly namespace: string;
  /** Takes the end that is here down. */
  down(): void;
  /** And up again; packets can take both ends when it returns. */
  up(): void;
  /** Deletes the pair and makes it anew under the same names. */
  recreate(): void;
  /** Deletes the pair; it can be made again by `recreate`. */
  remove(): void;
  /** Deletes all of it. */
  close(): void;
  /** The counters of both ends, and the neighbours that they know, for people. */
  describe(): string;
}

/** Tests run side by side: whose namespace has the name has the subnet. */
export function openVeth(): Veth {
  const subnet = reserveSubnet();
  const name = namespaceOf(subnet);
  const ipv4 = (host: number) => `198.18.${subnet >> 6}.${((subnet & 0x3f) << 2) + host}`;
  const ipv6 = (host: number) => `fd6a:7063:${subnet.toString(16)}::${host}`;
  const veth = {
    host: `${name}h`,
    hostIPv4: ipv4(1),
    hostIPv6: ipv6(1),
    peer: `${name}p`,
    peerIPv4: ipv4(2),
    peerIPv6: ipv6(2),
    namespace: name,
    down: () => ip('link', 'set', veth.host, 'down'),
    up: () => {
      ip('link', 'set', veth.host, 'up');
      untilBothCarry(veth);
    },
    recreate: () => create(veth),
    remove: () => ip('link', 'del', veth.host),
    // The peer goes with its namespace, and the host's end with the peer.
    close: () => ip('netns', 'del', name),
    describe: () => describe([], veth.host) + describe(['-n', name], veth.peer),
  };
  try {
    create(veth);
  } catch (error) {
    veth.close();
    throw error;
  }
  return veth;
}

const subnets = 0x4000;
const namespaceOf = (subnet: number) => `pa${subnet.toString(36)}`;

function reserveSubnet(): number {
  for (;;) {
    const subnet = randomInt(subnets);
    const name = namespaceOf(subnet);
    const { status, stderr, error } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status === 0) return subnet;
    if (!stderr.includes('File exists')) throw new Error(stderr);
  }
}

function create(veth: Veth): void {
  const { host, hostIPv4, hostIPv6, peer, peerIPv4, peerIPv6, namespace } = veth;
  ip('link', 'add', host, 'type', 'veth', 'peer', 'name', peer, 'netns', namespace);
  setUp([], host, hostIPv4, hostIPv6);
  setUp(['-n', namespace], peer, peerIPv4, peerIPv6);
  untilBothCarry(veth);
}

function untilBothCarry({ host, peer, namespace }: Veth): void {
  untilItCarries(['ip'], host);
  untilItCarries(['ip', '-n', namespace], peer);
}

function setUp(where: string[], name: string, ipv4: string, ipv6: string): void {
  ip(...where, 'addr', 'add', `${ipv4}/30`, 'dev', name);
  ip(...where, 'addr', 'add', `${ipv6}/64`, 'dev', name, 'nodad');
  ip(...where, 'link', 'set', name, 'up');
}

function describe(where: string[], name: string): string {
  const views = [
    ['-s', 'link'],
    ['-s', 'neigh'],
  ];
  return views
    .map((view) => spawnSync('ip', [...where, ...view, 'show', 'dev', name], { encoding: 'utf8' }))
    .map(({ stdout, stderr }) => stdout + stderr)
    .join('');
}

export function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * Waits until an interface that is up, and whose other end is, takes packets. The kernel gives it its queue a moment after
 * both ends are up, later where it is busy; until then it takes packets and drops them, and no counter tells.
 * `command` is ip(8), with what leads to the interface's namespace.
 */
export function untilItCarries(command: readonly [string, ...string[]], name: string): void {
  const [program, ...words] = command;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const link = execFileSync(program, [...words, '-o', 'link', 'show', 'dev', name], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    if (/ state UP /.test(link) && !/ qdisc noop /.test(link)) return;
    if (performance.now() > deadline)
      throw new Error(`waited in vain until packets can take ${name}: ${link}`);
  }
}

/** Sends from the namespace; the child process ends when all is sent. */
export function startTraffic(veth: Veth, traffic: Traffic): ChildProcessWithoutNullStreams {
  const script = fileURLToPath(new URL('./traffic.js', import.meta.url));
  const words = ['netns', 'exec', veth.namespace, process.execPath, script, JSON.stringify(traffic)];
  return spawn('ip', words);
}

/** As startTraffic, and resolves when it is sent; rejects where it could not be. */
export function sendTraffic(veth: Veth, traffic: Traffic): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = startTraffic(veth, traffic);
    let complaint = '';
    child.stderr.on('data', (data) => {
      complaint += data;
    });
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`traffic: ${complaint}`))));
  });
}

/** Datagrams of five bytes from this process. */
export async function sendFromHere(target: string, targetPort: number, count: number): Promise<void> {
  const socket = createSocket('udp4');
  // Answers like "port unreachable" are not waited for.
  socket.on('error', () => undefined);
  for (let sent = 0; sent < count; sent++) {
    await new Promise<void>((resolve, reject) =>
      socket.send('hello', targetPort, target, (error) => (error ? reject(error) : resolve())),
    );
  }
  socket.close();
}
