/** Programs of every host, which say by themselves how long an answer took: dig, curl, ping. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Family, HealthNetwork, Place } from './network.js';
import { nowhere, pinged } from './network.js';
import { byPort, type Played } from './play.js';
import { handshake, response } from './scene.js';
import { ports } from './servers.js';
import { closed, tcp } from './stream-scenes.js';

/** A process may wait so long for a core. */
const busyMs = 200;

/** Others than those of scenes. */
const firstPort = 28_000;

export async function playTools(network: HealthNetwork): Promise<readonly Played[]> {
  const both = ['ipv4', 'ipv6'] as const;
  const played = both.flatMap((family, index) => [
    lookUp(network, family, firstPort + index),
    fetchPage(network, family, firstPort + 10 + index),
    ping(network, family),
    pingInVain(network, family),
    sendUnknown(network, family),
  ]);
  return Promise.all(played);
}

/** dig's own time begins a little after its question is on the way. */
async function lookUp({ client, server }: HealthNetwork, family: Family, port: number): Promise<Played> {
  const own = `${client[family]}#${port}`;
  const words = ['+noedns', '+tries=1', '+time=10', '-b', own, `@${server[family]}`, 'known.example'];
  const fromMs = performance.now();
  const said = await run(client, 'dig', words);
  const tookUs = (performance.now() - fromMs) * 1_000;
  // In milliseconds; on a busy host, it may lie some way from what passed the wire.
  const saidMs = Number(/Query time: (\d+) msec/.exec(said)![1]);
  return {
    ...{
      name: `dig, ${family}`,
      isOf: byPort('udp', client[family], port),
      figures: { outcome: 'answered' },
    },
    times: (delays) => response(Math.min(tookUs, (saidMs + busyMs) * 1_000), delays),
  };
}

async function fetchPage({ client, server }: HealthNetwork, family: Family, port: number): Promise<Played> {
  const host = family === 'ipv4' ? server.ipv4 : `[${server.ipv6}]`;
  const words = [
    '-s',
    '-o',
    '/dev/null',
    '--local-port',
    `${port}`,
    '-w',
    '%{time_connect} %{time_starttransfer}',
  ];
  const said = await run(client, 'curl', [...words, `http://${host}:${ports.web}/`]);
  const [askedUs = 0, answeredUs = 0] = said.split(' ').map((seconds) => Number(seconds) * 1_000_000);
  return {
    ...{ name: `curl, ${family}`, isOf: byPort('tcp', client[family], port) },
    figures: tcp('SF', 'closed', closed, closed),
    times: (delays) => {
      const { appl_latency_us } = response(answeredUs - askedUs, delays);
      return { ...handshake(answeredUs - appl_latency_us![0], delays), appl_latency_us: appl_latency_us! };
    },
  };
}

/** ping tells three digits. */
async function ping({ client }: HealthNetwork, family: Family): Promise<Played> {
  const said = await run(client, 'ping', ['-n', '-c', '1', pinged[family]]);
  const tookUs = Number(/time=([\d.]+) ms/.exec(said)![1]) * 1_000;
  return {
    ...{
      name: `ping, ${family}`,
      isOf: isEcho(client[family], pinged[family]),
      figures: { outcome: 'answered' },
    },
    times: ({ serverUs }) => ({ appl_latency_us: [Math.max(1, serverUs * 0.999), tookUs * 1.005 + 1] }),
  };
}

async function pingInVain({ client }: HealthNetwork, family: Family): Promise<Played> {
  const target = nowhere.silent[family];
  await run(client, 'ping', ['-n', '-c', '1', '-W', '1', target]).catch(() => undefined);
  return {
    ...{ name: `ping in vain, ${family}`, isOf: isEcho(client[family], target) },
    ...{ figures: { outcome: 'unanswered' }, times: () => ({}) },
  };
}

/** RFC 3692: of experiments, and nobody's. */
const unknownProtocol = 253;

async function sendUnknown({ client, server }: HealthNetwork, family: Family): Promise<Played> {
  const script = `from socket import *
socket(AF_INET${family === 'ipv6' ? '6' : ''}, SOCK_RAW, ${unknownProtocol}).sendto(b'what', ('${server[family]}', 0))`;
  await run(client, 'python3', ['-c', script]);
  return {
    name: `a protocol that nobody knows, ${family}`,
    isOf: ({ client_ip, protocol }) => protocol === unknownProtocol && client_ip === client[family],
    figures: { outcome: 'refused', icmp_error: 'protocol-unreachable' },
    times: () => ({}),
  };
}

/** Type 8 of ICMP, 128 of ICMPv6. */
const isEcho =
  (client: string, server: string): Played['isOf'] =>
  ({ client_ip, server_ip, icmp_type }) =>
    client_ip === client && server_ip === server && (icmp_type === 8 || icmp_type === 128);

async function run({ prefix }: Place, command: string, words: readonly string[]): Promise<string> {
  const [first, ...rest] = [...prefix, command, ...words];
  return (await promisify(execFile)(first!, rest)).stdout;
}
