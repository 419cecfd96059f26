import { type Meter, numberIn, sumLines, wordsOf } from './meter.js';

/** What reading or capturing alone costs: tcpdump meters nothing. https://www.tcpdump.org */
export const tcpdump: Meter = {
  name: 'tcpdump -w /dev/null',
  versionCommand: ['tcpdump', '--version'],
  settings: 'live with -s 128; it copies packets and does nothing else with them',
  offline: (_job, file) => ['tcpdump', '-r', file, '-w', '/dev/null'],
  live: (_job, [first]) => ['tcpdump', '-n', '-i', first!, '-s', '128', '-w', '/dev/null'],
  liveTotals: async (job) => ({
    packets: numberIn(wordsOf(job), /^(\d+) packets captured/, 'packets'),
    droppedByKernel: numberIn(wordsOf(job), /^(\d+) packets dropped by kernel/, 'drops'),
  }),
  end: 'SIGINT',
};

/** The text that a script behind tcpdump has to read, without the script. */
export const tcpdumpText: Meter = {
  name: 'tcpdump -nn -tttt',
  versionCommand: ['tcpdump', '--version'],
  settings: 'writes its text to a file; what a script would then do with the text is not in it',
  offline: (_job, file) => ['tcpdump', '-nn', '-tttt', '-r', file],
  // Of some packets it prints more than one line; only the first has a date.
  offlineTotals: async (job) => ({ packets: (await sumLines(job.stdout, ',', '/^[0-9]+-/')).packets }),
  end: 'SIGINT',
};
