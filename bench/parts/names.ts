/** What names from the traffic cost: nothing where nobody asks for them, and little where somebody does. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Section, Target } from '../bench.js';
import { run } from '../command.js';
import { closeLink, openLink } from '../links.js';
import { type LiveRun, measureLive, measureOffline, type Phase } from '../measure.js';
import type { Meter } from '../meters/meter.js';
import { batch, batchOf, pcapAgg } from '../meters/pcap-agg.js';
import { nameReaders } from '../name-readers.js';
import { failures, type Outcome, pick, rounds } from '../rounds.js';
import {
  count,
  medianDifference,
  medianOfRuns,
  pairedRatio,
  type Runs,
  short,
  spread,
  table,
} from '../statistics.js';
import { type Mix, mixWords, writeTraffic } from '../traffic.js';

const RATE = 200_000;
const LIVE_FLOWS = 5_000;
const FLOWS = 20_000;
const PACKETS = 1_000_000;
const PAIRS = 21;
/** Of one program in one case: as many of the pairs as fit. */
const BUDGET_SECONDS = 120;

const named = batchOf('pcap-agg --names traffic', { names: 'traffic' });

export async function names(bench: Bench): Promise<Section> {
  const before = bench.before === undefined ? [] : [batchOf('pcap-agg before', { program: bench.before })];
  const live = await liveCases(bench);
  const replay = await replayCase(bench, [batch, ...before, named]);
  const start = await startCase(bench);
  const readers = nameReaders(bench);
  return {
    title: 'Names',
    text: [live.text, replay.text, start.text, readers].join('\n\n'),
    targets: [...live.targets, ...replay.targets, ...start.targets],
  };
}

interface Part {
  readonly text: string;
  readonly targets: readonly Target[];
}

async function liveCases(bench: Bench): Promise<Part> {
  const link = openLink();
  const rows: string[][] = [];
  const targets: Target[] = [];
  let failed = '';
  try {
    for (const mix of ['small', 'average'] as const) {
      const file = join(bench.directory, 'names-live.pcap');
      writeTraffic(file, { mix, flows: LIVE_FLOWS, packets: LIVE_FLOWS });
      const phases: Phase[] = [
        { file, packetsPerSecond: RATE, seconds: 1, warmsUp: true },
        { file, packetsPerSecond: RATE, seconds: bench.quick ? 2 : 4 },
      ];
      const measure = (meter: Meter) => measureLive(bench, meter, link, LIVE_FLOWS, phases);
      const runs = bench.quick ? 5 : 11;
      const outcomes = await rounds(
        bench,
        `names, live, ${mix}`,
        [batch, named],
        measure,
        runs,
        BUDGET_SECONDS,
      );
      rows.push(...[kernelNs, ownNs].map((figure) => liveRow(mix, outcomes, figure)));
      targets.push(...liveTargets(mix, outcomes));
      failed += failures(outcomes);
    }
  } finally {
    closeLink(link);
  }
  const head = ['ns per packet', 'names off', 'runs', 'on', 'runs', 'more'];
  return {
    text: `**Live**, engine batch, ${count(LIVE_FLOWS)} flows, ${count(RATE)} packets a second of which none has a name. The kernel's share is in the CPU time of the sender, which on a veth pair does the work of receiving too; "more" is the median of the differences of runs that followed each other.\n\n${table(head, rows)}${failed}`,
    targets,
  };
}

type Outcomes = ReadonlyMap<string, Outcome<LiveRun>>;
type LiveFigure = (run: LiveRun) => number;

/** Of the last phase: the first one warms up. */
const kernelNs: LiveFigure = ({ phases }) => phases.at(-1)!.senderCpuNs / phases.at(-1)!.sent;
const ownNs: LiveFigure = ({ cpuNsPerPacket }) => cpuNsPerPacket;

function liveRow(mix: Mix, outcomes: Outcomes, figure: LiveFigure): string[] {
  const [off, on] = [batch, named].map(({ name }) => pick(outcomes, name, figure)) as [Runs, Runs];
  const whose = figure === kernelNs ? 'sender and kernel' : 'pcap-agg';
  const cells = [off, on].flatMap((runs) => [short(medianOfRuns(runs)), spread(runs)]);
  return [`${whose}, ${mixWords[mix]}`, ...cells, short(medianDifference(on, off))];
}

