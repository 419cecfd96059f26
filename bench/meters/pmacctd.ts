import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Job, type Meter, sumLines, type Totals, wordsOf } from './meter.js';

/** Accounting daemon, a core and a plugin process: http://www.pmacct.net */
export const pmacctd: Meter = {
  name: 'pmacctd',
  versionCommand: ['pmacctd', '-V'],
  settings:
    'print plugin, one CSV file at the end; print_cache_entries a prime from flows / 7.5 on, as its manual says, at least its default of 16,411; a pipe of 256 MiB with buffers of 256 KiB, so that the plugin misses nothing. It sleeps several seconds at start and end: compare its CPU, not its wall clock',
  offline: (job, file) => ['pmacctd', '-f', configuration(job), '-I', file],
  offlineTotals: totals,
  live: (job, [first]) => ['pmacctd', '-f', configuration(job), '-i', first!],
  liveTotals: totals,
  end: 'SIGINT',
};

function configuration(job: Job): string {
  const path = join(job.directory, 'pmacctd.conf');
  const lines = [
    'daemonize: false',
    'plugins: print[all]',
    'aggregate[all]: src_host, dst_host, src_port, dst_port, proto',
    'print_output[all]: csv',
    `print_output_file[all]: ${table(job)}`,
    'print_refresh_time[all]: 3600',
    `print_cache_entries[all]: ${primeFrom(Math.max(16_411, Math.ceil(job.flows / 7.5)))}`,
    'plugin_pipe_size[all]: 268435456',
    'plugin_buffer_size[all]: 262144',
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function table(job: Job): string {
  return join(job.directory, 'pmacctd.csv');
}

async function totals(job: Job): Promise<Totals> {
  const sums = await sumLines(table(job), ',', '$(NF - 1)', 1);
  const dropped = /dropped_packets=(\d+)/.exec(wordsOf(job))?.[1];
  return { ...sums, ...(dropped === undefined ? {} : { droppedByKernel: Number(dropped) }) };
}

function primeFrom(start: number): number {
  for (let candidate = start | 1; ; candidate += 2) if (isPrime(candidate)) return candidate;
}

function isPrime(odd: number): boolean {
  for (let divisor = 3; divisor * divisor <= odd; divisor += 2) if (odd % divisor === 0) return false;
  return true;
}
