/**
 * Connections over a link, watched on both sides of it: by the program, live, and by tcpdump, whose file is read by others. A side sees
 * what its own host sends before the link has done anything to it, and what the other host sends as it comes out of the link.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Label } from '../../support/link/labels.js';
import { type LinkCounts, type LinkOptions, openLink } from '../../support/link/link.js';
import { type SentAgain, startTaker, type TakeOptions, type Talks } from '../../support/link/talks.js';
import { readRecords } from '../../support/names/named-records.js';
import type { Host } from '../../support/owners/hosts.js';
import { wrongEnding } from '../../support/owners/program.js';
import { startProgram } from '../../support/program.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import { inOrder } from './truth.js';

export interface Scene {
  readonly name: string;
  readonly link: LinkOptions;
  readonly talks: Talks;
  readonly family?: 4 | 6;
  readonly receiveBuffer?: number;
  /** Of /proc/sys/net/ipv4, on both hosts. */
  readonly kernel?: Readonly<Record<string, string>>;
}

/** A record of `full`: a conversation. */
export interface HealthRecord {
  readonly transport: string;
  readonly client_port?: number;
  readonly server_port?: number;
  readonly handshake_rtt_us?: number;
  readonly server_nw_latency_us?: number;
  readonly client_nw_latency_us?: number;
  readonly appl_latency_us?: number;
  readonly [name: string]: unknown;
}

export interface Side {
  readonly name: 'here' | 'elsewhere';
  /** The direction whose packets come out of the link here: see Label. */
  readonly arriving: 0 | 1;
  /** A classic pcap file of raw IP, the headers of each packet. */
  readonly capture: string;
  /** What the program said of it live. */
  readonly records: readonly HealthRecord[];
}

export interface Seen {
  readonly sides: readonly Side[];
  readonly labels: readonly Label[];
  readonly counts: LinkCounts;
  readonly made: ReadonlyMap<number, SentAgain>;
  readonly taken: ReadonlyMap<number, SentAgain>;
  readonly isOffloading: boolean;
  /** Of the programs' endings. */
  readonly wrong: readonly string[];
}

/** At which connections are taken. */
export const port = 5_000;
/** Long enough for headers with all options that the kernels send. */
const headerBytes = 128;

export async function play(ground: Ground, scene: Scene): Promise<Seen> {
  const { link: options, talks, family, receiveBuffer, kernel = {} } = scene;
  const link = await openLink(ground, options);
  for (const host of [link.here, link.elsewhere]) setKernel(host, kernel);
  const taking: TakeOptions = {
    port,
    ...(family === undefined ? {} : { family }),
    ...(receiveBuffer === undefined ? {} : { receiveBuffer }),
  };
  const taker = await startTaker(ground, link.elsewhere, taking);
  const here = await watch(ground, link.here, 'here', link.device);
  const elsewhere = await watch(ground, link.elsewhere, 'elsewhere', link.device);
  await taker.make(link.here, talks);
  await until('both ends are over', () => taker.taken().size === talks.count);
  await until('nothing is on the link', async () => (await link.counts()).waiting === 0);
  // Kernels send keep-alives and the like whenever they are due.
  for (let known = -1; link.labels().length > known; ) {
    const labels = link.labels();
    known = labels.length;
    for (const side of [here, elsewhere]) await side.catchUp(labels);
  }
  const counts = await link.stop();
  const sides = [await here.stop(), await elsewhere.stop()];
  return {
    isOffloading: options.offloading ?? false,
    ...{ labels: link.labels(), counts, made: taker.made(), taken: taker.taken() },
    sides: sides.map(({ side }) => side),
    wrong: sides.flatMap(({ wrong }) => wrong),
  };
}

function setKernel({ prefix }: Host, settings: Readonly<Record<string, string>>): void {
  const [command, ...words] = prefix;
  for (const [name, value] of Object.entries(settings))
    execFileSync(command, [...words, 'sh', '-c', `echo "$2" > "/proc/sys/net/ipv4/$1"`, 'sh', name, value]);
}

interface Watching {
  /** Resolves when all segments of these labels that the side has seen are captured. */
  catchUp(labels: readonly Label[]): Promise<void>;
  stop(): Promise<{ readonly side: Side; readonly wrong: readonly string[] }>;
}

/** The frames that a classic pcap file of this machine's byte order holds so far. */
function countFrames(capture: string): number {
  const bytes = readFileSync(capture);
  let frames = 0;
  for (let at = 24; at + 16 <= bytes.length; frames++) at += 16 + bytes.readUInt32LE(at + 8);
  return frames;
}

async function watch(ground: Ground, host: Host, name: Side['name'], device: string): Promise<Watching> {
  const folder = join(ground.folder, name);
  mkdirSync(folder);
  const [capture, records] = [join(folder, 'packets.pcap'), join(folder, 'records.jsonl')];
  const arriving = name === 'here' ? 1 : 0;
  const tcpdump = await startTcpdump(ground, host, device, capture);
  const program = startProgram(
    [
      ...['-i', device, '--interval', '24h', '--buffer', '64'],
      ...['-n', '--datadog-ranges', 'off', '--to', `file:${records}?schema=full&biflow=1`, 'tcp'],
    ],
    { prefix: host.prefix },
  );
  ground.atEnd(() => program.child.kill('SIGKILL'));
  await until('the program captures', () => program.stderr().includes('capturing on'), program.stderr);
  const received = async () => {
    const ledgers = () => [...program.stderr().matchAll(/^pcap-agg: (\d+) frames received/gm)];
    const before = ledgers().length;
    program.child.kill('SIGUSR1');
    await until('the ledger is told', () => ledgers().length > before, program.stderr);
    return Number(ledgers().at(-1)![1]);
  };
  return {
    async catchUp(labels) {
      const frames = inOrder(labels, arriving, true).length + inOrder(labels, 1 - arriving, false).length;
      await until('tcpdump has all', () => countFrames(capture) >= frames);
      await until('the program has all', async () => (await received()) >= frames);
    },
    async stop() {
      program.child.kill('SIGTERM');
      const ending = await program.finished;
      const lost = /^(?!0)\d+ packets? dropped by kernel$/m.exec(await tcpdump());
      return {
        side: {
          ...{ name, capture, arriving },
          records: readRecords<HealthRecord>(records),
        },
        wrong: [...wrongEnding(name, ending), ...(lost === null ? [] : [`${name}: tcpdump lost ${lost[0]}`])],
      };
    },
  };
}

/** Resolves when it captures, to what ends it and resolves to what it has said. */
async function startTcpdump(
  ground: Ground,
  { prefix }: Host,
  device: string,
  capture: string,
): Promise<() => Promise<string>> {
  const [command, ...words] = prefix;
  const options = [
    '-n',
    '-U',
    '-i',
    device,
    '-s',
    String(headerBytes),
    '-B',
    '65536',
    '-Z',
    'root',
    '-w',
    capture,
  ];
  const child = spawn(command, [...words, 'tcpdump', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  ground.atEnd(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await until(
    'tcpdump captures',
    () => said.includes('listening on'),
    () => said,
  );
  return async () => {
    child.kill('SIGTERM');
    await ended;
    return said;
  };
}
