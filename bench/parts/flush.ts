/** The end of a window: 100,000 records to a slow collector, while packets keep coming. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Section, SINK_PORT } from '../bench.js';
import { type Collected, type Collector, startCollector } from '../collector.js';
import { type Running, start } from '../command.js';
import { closeLink, type Link, openLink } from '../links.js';
import { delayOf, type LoopDelay, loopDelayInto } from '../loop-delays.js';
import { listening, sendOn } from '../measure.js';
import { ledgerTotals, pcapAgg } from '../meters/pcap-agg.js';
import { failures, pick, rounds } from '../rounds.js';
import { count, medianOfRuns, short, spread, table } from '../statistics.js';
import { writeTraffic } from '../traffic.js';

const FLOWS = 100_000;
const INTERVAL_MS = 10_000;
const WORK_US = 20;
const BACKGROUND_RATE = 100_000;

interface FlushRun {
  readonly collected: Collected;
  readonly loop: LoopDelay;
  /** Of a process beside it that does nothing: what the machine itself makes wait. */
  readonly idleLoop: LoopDelay;
  /** Packets that the capture did not see. */
  readonly packetsLost: number;
}

export async function flush(bench: Bench): Promise<Section> {
  const link = openLink();
  const files = {
    flows: join(bench.directory, 'flush.pcap'),
    background: join(bench.directory, 'background.pcap'),
  };
  writeTraffic(files.flows, { mix: 'small', flows: FLOWS, packets: FLOWS });
  writeTraffic(files.background, { mix: 'small', flows: FLOWS / 20, packets: FLOWS / 20 });
  try {
    const subject = { name: 'pcap-agg' };
    const outcomes = await rounds(bench, 'flush', [subject], () => flushOnce(bench, link, files));
    const of = (figure: (run: FlushRun) => number) => pick(outcomes, subject.name, figure);
    const rows = [
      ['records that reached the collector', of((run) => run.collected.datagrams)],
      ['records lost, %', of(lossPercent)],
      ['seconds from the first to the last', of((run) => seconds(run.collected))],
      ['records per second', of((run) => run.collected.datagrams / seconds(run.collected))],
      ['bytes per record', of((run) => run.collected.bytes / run.collected.datagrams)],
      ['longest time away from the event loop, ms', of((run) => run.loop.longestMs)],
      ['the same for a process that does nothing, ms', of((run) => run.idleLoop.longestMs)],
      ['99th percentile of the former, ms', of((run) => run.loop.p99Ms)],
      ['99th percentile of the latter, ms', of((run) => run.idleLoop.p99Ms)],
      ['packets lost meanwhile', of((run) => run.packetsLost)],
    ] as const;
    const cells = rows.map(([name, runs]) => [name, short(medianOfRuns(runs)), spread(runs)]);
    const failed = failures(outcomes);
    return {
      title: 'Flush',
      text: `A window of ${INTERVAL_MS / 1000} s with ${count(FLOWS)} flows ends while ${count(BACKGROUND_RATE)} packets a second keep coming. Engine batch; the collector has the default receive buffer and works ${WORK_US} µs on each datagram.\n\n${table(['', 'median', 'runs'], cells)}${failed && `\n\n${failed}`}`,
      targets: [
        {
          promise: `loss of ${count(FLOWS)} records at a collector that takes ${WORK_US} µs each`,
          limit: 0.05,
          measured: medianOfRuns(of(lossPercent)),
          unit: ' %',
        },
        {
          promise: `longest time away from the event loop while ${count(FLOWS)} records are sent`,
          limit: 10,
          measured: medianOfRuns(of((run) => run.loop.longestMs)),
          unit: ' ms',
        },
        {
          promise: `packets lost by the capture while ${count(FLOWS)} records are sent`,
          limit: 0,
          measured: medianOfRuns(of((run) => run.packetsLost)),
          unit: '',
        },
      ],
    };
  } finally {
    closeLink(link);
  }
}

async function flushOnce(
  bench: Bench,
  link: Link,
  files: { flows: string; background: string },
): Promise<FlushRun> {
  const collector = await startCollector(bench, link.receiverNamespace, SINK_PORT, WORK_US);
  const loopFile = join(bench.directory, 'loop-delay.json');
  const idleFile = join(bench.directory, 'idle-delay.json');
  const idle = await start(bench, [process.execPath, '--eval', 'setInterval(() => {}, 1000)'], {
    environment: loopDelayInto(idleFile),
  });
  try {
    const stderr = join(bench.directory, 'stderr');
    const running = await startMeter(bench, link, loopFile, stderr);
    await listening(running, 1, 'pcap-agg', stderr);
    const processes = [running, idle];
    const figures = await oneWindow(bench, link, files, processes, collector);
    for (const { signal } of processes) signal('SIGUSR2');
    await sleep(200);
    for (const { signal } of processes) signal('SIGTERM');
    await Promise.all(processes.map(({ ended }) => ended));
    const packetsLost = figures.sent - ledgerTotals(readFileSync(stderr, 'utf8')).packets;
    const { collected } = figures;
    return { collected, loop: delayOf(loopFile), idleLoop: delayOf(idleFile), packetsLost };
  } finally {
    idle.signal('SIGTERM');
    await collector.stop();
  }
}

function startMeter(bench: Bench, link: Link, delayFile: string, stderr: string): Promise<Running> {
  const where = ['-i', link.interfaces[0]!, '--engine', 'batch', '--to', `127.0.0.1:${SINK_PORT}`];
  const rest = ['--interval', `${INTERVAL_MS}ms`, '-n', '--datadog-ranges', 'off'];
  return start(bench, [...pcapAgg, ...where, ...rest], {
    namespace: link.receiverNamespace,
    stderr,
    environment: loopDelayInto(delayFile),
  });
}

/** Fills a window with all flows in its first half, then keeps packets coming over its end until all is sent. */
async function oneWindow(
  bench: Bench,
  link: Link,
  files: { flows: string; background: string },
  processes: readonly Running[],
  collector: Collector,
): Promise<{ sent: number; collected: Collected }> {
  const name = link.interfaces[0]!;
  await intoWindow(500);
  for (const { signal } of processes) signal('SIGUSR2');
  const filling = await sendOn(bench, link, name, {
    file: files.flows,
    packetsPerSecond: 100_000,
    packets: FLOWS,
  });
  await intoWindow(INTERVAL_MS - 500);
  const backgroundPhase = { file: files.background, packetsPerSecond: BACKGROUND_RATE, seconds: 8 };
  const background = await sendOn(bench, link, name, backgroundPhase);
  return { sent: filling.sent + background.sent, collected: await collector.figures() };
}

/** Waits until a window is so old. */
function intoWindow(ageMs: number): Promise<void> {
  const now = Date.now() % INTERVAL_MS;
  return sleep((ageMs - now + INTERVAL_MS) % INTERVAL_MS);
}

function lossPercent(run: FlushRun): number {
  return (100 * (FLOWS - run.collected.datagrams)) / FLOWS;
}

function seconds(collected: Collected): number {
  return (collected.lastUs - collected.firstUs) / 1e6;
}