function liveTargets(mix: Mix, outcomes: Outcomes): Target[] {
  const more = (figure: LiveFigure) =>
    medianDifference(pick(outcomes, named.name, figure), pick(outcomes, batch.name, figure));
  const promise = (whose: string) => `names on against off, live, ${whose} CPU per packet, ${mixWords[mix]}`;
  return [
    { promise: promise("the kernel's"), limit: 100, measured: more(kernelNs), unit: ' ns' },
    { promise: promise("pcap-agg's"), limit: 5, measured: more(ownNs), unit: ' ns' },
  ];
}

async function replayCase(bench: Bench, meters: readonly Meter[]): Promise<Part> {
  const file = join(bench.directory, 'names.pcap');
  const traffic = { mix: 'average', flows: FLOWS, packets: PACKETS } as const;
  writeTraffic(file, traffic);
  await run(bench, ['cat', file]); // The first reader of a fresh file pays for its pages.
  const measure = (meter: Meter) => measureOffline(bench, meter, file, traffic);
  const outcomes = await rounds(bench, 'names, replay', meters, measure, PAIRS, BUDGET_SECONDS);
  rmSync(file);
  const cpu = ({ name }: Meter) => pick(outcomes, name, (result) => result.cpuNsPerPacket);
  const rows = meters.map((meter) => [
    meter.name,
    short(medianOfRuns(cpu(meter))),
    spread(cpu(meter)),
    `${short(pairedRatio(cpu(meter), cpu(batch)))}×`,
  ]);
  const head = ['', 'CPU, ns per packet', 'runs', 'to pcap-agg'];
  const before = meters.find(({ name }) => name === 'pcap-agg before');
  return {
    text: `**Replay** of ${count(PACKETS)} packets of 650 bytes on average, ${count(FLOWS)} flows, ${PAIRS} runs in turn\n\n${table(head, rows)}${failures(outcomes)}`,
    targets:
      before === undefined
        ? []
        : [
            {
              promise: 'CPU per packet of pcap-agg -n against before names, replay',
              limit: 1.02,
              measured: pairedRatio(cpu(batch), cpu(before)),
              unit: '×',
            },
          ],
  };
}

/** Ten packets: what is not asked for must not be loaded. */
async function startCase(bench: Bench): Promise<Part> {
  const file = join(bench.directory, 'names-ten.pcap');
  writeTraffic(file, { mix: 'small', flows: 5, packets: 10 });
  const programs = [
    { name: 'pcap-agg -n', command: [...pcapAgg, '-n'] },
    ...(bench.before === undefined ? [] : [{ name: 'before', command: ['node', bench.before, '-n'] }]),
    { name: 'pcap-agg --names traffic', command: [...pcapAgg, '--names', 'traffic'] },
  ];
  const wallMs = async ({ name, command }: (typeof programs)[number]) => {
    const cost = await run(bench, [...command, '-r', file, '--datadog-ranges', 'off', '--to', '-']);
    if (cost.exit !== 0) throw new Error(`${name} failed (${cost.exit})`);
    return cost.wallUs / 1_000;
  };
  const outcomes = await rounds(bench, 'names, start', programs, wallMs, PAIRS);
  const ms = (name: string) => pick(outcomes, name, (value) => value);
  const rows = programs.map(({ name }) => [name, short(medianOfRuns(ms(name))), spread(ms(name))]);
  return {
    text: `**Start**: wall clock of \`-r ten-packets.pcap\`, ms\n\n${table(['', 'median', 'runs'], rows)}${failures(outcomes)}`,
    targets:
      bench.before === undefined
        ? []
        : [
            {
              promise: 'wall clock of pcap-agg -n -r ten-packets.pcap against before names',
              limit: 1.02,
              measured: pairedRatio(ms('pcap-agg -n'), ms('before')),
              unit: '×',
            },
          ],
  };
}
