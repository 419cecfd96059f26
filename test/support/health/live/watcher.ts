/** The program as it watches a network of health, and a file of the same frames. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClassicPcap } from '../../classic-pcap.js';
import { printedLedgers } from '../../ledger-text.js';
import { readRecords } from '../../names/named-records.js';
import { type Finished, offline, type RunningProgram, startProgram } from '../../program.js';
import type { Undoing } from '../../readers/process.js';
import { until } from '../../until.js';
import type { Place } from './network.js';

/** A record of `full`. */
export interface HealthRecord {
  readonly transport: string;
  readonly source_address: string;
  readonly target_address: string;
  readonly target_port?: number;
  readonly client_ip?: string;
  readonly client_port?: number;
  readonly server_ip?: string;
  readonly server_port?: number;
  readonly [name: string]: unknown;
}

export interface HealthWatcher {
  readonly name: string;
  readonly program: RunningProgram;
  /** Of an output, as it was given; of the first. */
  records<What = HealthRecord>(settings?: string): readonly What[];
  /** How many packets it has taken so far. */
  packets(): Promise<number>;
  stop(): Promise<Finished>;
}

export interface HealthWatcherOptions {
  readonly name: string;
  readonly place: Pick<Place, 'prefix'>;
  /** Default: eth0. */
  readonly device?: string;
  readonly folder: string;
  readonly args?: readonly string[];
  /** Settings behind `?schema=`; default: `full`. */
  readonly outputs?: readonly string[];
}

/** Without what hosts say of the network itself: the first of IPv6 has a header of options. */
export const filter = 'not arp and not (ip6 and (ip6[6] = 0 or (icmp6 and ip6[40] >= 130)))';

/** All is one window, unless `args` says otherwise. */
export async function startHealthWatcher(
  undoing: Undoing,
  options: HealthWatcherOptions,
): Promise<HealthWatcher> {
  const { name, place, device = 'eth0', folder, args = [], outputs = ['full'] } = options;
  const own = join(folder, name.replaceAll(/\W+/g, '-'));
  mkdirSync(own);
  const file = (settings: string) => join(own, `${settings.replaceAll(/\W+/g, '-')}.jsonl`);
  const to = outputs.flatMap((settings) => ['--to', `file:${file(settings)}?schema=${settings}`]);
  const interval = args.includes('--interval') ? [] : ['--interval', '24h'];
  const owners = args.includes('--owners') ? [] : ['--owners', 'off'];
  const program = startProgram(['-i', device, ...args, ...interval, ...owners, ...offline, ...to, filter], {
    prefix: place.prefix,
  });
  undoing.atEnd(() => program.child.kill('SIGKILL'));
  await until(`${name} captures`, () => program.stderr().includes('capturing on'), program.stderr);
  return {
    name,
    program,
    records: <What = HealthRecord>(settings: string = outputs[0]!) =>
      existsSync(file(settings)) ? readRecords<What>(file(settings)) : [],
    async packets() {
      const before = printedLedgers(program.stderr()).length;
      program.child.kill('SIGUSR1');
      await until(`${name} prints its ledger`, () => printedLedgers(program.stderr()).length > before);
      return printedLedgers(program.stderr()).at(-1)!.packets;
    },
    async stop() {
      program.child.kill('SIGINT');
      return program.finished;
    },
  };
}

export interface FrameFile {
  readonly path: string;
  /** How many are in it. */
  frames(): number;
}

/** tcpdump, on the same interface. */
export async function startFrameFile(undoing: Undoing, { prefix }: Place, path: string): Promise<FrameFile> {
  const [command, ...words] = [
    ...prefix,
    'tcpdump',
    '-i',
    'eth0',
    '-U',
    '-s',
    '256',
    '-Z',
    'root',
    '-w',
    path,
  ];
  const tcpdump = spawn(command!, [...words, filter]);
  undoing.atEnd(() => tcpdump.kill());
  let said = '';
  tcpdump.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until(
    'tcpdump listens',
    () => said.includes('listening on'),
    () => said,
  );
  return { path, frames: () => readClassicPcap(readFileSync(path)).frames.length };
}
