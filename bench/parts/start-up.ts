/** What a user waits for before anything happens. */
import { join } from 'node:path';
import type { Bench, Section, Target } from '../bench.js';
import { run } from '../command.js';
import { pcapAgg } from '../meters/pcap-agg.js';
import { failures, pick, rounds } from '../rounds.js';
import { medianOfRuns, type Runs, short, spread, table } from '../statistics.js';
import { writeTraffic } from '../traffic.js';

const RUNS = { quick: 11, full: 31 } as const;

export async function startUp(bench: Bench): Promise<Section> {
  const file = join(bench.directory, 'ten.pcap');
  writeTraffic(file, { mix: 'small', flows: 5, packets: 10 });
  const commands = [
    { name: 'node -e 0', command: ['node', '-e', '0'] },
    { name: 'pcap-agg --version', command: [...pcapAgg, '--version'] },
    {
      name: 'pcap-agg -r ten-packets.pcap',
      command: [...pcapAgg, '-r', file, '-n', '--datadog-ranges', 'off', '--to', '-'],
    },
  ];
  const wallMs = async ({ name, command }: (typeof commands)[number]) => {
    const cost = await run(bench, command, { stderr: join(bench.directory, 'stderr') });
    if (cost.exit !== 0) throw new Error(`${name} failed (${cost.exit})`);
    return cost.wallUs / 1000;
  };
  const outcomes = await rounds(bench, 'start-up', commands, wallMs, bench.quick ? RUNS.quick : RUNS.full);
  const ofName = (name: string) => pick(outcomes, name, (ms) => ms);
  const rows = commands.map(({ name }) => [name, short(medianOfRuns(ofName(name))), spread(ofName(name))]);
  const failed = failures(outcomes);
  const more = (index: number, limit: number): Target => ({
    promise: `${commands[index]!.name}: wall clock above that of node -e 0`,
    limit,
    measured: medianOfRuns(differences(ofName(commands[index]!.name), ofName('node -e 0'))),
    unit: ' ms',
  });
  return {
    title: 'Start-up',
    text: `Wall clock from fork to exit, in ms.\n\n${table(['', 'median', 'runs'], rows)}${failed && `\n\n${failed}`}`,
    targets: [more(1, 40), more(2, 60)],
  };
}

function differences(above: Runs, below: Runs): Runs {
  return above.map((value, index) => {
    const other = below[index];
    return value === undefined || other === undefined ? undefined : value - other;
  });
}
