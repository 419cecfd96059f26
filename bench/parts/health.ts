/** What it costs to tell how well flows go: in the loop over frames, and live, beside softflowd. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Bench, Section, Target } from '../bench.js';
import { outputOf } from '../command.js';
import { otherFigures, valuesOf, valuesOfHealth, writeSchema } from '../figure-values.js';
import { type Phase, type PhaseFigures, SETTLE_MS } from '../measure.js';
import type { Meter } from '../meters/meter.js';
import { batch, pcapAgg } from '../meters/pcap-agg.js';
import { softflowd } from '../meters/softflowd.js';
import { failures, type Outcome, pick, rounds } from '../rounds.js';
import { Standing } from '../side-by-side.js';
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
import { projectRoot } from '../tools.js';
import { writeTraffic } from '../traffic.js';

const FLOWS = 5_000;
const RATE = 400_000;
/** The default. Each run is as long, so that just one window is closed, encoded and sent in it. */
const INTERVAL_SECONDS = 20;
/** Until then V8 compiles what runs often: also what closes, encodes and sends a window, of which two end in it. */
const WARM_UP_SECONDS = 45;

interface Part {
  readonly text: string;
  readonly targets: readonly Target[];
}

export async function health(bench: Bench): Promise<Section> {
  const loop = await loopCase(bench);
  const live = await liveCase(bench);
  return {
    title: 'Health',
    text: [loop.text, live.text].join('\n\n'),
    targets: [...loop.targets, ...live.targets],
  };
}

/** Arguments of bench/frame-loop.ts, and what they stand for. */
const asked = {
  '': 'nothing',
  health: 'health',
  others: 'all figures but health',
  all: 'all figures',
} as const;
type Asked = keyof typeof asked;
const loopLimits = [
  [5_000, 10],
  [200_000, 25],
] as const;

async function loopCase(bench: Bench): Promise<Part> {
  const program = bundleLoop(bench);
  const rows: string[][] = [];
  const targets: Target[] = [];
  let failed = '';
  for (const [flows, limit] of loopLimits) {
    const subjects = (Object.keys(asked) as Asked[]).map((name) => ({ name }));
    const measure = ({ name }: { name: Asked }) => leastNs(program, flows, name);
    const runs = bench.quick ? 3 : 7;
    const outcomes = await rounds(
      bench,
      `health, frame loop, ${count(flows)} flows`,
      subjects,
      measure,
      runs,
    );
    const ns = (name: Asked): Runs => pick(outcomes, name, (value) => value);
    rows.push(...subjects.map(({ name }) => loopRow(flows, name, ns)));
    targets.push({
      promise: `health in the frame loop beside all other figures, ${count(flows)} flows`,
      limit,
      measured: medianDifference(ns('all'), ns('others')),
      unit: ' ns a packet',
    });
    failed += failures(outcomes);
  }
  const head = ['flows', 'asked for', 'ns per frame', 'runs', 'more'];
  return {
    text: `**The loop over frames** alone (bench/frame-loop.ts): each figure is the least of many rounds of a process; half of the TCP flows send data, half only acknowledge. "More" is the median of the differences to the row above that has no health.\n\n${table(head, rows, 2)}${failed && `\n\n${failed}`}`,
    targets,
  };
}

function loopRow(flows: number, name: Asked, ns: (name: Asked) => Runs): string[] {
  const without = name === 'health' ? '' : name === 'all' ? 'others' : undefined;
  const more = without === undefined ? '' : short(medianDifference(ns(name), ns(without)));
  return [count(flows), asked[name], short(medianOfRuns(ns(name))), spread(ns(name)), more];
}

/** As the program is bundled, for names of other modules cost a look-up each where they are not. */
function bundleLoop(bench: Bench): string {
  const program = join(bench.directory, 'frame-loop.cjs');
  const source = fileURLToPath(new URL('../frame-loop.js', import.meta.url));
  const esbuild = join(projectRoot, 'node_modules/.bin/esbuild');
  const words = [
    '--bundle',
    '--minify-syntax',
    '--platform=node',
    '--log-level=error',
    `--outfile=${program}`,
  ];
  execFileSync(esbuild, [source, ...words], { stdio: 'inherit' });
  return program;
}

async function leastNs(program: string, flows: number, figures: Asked): Promise<number> {
  const output = await outputOf([process.execPath, program, String(flows), figures]);
  return Number(/^([\d.]+) ns/.exec(output)?.[1]);
}

