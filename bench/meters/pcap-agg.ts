import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Job, type Meter, numberIn, sumLines, type Totals, wordsOf } from './meter.js';

/** How the program itself is started: the one that was compiled together with these benchmarks. */
export const pcapAgg: readonly string[] = [
  'node',
  fileURLToPath(new URL('../../bundle/main.cjs', import.meta.url)),
];

export const batch: Meter = meter('pcap-agg', 'batch');

/** The same with further arguments, or another build of the program: the path of its bundle. */
export function batchOf(name: string, { words = [], program, names }: BatchOptions): Meter {
  return meter(name, 'batch', program === undefined ? pcapAgg : ['node', program], words, names);
}

interface BatchOptions {
  readonly words?: readonly string[];
  readonly program?: string;
  /** As --names has them; default: none. */
  readonly names?: string;
}

/** The same program with the npm package `cap` as its engine. */
export const cap: Meter = meter('pcap-agg --engine cap', 'cap');

/** As users start it who say nothing of engines. */
export const byDefault: Meter = meter('pcap-agg, by default', 'auto');

function meter(
  name: string,
  engine: 'batch' | 'cap' | 'auto',
  program = pcapAgg,
  words: readonly string[] = [],
  names: string | undefined = undefined,
): Meter {
  // No name look-ups and no labels, for the peers do neither.
  const quiet = ['--datadog-ranges', 'off', ...(names === undefined ? ['-n'] : ['--names', names])];
  return {
    name,
    versionCommand: [...program, '--version'],
    settings:
      '-n --datadog-ranges off (peers look nothing up), --max-flows 1.25 × the flows; offline --interval 0 and NDJSON to a file; live --interval 1h and JSON by UDP to a port on loopback, --rate 200000 so that the last window is out quickly',
    offline: (job, file) => [
      ...program,
      ...words,
      '-r',
      file,
      '--interval',
      '0',
      ...quiet,
      ...maxFlows(job),
      '--to',
      '-',
    ],
    offlineTotals: async (job) => sumRecords(job),
    live: (job, interfaces) => [
      ...program,
      ...words,
      ...interfaces.flatMap((name) => ['-i', name]),
      ...['--engine', engine, '--interval', '1h', '--rate', '200000', ...quiet, ...maxFlows(job)],
      ...['--to', `127.0.0.1:${job.sinkPort}`],
    ],
    liveTotals: async (job) => ledgerTotals(wordsOf(job)),
    end: 'SIGTERM',
  };
}

function maxFlows(job: Job): string[] {
  return ['--max-flows', String(Math.max(262_144, Math.ceil(job.flows * 1.25)))];
}

/** The ledger that it prints when it ends; throws where it does not balance. */
export function ledgerTotals(words: string): Totals {
  if (!/^(pcap-agg: )?(ledger: )?balanced/m.test(words))
    throw new Error(`no balanced ledger in: ${words.slice(-600)}`);
  const dropped = [...words.matchAll(/(\d+) dropped by the kernel/g)];
  return {
    packets: numberIn(words, /(\d+) packets aggregated/, 'packets'),
    flows: numberIn(words, /(\d+) records sent/, 'records'),
    recordsNotSent: numberIn(words, /(\d+) not sent/, 'records not sent'),
    ...(dropped.length === 0
      ? {}
      : { droppedByKernel: dropped.reduce((sum, match) => sum + Number(match[1]), 0) }),
  };
}

/** Sums `count` over the NDJSON records themselves: what the ledger says is not taken on trust. */
export async function sumRecords(job: Job): Promise<Totals> {
  const ledger = ledgerTotals(readFileSync(job.stderr, 'utf8'));
  const records = await sumLines(job.stdout, '"count":', '$2 + 0');
  if (records.packets !== ledger.packets) {
    throw new Error(`records sum up to ${records.packets} packets, the ledger says ${ledger.packets}`);
  }
  return records;
}
