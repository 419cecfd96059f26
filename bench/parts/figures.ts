/**
 * What figures cost: the program with legacy's records, which need none, beside the same with a schema that needs all of
 * them; and, with --before, beside an earlier build.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { figureNames } from '../../src/flow/tally.js';
import type { Bench, Section, Target } from '../bench.js';
import { run } from '../command.js';
import { valuesOf, writeSchema } from '../figure-values.js';
import { closeLink, openLink } from '../links.js';
import { type LiveRun, measureLive, measureOffline, type OfflineRun, type Phase } from '../measure.js';
import type { Meter } from '../meters/meter.js';
import { batch, batchOf } from '../meters/pcap-agg.js';
import { failures, type Outcome, pick, rounds } from '../rounds.js';
import { count, medianOfRuns, pairedRatio, type Runs, short, spread, table } from '../statistics.js';
import { type Traffic, writeTraffic } from '../traffic.js';

const FEW = 20_000;
const MANY = 1_000_000;
const RATE = 400_000;
const SAMPLE = 10_000;

/** A way to run the program in, and what is asked of all meters there. */
interface Case {
  readonly title: string;
  readonly limit: number;
  readonly cpu: ReadonlyMap<string, Runs>;
  readonly failed: string;
  readonly flowBytes?: ReadonlyMap<string, Runs>;
}

export async function figures(bench: Bench): Promise<Section> {
  const schema = writeSchema(join(bench.directory, 'figures.json'), valuesOf(figureNames));
  const all = batchOf('pcap-agg, all figures', { words: ['--schema', schema, '--no-biflow'] });
  const before = bench.before === undefined ? [] : [batchOf('pcap-agg before', { program: bench.before })];
  const meters = [batch, all, ...before];
  const cases = [
    await offline(bench, meters, { mix: 'average', flows: FEW, packets: 1_000_000 }, 1.25),
    await offline(bench, meters, { mix: 'small', flows: MANY, packets: 4 * MANY }, 1.5),
    ...(await live(bench, meters)),
  ];
  return {
    title: 'Figures',
    text: cases.map((one) => describe(one, meters)).join('\n\n'),
    targets: cases.flatMap((one) => [
      target(one, all, batch, one.limit),
      ...before.map((earlier) => target(one, batch, earlier, 1.02)),
    ]),
  };
}

async function offline(
  bench: Bench,
  meters: readonly Meter[],
  traffic: Traffic,
  limit: number,
): Promise<Case> {
  const title = `offline, ${count(traffic.flows)} flows, ${count(traffic.packets)} packets`;
  const file = join(bench.directory, 'figures.pcap');
  writeTraffic(file, traffic);
  await run(bench, ['cat', file]); // The first reader of a fresh file pays for its pages.
  const measure = (meter: Meter) => measureOffline(bench, meter, file, traffic);
  const runs = bench.quick && traffic.flows === MANY ? 1 : bench.runs;
  const outcomes = await rounds(bench, `figures, ${title}`, meters, measure, runs);
  rmSync(file);
  const cpu = byMeter(meters, outcomes, (result: OfflineRun) => result.cpuNsPerPacket);
  return { title, limit, cpu, failed: failures(outcomes) };
}

async function live(bench: Bench, meters: readonly Meter[]): Promise<Case[]> {
  const link = openLink();
  const measure = async (flows: number, phases: readonly Phase[]) => {
    const measureOne = (meter: Meter) => measureLive(bench, meter, link, flows, phases);
    return rounds(bench, `figures, live, ${count(flows)} flows`, meters, measureOne);
  };
  const cpu = (outcomes: ReadonlyMap<string, Outcome<LiveRun>>) =>
    byMeter(meters, outcomes, (result) => result.cpuNsPerPacket);
  try {
    const few = await measure(FEW, fewPhases(bench));
    const fewFlows = {
      title: `live, ${count(FEW)} flows`,
      limit: 1.25,
      cpu: cpu(few),
      failed: failures(few),
    };
    // A round with a million takes half a minute.
    if (bench.quick) return [fewFlows];
    const many = await measure(MANY, manyPhases(bench));
    const flowBytes = byMeter(meters, many, ({ phases: [sample, all] }) =>
      sample && all ? ((all.residentKib - sample.residentKib) * 1024) / (MANY - SAMPLE) : undefined,
    );
    return [
      fewFlows,
      { title: `live, ${count(MANY)} flows`, limit: 1.5, cpu: cpu(many), failed: failures(many), flowBytes },
    ];
  } finally {
    closeLink(link);
  }
}

function fewPhases(bench: Bench): Phase[] {
  const file = join(bench.directory, 'figures-few.pcap');
  writeTraffic(file, { mix: 'average', flows: FEW, packets: FEW });
  return [
    { file, packetsPerSecond: RATE, seconds: 1, warmsUp: true },
    { file, packetsPerSecond: RATE, seconds: bench.quick ? 1 : 5 },
  ];
}

/** First 10,000 flows, then every flow once, then every flow again. */
function manyPhases(bench: Bench): Phase[] {
  const file = join(bench.directory, 'figures-many.pcap');
  writeTraffic(file, { mix: 'small', flows: MANY, packets: MANY });
  const packetsPerSecond = RATE / 2;
  return [
    { file, packetsPerSecond, packets: SAMPLE, warmsUp: true },
    { file, packetsPerSecond, packets: MANY },
    { file, packetsPerSecond, packets: 2 * MANY },
  ];
}

function byMeter<Result>(
  meters: readonly Meter[],
  outcomes: ReadonlyMap<string, Outcome<Result>>,
  figure: (result: Result) => number | undefined,
): ReadonlyMap<string, Runs> {
  return new Map(meters.map(({ name }) => [name, pick(outcomes, name, figure)]));
}

function describe({ title, cpu, failed, flowBytes }: Case, meters: readonly Meter[]): string {
  const head = ['', 'CPU, ns per packet', 'runs', 'to pcap-agg', ...(flowBytes ? ['bytes per flow'] : [])];
  const rows = meters.map(({ name }) => [
    name,
    short(medianOfRuns(cpu.get(name)!)),
    spread(cpu.get(name)!),
    `${short(pairedRatio(cpu.get(name)!, cpu.get(batch.name)!))}×`,
    ...(flowBytes ? [short(medianOfRuns(flowBytes.get(name)!))] : []),
  ]);
  return `**${title}**\n\n${table(head, rows)}${failed && `\n\nNot completed:\n\n${failed}`}`;
}

function target({ title, cpu }: Case, meter: Meter, other: Meter, limit: number): Target {
  return {
    promise: `CPU per packet of ${meter.name} against ${other.name}, ${title}`,
    limit,
    measured: pairedRatio(cpu.get(meter.name)!, cpu.get(other.name)!),
    unit: '×',
  };
}
