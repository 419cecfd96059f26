/** The program as it watches a names network, with each schema in a file of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finished, type RunningProgram, startProgram } from '../program.js';
import type { Undoing } from '../readers/process.js';
import { nobody } from '../rights.js';
import { until } from '../until.js';
import { lookUp } from './clients.js';
import { type NamedRecord, readRecords } from './named-records.js';
import type { NamesNetwork, Prefix } from './network.js';
import { resolver } from './network.js';

/** What each file's records are. */
const schemas = {
  flows: 'full&biflow=0',
  conversations: 'full',
  legacy: 'legacy',
  ecs: 'ecs',
} as const;

export interface Watcher {
  readonly name: string;
  readonly program: RunningProgram;
  /** Records so far, of `flows` those that tell a direction each. */
  records<What = NamedRecord>(schema?: keyof typeof schemas): readonly What[];
  /** Ends it and waits. */
  stop(): Promise<Finished>;
}

export interface WatcherOptions {
  /** Of the folder that its files are in. */
  readonly name: string;
  /** What it captures or reads, and how. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly prefix?: Prefix;
  /** More of them than `flows`. */
  readonly schemas?: readonly (keyof typeof schemas)[];
}

/**
 * Its windows are a second long, unless `args` says otherwise. It asks the network's resolver for reverse names, unless `args`
 * chooses among names.
 */
export function startWatcher(undoing: Undoing, options: WatcherOptions): Watcher {
  const { name, args, folder, prefix, schemas: more = [] } = options;
  const own = join(folder, name);
  mkdirSync(own);
  chownSync(own, nobody, nobody);
  const file = (schema: string) => join(own, `${schema}.jsonl`);
  const outputs = (['flows', ...more] as const).flatMap((schema) => [
    '--to',
    `file:${file(schema)}?schema=${schemas[schema]}`,
  ]);
  const interval = args.includes('--interval') ? [] : ['--interval', '1s'];
  const names = args.some((word) => ['-n', '--names', '--dns'].includes(word))
    ? []
    : ['--dns', resolver.ipv4];
  const program = startProgram([...args, ...interval, ...names, '--datadog-ranges', 'off', ...outputs], {
    ...(prefix === undefined ? {} : { prefix }),
  });
  undoing.atEnd(() => program.child.kill('SIGKILL'));
  return {
    name,
    program,
    records: <What = NamedRecord>(schema: keyof typeof schemas = 'flows') =>
      existsSync(file(schema)) ? readRecords<What>(file(schema)) : [],
    async stop() {
      program.child.kill('SIGTERM');
      return program.finished;
    },
  };
}

export const untilItCaptures = ({ name, program }: Watcher): Promise<void> =>
  until(`${name} captures`, () => /capturing on|reading stdin/.test(program.stderr()), program.stderr);

/** Resolves when all that has been said so far is in records of each watcher, and in tcpdump's file: a question that is asked after it is. */
export async function untilAllIsTold(
  network: NamesNetwork,
  watchers: readonly Watcher[],
  tcpdump: Tcpdump,
): Promise<void> {
  await lookUp(network, `${marker}.site.example`, { sourcePort: markerPort });
  for (const watcher of watchers) {
    const isTold = () => watcher.records().some(({ source_port }) => source_port === markerPort);
    await until(`${watcher.name} has told everything`, isTold, watcher.program.stderr);
  }
  await until('tcpdump has written everything', () => tcpdump.has(marker));
}

const marker = 'marker';
/** Below those that the kernel chooses. */
const markerPort = 30_000;

export interface Tcpdump {
  /** Whether its file has a packet with `text` in it. */
  has(text: string): boolean;
  /** Ends it; resolves when its file is whole. */
  stop(): Promise<void>;
}

/** tcpdump -w on a names network; resolves when it listens. */
export async function startTcpdump(
  undoing: Undoing,
  { onTap }: NamesNetwork,
  file: string,
  filter = '',
): Promise<Tcpdump> {
  const [command, ...words] = [...onTap, 'tcpdump', '-i', 'eth0', '-U', '-Z', 'root', '-w', file, filter];
  const child = spawn(command!, words);
  undoing.atEnd(() => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until(
    'tcpdump listens',
    () => said.includes('listening on'),
    () => said,
  );
  return {
    has: (text) => readFileSync(file).includes(text),
    async stop() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

export interface PipeOptions extends Pick<WatcherOptions, 'folder' | 'schemas'> {
  /** Of tcpdump. */
  readonly filter?: string;
}

/** The program behind a pipe: tcpdump -U -w - | pcap-agg. */
export function startPipe(
  undoing: Undoing,
  { onTap }: NamesNetwork,
  { filter = '', ...options }: PipeOptions,
): Watcher {
  const watcher = startWatcher(undoing, { ...options, name: 'pipe', args: ['--names', 'traffic'] });
  const [command, ...words] = [...onTap, 'tcpdump', '-i', 'eth0', '-U', '-Z', 'root', '-w', '-', filter];
  const tcpdump = spawn(command!, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  undoing.atEnd(() => tcpdump.kill('SIGKILL'));
  const { stdin } = watcher.program.child;
  // A program that ends closes the pipe.
  stdin.on('error', () => undefined);
  tcpdump.stdout.pipe(stdin);
  return watcher;
}