async function liveCase(bench: Bench): Promise<Part> {
  const ofOthers = valuesOf(otherFigures);
  const without = writeSchema(join(bench.directory, 'without-health.json'), ofOthers);
  const withHealth = writeSchema(join(bench.directory, 'health.json'), [...ofOthers, ...valuesOfHealth]);
  const subjects = [
    softflowd,
    subject('all figures but health', ['-n', '--owners', 'off', '--schema', without]),
    subject('all figures', ['-n', '--owners', 'off', '--schema', withHealth]),
    subject('schema full, names and owners', ['--names', 'traffic', '--owners', 'on', '--schema', 'full']),
  ] as const;
  const { outcomes, lost } = await sideBySide(bench, subjects);
  const ns = ({ name }: Meter): Runs => pick(outcomes, name, (one) => one.cpuNs / one.sent);
  const percent = ({ name }: Meter): Runs => pick(outcomes, name, (one) => one.cpuNs / (10 * one.wallUs));
  const rows = subjects.map((one) => [
    one.name,
    short(medianOfRuns(ns(one))),
    spread(ns(one)),
    short(medianOfRuns(percent(one))),
    one === softflowd ? '' : `${short(pairedRatio(ns(one), ns(softflowd)))}×`,
    short(100 * lost.get(one.name)!),
  ]);
  const failed = failures(outcomes);
  const all = subjects.at(-1)!;
  return {
    text: `**Live**: ${count(FLOWS)} flows, ${count(RATE)} packets a second, frames of 650 bytes on average, engine batch, windows of ${INTERVAL_SECONDS} s, of which one is closed, encoded and sent in each run. All programs run all the time, each with a link of its own, and traffic goes to one at a time; each has had ${WARM_UP_SECONDS} s of it before anything is measured.\n\n${table(['', 'ns per packet', 'runs', '% of a core', 'to softflowd', 'packets lost, %'], rows)}${failed && `\n\n${failed}`}`,
    targets: [
      {
        promise: `live CPU with figures, names, owners and health against softflowd, ${count(FLOWS)} flows`,
        limit: 0.35,
        measured: pairedRatio(ns(all), ns(softflowd)),
        unit: '×',
      },
    ],
  };
}

function subject(name: string, words: readonly string[]): Meter {
  const always = ['--engine', 'batch', '--rate', '200000', '--datadog-ranges', 'off'];
  return {
    ...batch,
    name: `pcap-agg, ${name}`,
    live: (job, [first]) => [
      ...[...pcapAgg, '-i', first!, ...always, '--interval', `${INTERVAL_SECONDS}s`, ...words],
      ...['--to', `127.0.0.1:${job.sinkPort}`],
    ],
  };
}

interface SideBySide {
  readonly outcomes: ReadonlyMap<string, Outcome<PhaseFigures>>;
  /** By the meter's name, as a share. */
  readonly lost: ReadonlyMap<string, number>;
}

async function sideBySide(bench: Bench, meters: readonly Meter[]): Promise<SideBySide> {
  const file = join(bench.directory, 'health-live.pcap');
  writeTraffic(file, { mix: 'average', flows: FLOWS, packets: 8 * FLOWS });
  const standing: Standing[] = [];
  try {
    for (const meter of meters) standing.push(await Standing.start(bench, meter, FLOWS));
    bench.say('health, live: warming up');
    const warmUp: Phase = { file, packetsPerSecond: RATE / 5, seconds: WARM_UP_SECONDS, warmsUp: true };
    await Promise.all(standing.map((one) => one.feed(bench, warmUp)));
    const subjects = standing.map((one) => ({ name: one.meter.name, one }));
    const measure = async ({ one }: { one: Standing }) => {
      await roomInWindow();
      return one.feed(bench, { file, packetsPerSecond: RATE, seconds: INTERVAL_SECONDS });
    };
    const outcomes = await rounds(bench, 'health, live', subjects, measure, bench.quick ? 2 : 5, 200);
    const lost = new Map<string, number>();
    for (const one of standing) lost.set(one.meter.name, await one.stop());
    return { outcomes, lost };
  } finally {
    for (const one of standing) one.close();
  }
}

/** Waits until just one window ends before a run does, that begins now. */
async function roomInWindow(): Promise<void> {
  const windowMs = INTERVAL_SECONDS * 1_000;
  const latestMs = windowMs - SETTLE_MS - 500;
  const intoMs = Date.now() % windowMs;
  if (intoMs > latestMs) await sleep(windowMs - intoMs + 100);
}
