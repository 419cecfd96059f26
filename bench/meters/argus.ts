import { join } from 'node:path';
import { outputOf } from '../command.js';
import { type Job, type Meter, numberIn, type Totals } from './meter.js';

/** Audit record generator: https://openargus.org */
export const argus: Meter = {
  name: 'argus',
  versionCommand: ['argus', '-h'],
  settings: '-X (no configuration file), writes its records to a file; racount sums them afterwards',
  offline: (job, file) => ['argus', '-X', '-r', file, '-w', records(job)],
  offlineTotals: totals,
  live: (job, [first]) => ['argus', '-X', '-i', first!, '-w', records(job)],
  liveTotals: totals,
  end: 'SIGINT',
};

function records(job: Job): string {
  return join(job.directory, 'argus.out');
}

/** Its records are several a flow (one per minute and state), so they say nothing of the number of flows. */
async function totals(job: Job): Promise<Totals> {
  const words = await outputOf(['racount', '-r', records(job)]);
  return { packets: numberIn(words, /^\s*sum\s+\d+\s+(\d+)/, 'packets') };
}
