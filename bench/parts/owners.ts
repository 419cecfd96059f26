/** What it costs to tell on whose behalf flows go: at 1,000 new connections a second, and with 10,000 sockets beside them. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Section, SINK_PORT, type Target } from '../bench.js';
import { type Running, start } from '../command.js';
import { giveAddresses, keepConnections, makeConnections, startServer } from '../connecting.js';
import { closeLink, type Link, openLink } from '../links.js';
import { delayOf, type LoopDelay, loopDelayInto } from '../loop-delays.js';
import { listening } from '../measure.js';
import { ledgerTotals, pcapAgg } from '../meters/pcap-agg.js';
import { figuresOf } from '../process-figures.js';
import { failures, type Outcome, pick, rounds } from '../rounds.js';
import { count, medianDifference, medianOfRuns, short, spread, table } from '../statistics.js';

const PER_SECOND = 1_000;
const LIFE_MS = 100;
/** Until then V8 compiles what runs often, and that is most of what is seen. */
const WARM_UP_SECONDS = 15;
const KEPT = 10_000;
/** The whole of a program's runs in one case. */
const BUDGET_SECONDS = 400;

const modes = ['off', 'on', 'syn'] as const;
type Mode = (typeof modes)[number];

interface OwnersRun {
  /** Of a core, while connections are made. */
  readonly cpuPercent: number;
  readonly residentKib: number;
  readonly loop: LoopDelay;
  readonly packets: number;
}

type Outcomes = ReadonlyMap<string, Outcome<OwnersRun>>;

export async function owners(bench: Bench): Promise<Section> {
  const link = openLink();
  let server: ChildProcess | undefined;
  try {
    giveAddresses(link);
    server = await startServer(bench, link);
    const subjects = modes.map((name) => ({ name }));
    const measure = ({ name }: { name: Mode }) => measureOnce(bench, link, name);
    const runs = bench.quick ? 5 : 11;
    const label = (sockets: string) => `owners, ${sockets}`;
    const few = await rounds(bench, label('few sockets'), subjects, measure, runs, BUDGET_SECONDS);
    const kept = await keepConnections(bench, link, KEPT);
    const many = await rounds(bench, label('many sockets'), subjects, measure, runs, BUDGET_SECONDS);
    kept.kill();
    const cases = [
      ['', few],
      [` with ${count(KEPT)} other sockets`, many],
    ] as const;
    const rows = cases.flatMap(([where, outcomes]) => modes.map((mode) => row(mode, where, outcomes)));
    const head = ['--owners', 'CPU, % of a core', 'runs', 'more than off', 'away from the loop, ms, p99'];
    const failed = failures(few) + failures(many);
    return {
      title: 'Owners',
      text: `${count(PER_SECOND)} connections a second are made on this host over a veth pair, each of ${LIFE_MS} ms and a few packets, for ${WARM_UP_SECONDS} seconds before anything is measured; schema full, windows of 5 s, engine batch. CPU of all threads, that of encoding and sending records included; medians of ${runs} runs in turn, and "more" is the median of the differences of runs that followed each other.\n\n${table([...head, 'longest', 'MiB'], rows)}${failed && `\n\n${failed}`}`,
      targets: cases.flatMap(([where, outcomes]) => targetsOf(where, outcomes)),
    };
  } finally {
    server?.kill();
    closeLink(link);
  }
}

const cpu = (outcomes: Outcomes, mode: Mode) => pick(outcomes, mode, (run) => run.cpuPercent);

function row(mode: Mode, where: string, outcomes: Outcomes): string[] {
  const of = (figure: (run: OwnersRun) => number) => short(medianOfRuns(pick(outcomes, mode, figure)));
  return [
    `${mode}${where}`,
    short(medianOfRuns(cpu(outcomes, mode))),
    spread(cpu(outcomes, mode)),
    mode === 'off' ? '' : short(medianDifference(cpu(outcomes, mode), cpu(outcomes, 'off'))),
    of((run) => run.loop.p99Ms),
    of((run) => run.loop.longestMs),
    of((run) => run.residentKib / 1_024),
  ];
}

function targetsOf(where: string, outcomes: Outcomes): Target[] {
  return [['on', 2] as const, ['syn', 5] as const].map(([mode, limit]) => ({
    promise: `CPU of --owners ${mode} above off, ${count(PER_SECOND)} new connections a second${where}`,
    limit,
    measured: medianDifference(cpu(outcomes, mode), cpu(outcomes, 'off')),
    unit: ' % of a core',
  }));
}

async function measureOnce(bench: Bench, link: Link, mode: Mode): Promise<OwnersRun> {
  const delayFile = join(bench.directory, 'owners-delay.json');
  const stderr = join(bench.directory, 'owners-stderr');
  const running = await startMeter(bench, link, mode, delayFile, stderr);
  try {
    await listening(running, mode === 'syn' ? 2 : 1, `pcap-agg --owners ${mode}`, stderr);
    const make = (seconds: number) =>
      makeConnections(bench, link, { perSecond: PER_SECOND, seconds, lifeMs: LIFE_MS });
    await make(WARM_UP_SECONDS);
    running.signal('SIGUSR2');
    const before = figuresOf(running.pid);
    const startedMs = performance.now();
    await make(bench.quick ? 5 : 10);
    const tookMs = performance.now() - startedMs;
    const after = figuresOf(running.pid);
    running.signal('SIGUSR2');
    await sleep(200);
    await end(running);
    return {
      cpuPercent: ((after.cpuNs - before.cpuNs) / 1e6 / tookMs) * 100,
      residentKib: after.residentKib,
      loop: delayOf(delayFile),
      packets: ledgerTotals(readFileSync(stderr, 'utf8')).packets,
    };
  } finally {
    await end(running);
  }
}

/** The next one gets its port. */
async function end(running: Running): Promise<void> {
  running.signal('SIGTERM');
  await running.ended;
}

function startMeter(
  bench: Bench,
  link: Link,
  mode: Mode,
  delayFile: string,
  stderr: string,
): Promise<Running> {
  const capture = ['-i', link.interfaces[0]!, '--engine', 'batch', '--owners', mode, '--schema', 'full'];
  const output = ['--interval', '5s', '--rate', '200000', '--to', `127.0.0.1:${SINK_PORT}`];
  return start(bench, [...pcapAgg, ...capture, ...output, '-n', '--datadog-ranges', 'off', 'tcp'], {
    namespace: link.receiverNamespace,
    keepsMounts: true,
    sinkPort: SINK_PORT,
    stderr,
    environment: loopDelayInto(delayFile),
  });
}
