/** The program as it watches a host whose sockets have owners, and what its records say of them. */
import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRecords } from '../names/named-records.js';
import { type Finished, type RunningProgram, startProgram } from '../program.js';
import type { Undoing } from '../readers/process.js';
import { nobody } from '../rights.js';
import { until } from '../until.js';

/** A record of `full`. */
export interface OwnedRecord {
  readonly source_ip: string;
  readonly source_port: number;
  readonly target_ip: string;
  readonly target_port: number;
  readonly transport: string;
  readonly client_ip?: string;
  readonly client_port?: number;
  readonly window_start_us: number;
  readonly owner?: string;
  readonly owner_missing?: string;
  readonly [name: string]: unknown;
}

export interface OwnersWatcher {
  readonly name: string;
  readonly program: RunningProgram;
  /** Of each output, as it was given: "full&biflow=0". */
  records<What = OwnedRecord>(settings?: string): readonly What[];
  stop(): Promise<Finished>;
}

export interface OwnersWatcherOptions {
  /** Of the folder that its files are in. */
  readonly name: string;
  readonly args: readonly string[];
  readonly prefix: readonly string[];
  readonly folder: string;
  /** See installProgram; default: the one that was compiled with the tests. */
  readonly installed?: string;
  /** Default: `directions`. */
  readonly outputs?: readonly string[];
}

/** A record tells one direction. */
export const directions = 'full&biflow=0';

/** It becomes nobody. Windows are a second long unless `args` says otherwise. */
export function startOwnersWatcher(undoing: Undoing, options: OwnersWatcherOptions): OwnersWatcher {
  const { name, args, prefix, folder, installed, outputs = [directions] } = options;
  const own = join(folder, name.replaceAll(/\W+/g, '-'));
  mkdirSync(own);
  chownSync(own, nobody, nobody);
  const file = (settings: string) => join(own, `${settings.replaceAll(/\W+/g, '-')}.jsonl`);
  const to = outputs.flatMap((settings) => ['--to', `file:${file(settings)}?schema=${settings}`]);
  const interval = args.includes('--interval') ? [] : ['--interval', '1s'];
  const program = startProgram(
    [...args, ...interval, '-n', '--datadog-ranges', 'off', '-Z', 'nobody', ...to],
    { prefix, ...(installed === undefined ? {} : { program: installed }) },
  );
  undoing.atEnd(() => program.child.kill('SIGKILL'));
  return {
    name,
    program,
    records: <What = OwnedRecord>(settings: string = outputs[0]!) =>
      existsSync(file(settings)) ? readRecords<What>(file(settings)) : [],
    async stop() {
      program.child.kill('SIGTERM');
      return program.finished;
    },
  };
}

export const untilItWatches = ({ name, program }: OwnersWatcher): Promise<void> =>
  until(`${name} captures`, () => program.stderr().includes('capturing on'), program.stderr);

/** Empty where it ended well and accounts for every frame. */
export function wrongEnding(name: string, { exitCode, stderr }: Finished): readonly string[] {
  return [
    ...(exitCode === 0 ? [] : [`${name} ended with ${exitCode}: ${stderr}`]),
    ...(/^pcap-agg: balanced$/m.test(stderr) ? [] : [`${name} is not balanced: ${stderr}`]),
  ];
}

/** When the last window began of which there are records; 0 where there are none. */
export const lastWindow = (watcher: OwnersWatcher): number =>
  Math.max(0, ...watcher.records().map(({ window_start_us }) => window_start_us));
