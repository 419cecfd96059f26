/** Two namespaces with addresses, and real TCP connections from the receiver's, where pcap-agg runs, to the sender's. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Bench } from './bench.js';
import { outputOf, remember } from './command.js';
import type { Link } from './links.js';

/** RFC 2544's, as nothing else has them. */
const CLIENT = '198.18.7.1';
const SERVER = '198.18.7.2';
/** The first of those that the server listens at; not among the ports that clients get. */
const PORT = 21_000;

export interface Made {
  readonly made: number;
  readonly failed: number;
  readonly latestUs: number;
}

export interface MakeOptions {
  readonly perSecond: number;
  readonly seconds: number;
  readonly lifeMs: number;
  /** What the client is started by, for one in a control group of its own. */
  readonly prefix?: readonly string[];
}

/** Lets TCP work over the link's first pair. */
export function giveAddresses({ senderNamespace, receiverNamespace, interfaces }: Link): void {
  for (const [namespace, address] of [
    [receiverNamespace, CLIENT],
    [senderNamespace, SERVER],
  ] as const) {
    const ip = (...words: string[]) => execFileSync('ip', ['-n', namespace, ...words]);
    ip('address', 'add', `${address}/30`, 'dev', interfaces[0]!);
    ip('link', 'set', interfaces[0]!, 'arp', 'on');
  }
}

/** Resolves when it takes connections. */
export function startServer(bench: Bench, { senderNamespace }: Link): Promise<ChildProcess> {
  return started(senderNamespace, [bench.tools.connections, '-l', SERVER, String(PORT)]);
}

/** Connections that stay until it is killed; resolves when they are open. */
export function keepConnections(bench: Bench, link: Link, count: number): Promise<ChildProcess> {
  const words = ['-k', String(count), '-t', '86400', SERVER, String(PORT)];
  return started(link.receiverNamespace, [bench.tools.connections, ...words]);
}

export async function makeConnections(
  bench: Bench,
  { receiverNamespace }: Link,
  { perSecond, seconds, lifeMs, prefix = [] }: MakeOptions,
): Promise<Made> {
  const words = ['-r', String(perSecond), '-t', String(seconds), '-m', String(lifeMs), SERVER, String(PORT)];
  const command = [...prefix, bench.tools.connections, ...words];
  const output = await outputOf([...within(receiverNamespace), ...command]);
  const made = JSON.parse(output.trim().split('\n').at(-1)!) as Made;
  if (made.failed > made.made / 20) throw new Error(`${made.failed} of ${made.made} connections failed`);
  return made;
}

async function started(namespace: string, command: readonly string[]): Promise<ChildProcess> {
  const [program, ...words] = [...within(namespace), ...command];
  const child = remember(spawn(program!, words, { stdio: ['ignore', 'pipe', 'inherit'] }));
  for await (const _ of createInterface({ input: child.stdout! })) return child;
  throw new Error(`${command.join(' ')} ended without a word`);
}

/** With our mounts: control groups are among them. */
const within = (namespace: string): string[] => ['nsenter', `--net=/run/netns/${namespace}`];
