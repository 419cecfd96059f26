import { join } from 'node:path';
import { outputOf } from '../command.js';
import { type Job, type Meter, numberIn, wordsOf } from './meter.js';

/** NetFlow exporter: https://github.com/irino/softflowd */
export const softflowd: Meter = {
  name: 'softflowd',
  versionCommand: ['softflowd', '-h'],
  settings:
    '-m 1.25 × the flows (its default of 8,192 would throw flows out), -v 9 (needed for IPv6), exports to a UDP port on loopback; each way of a conversation shares one entry, here every flow goes one way',
  offline: (job, file) => [...common(job), '-r', file],
  offlineTotals: async (job) => {
    const words = wordsOf(job);
    return {
      packets: numberIn(words, /^Packets processed: (\d+)/, 'packets'),
      flows: numberIn(words, /^Flows expired: (\d+)/, 'flows'),
    };
  },
  live: (job, [first]) => [...common(job), '-d', '-i', first!],
  liveTotalsBeforeEnd: async (job) => {
    const words = await outputOf(['softflowctl', '-c', control(job), 'statistics']);
    return {
      packets: numberIn(words, /^Packets processed: (\d+)/, 'packets'),
      flows: numberIn(words, /^Number of active flows: (\d+)/, 'flows'),
      droppedByKernel: numberIn(words, /^Packets dropped by libpcap: (\d+)/, 'drops'),
    };
  },
  end: (job) => ['softflowctl', '-c', control(job), 'shutdown'],
};

function common(job: Job): string[] {
  const files = ['-c', control(job), '-p', join(job.directory, 'pid')];
  return [
    'softflowd',
    ...files,
    '-m',
    String(Math.ceil(job.flows * 1.25)),
    '-v',
    '9',
    '-n',
    `127.0.0.1:${job.sinkPort}`,
  ];
}

function control(job: Job): string {
  return join(job.directory, 'control');
}
