import { type Job, type Meter, numberIn, type Totals, wordsOf } from './meter.js';

/** nfdump's capture daemon: https://github.com/phaag/nfdump */
export const nfpcapd: Meter = {
  name: 'nfpcapd',
  versionCommand: ['nfpcapd', '-V'],
  settings:
    '-B 2 × the flows where that is more than its default cache of 524,288; writes its files to a directory',
  offline: (job, file) => [...common(job), '-r', file],
  offlineTotals: totals,
  live: (job, [first]) => [...common(job), '-i', first!],
  liveTotals: totals,
  end: 'SIGTERM',
};

function common(job: Job): string[] {
  return ['nfpcapd', '-w', job.directory, '-B', String(Math.max(524_288, 2 * job.flows))];
}

async function totals(job: Job): Promise<Totals> {
  const words = wordsOf(job);
  const flows = [...words.matchAll(/Flows: (\d+), Packets:/g)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  const dropped = [...words.matchAll(/dropped by OS\/Buffer: (\d+)/g)].at(-1)?.[1];
  return {
    packets: numberIn(words, /Total: Processed: (\d+)/, 'packets'),
    flows,
    ...(dropped === undefined ? {} : { droppedByKernel: Number(dropped) }),
  };
}
