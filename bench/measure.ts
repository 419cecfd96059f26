/** One run of one meter: what it cost, and whether it did the whole job. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, SINK_PORT } from './bench.js';
import { type Cost, outputOf, type Running, run, start } from './command.js';
import type { Link } from './links.js';
import type { Job, Meter, Totals } from './meters/meter.js';
import { captureSockets, figuresOf, framesReceived, treeOf } from './process-figures.js';

export interface OfflineRun {
  readonly cost: Cost;
  /** User and system time of the whole process over the packets of the file. */
  readonly cpuNsPerPacket: number;
}

/** Meters `file`; throws where the meter failed or did not process all `packets` of it. */
export async function measureOffline(
  bench: Bench,
  meter: Meter,
  file: string,
  traffic: { flows: number; packets: number },
): Promise<OfflineRun> {
  const job = createJob(bench, traffic.flows);
  try {
    const cost = await run(bench, meter.offline!(job, file), outputs(job));
    if (cost.exit !== 0) throw new Error(`${meter.name} failed (${cost.exit}): ${tail(job.stderr)}`);
    const totals = await meter.offlineTotals?.(job);
    if (totals && totals.packets !== traffic.packets) {
      throw new Error(`${meter.name} processed ${totals.packets} of ${traffic.packets} packets`);
    }
    if (totals?.flows !== undefined && totals.flows !== Math.min(traffic.flows, traffic.packets)) {
      throw new Error(`${meter.name} found ${totals.flows} of ${traffic.flows} flows`);
    }
    return { cost, cpuNsPerPacket: ((cost.userUs + cost.systemUs) * 1000) / traffic.packets };
  } finally {
    removeJob(job);
  }
}

/** One stretch of traffic in a live run. */
export interface Phase {
  /** The pcap file whose frames are sent round and round. */
  readonly file: string;
  /** 0 is flat out. */
  readonly packetsPerSecond: number;
  /** How many; the others by `seconds`. */
  readonly packets?: number;
  readonly seconds?: number;
  /** Its packets count, its CPU does not: a meter runs for months, and its first second is another matter. */
  readonly warmsUp?: true;
  /** Stops the meter for so long in the middle of the phase. */
  readonly stallMs?: number;
}

export interface PhaseFigures {
  readonly sent: number;
  readonly wallUs: number;
  readonly cpuNs: number;
  /** Of the senders: the kernel's share of receiving is in it. */
  readonly senderCpuNs: number;
  /** At the phase's end. */
  readonly residentKib: number;
}

export interface LiveRun {
  readonly phases: readonly PhaseFigures[];
  readonly sent: number;
  readonly totals: Totals;
  /** Sent, but not among what the meter says it processed. */
  readonly lost: number;
  /** Until the last packet was processed, over the packets processed; phases that only warm up are left out. */
  readonly cpuNsPerPacket: number;
  /** From the first packet until its end: with everything exported. */
  readonly cpuNsPerPacketToEnd: number;
  /** Before the first packet. */
  readonly residentKib: number;
  /** What it wrote to stdout and stderr. */
  readonly words: string;
}

export interface LiveOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** In place of the meter's own command. */
  readonly command?: (job: Job) => readonly string[];
}

/** Sends `phases` over each pair of `link` at once while `meter` listens at the other end. */
export async function measureLive(
  bench: Bench,
  meter: Meter,
  link: Link,
  flows: number,
  phases: readonly Phase[],
  options: LiveOptions = {},
): Promise<LiveRun> {
  const job = createJob(bench, flows);
  const command = options.command?.(job) ?? meter.live!(job, link.interfaces);
  const running = await start(bench, command, {
    ...outputs(job),
    namespace: link.receiverNamespace,
    ...(options.environment ? { environment: options.environment } : {}),
  });
  try {
    await listening(running, link.interfaces.length, meter.name, job.stderr);
    const arrivedBefore = arrived(running, link);
    const before = figuresOf(running.pid);
    const figures: PhaseFigures[] = [];
    for (const phase of phases) figures.push(await sendPhase(bench, running, link, phase));
    const sent = figures.reduce((sum, phase) => sum + phase.sent, 0);
    const frames = arrived(running, link) - arrivedBefore;
    if (frames !== sent) throw new Error(`${sent} frames sent, ${frames} arrived at the interface`);
    const early = await meter.liveTotalsBeforeEnd?.(job);
    const cost = await end(running, meter, job);
    const totals = early ?? (await totalsAfter(meter, job, cost));
    const endNs = (cost.userUs + cost.systemUs) * 1000;
    return {
      phases: figures,
      sent,
      totals,
      lost: Math.max(0, sent - totals.packets),
      cpuNsPerPacket: steadyCpu(phases, figures) / (totals.packets / sent),
      cpuNsPerPacketToEnd: (endNs - before.cpuNs) / totals.packets,
      residentKib: before.residentKib,
      words: readFileSync(job.stdout, 'latin1') + readFileSync(job.stderr, 'latin1'),
    };
  } finally {
    running.signal('SIGTERM');
    removeJob(job);
  }
}

/** What it tells of itself when it has ended at a cost of `cost`. */
export async function totalsAfter(meter: Meter, job: Job, cost: Cost): Promise<Totals> {
  try {
    return await meter.liveTotals!(job);
  } catch (error) {
    throw new Error(`ended with code ${cost.exit}, signal ${cost.signal}: ${(error as Error).message}`);
  }
}

/** CPU per packet sent, without the phases that warm up. */
function steadyCpu(phases: readonly Phase[], figures: readonly PhaseFigures[]): number {
  const steady = figures.filter((_, index) => !phases[index]!.warmsUp);
  const sum = (figure: (phase: PhaseFigures) => number) => steady.reduce((all, one) => all + figure(one), 0);
  return sum((one) => one.cpuNs) / sum((one) => one.sent);
}

/** Long enough for what is still in a ring to be handed over: libpcap's block time-outs are up to a second. */
export const SETTLE_MS = 1_200;

/** Sends one phase to a meter that listens, and waits until all has been handed over. */
export async function sendPhase(
  bench: Bench,
  running: Running,
  link: Link,
  phase: Phase,
): Promise<PhaseFigures> {
  const before = figuresOf(running.pid);
  const sending = Promise.all(link.interfaces.map((name) => sendOn(bench, link, name, phase)));
  if (phase.stallMs !== undefined) await stall(running, phase);
  const sent = await sending;
  await sleep(SETTLE_MS);
  const after = figuresOf(running.pid);
  return {
    sent: sent.reduce((sum, one) => sum + one.sent, 0),
    wallUs: Math.max(...sent.map((one) => one.wallUs)),
    cpuNs: after.cpuNs - before.cpuNs,
    senderCpuNs: 1_000 * sent.reduce((sum, one) => sum + one.cpuUs, 0),
    residentKib: after.residentKib,
  };
}

interface Sent {
  readonly sent: number;
  readonly wallUs: number;
  readonly cpuUs: number;
}

/** The sender keeps to the first CPU, whose time the kernel's share of receiving is charged to. */
export async function sendOn(bench: Bench, link: Link, name: string, phase: Phase): Promise<Sent> {
  const pairs = link.interfaces.length;
  const words = ['ip', 'netns', 'exec', link.senderNamespace, 'taskset', '-c', '0', bench.tools.sender];
  if (phase.packetsPerSecond > 0) words.push('-p', String(phase.packetsPerSecond / pairs));
  if (phase.packets !== undefined) words.push('-n', String(Math.round(phase.packets / pairs)));
  if (phase.seconds !== undefined) words.push('-t', String(phase.seconds));
  return JSON.parse(await outputOf([...words, phase.file, name])) as Sent;
}

async function stall(running: Running, phase: Phase): Promise<void> {
  await sleep(((phase.seconds ?? 2) * 1000) / 2);
  const stopped = treeOf(running.pid);
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  await sleep(phase.stallMs);
  for (const pid of stopped) process.kill(pid, 'SIGCONT');
}

/** Waits until the meter's capturing sockets are open and then until it has nothing more to set up. */
export async function listening(
  running: Running,
  sockets: number,
  name: string,
  stderr: string,
): Promise<void> {
  let gone = false;
  running.ended.then(
    () => {
      gone = true;
    },
    () => {
      gone = true;
    },
  );
  for (let waitedMs = 0; captureSockets(running.pid) < sockets; waitedMs += 20) {
    if (gone || waitedMs > 20_000) throw new Error(`${name} does not listen: ${tail(stderr)}`);
    await sleep(20);
  }
  for (let quiet = 0, last = -1; quiet < 3; ) {
    await sleep(150);
    const { cpuNs } = figuresOf(running.pid);
    quiet = cpuNs - last < 15e6 && last >= 0 ? quiet + 1 : 0;
    last = cpuNs;
  }
}

export async function end(running: Running, meter: Meter, job: Job): Promise<Cost> {
  if (typeof meter.end === 'function') await outputOf(meter.end(job));
  else running.signal(meter.end);
  return running.ended;
}

function arrived(running: Running, link: Link): number {
  return link.interfaces.reduce((sum, name) => sum + framesReceived(running.pid, name), 0);
}

export function createJob(bench: Bench, flows: number): Job {
  const directory = mkdtempSync(join(bench.directory, 'job-'));
  // Beside the directory: its own files would be in the way of meters that read all of it.
  return {
    directory,
    flows,
    sinkPort: SINK_PORT,
    stdout: `${directory}-stdout`,
    stderr: `${directory}-stderr`,
  };
}

/** Of `run` and `start`. */
export function outputs(job: Job) {
  return { stdout: job.stdout, stderr: job.stderr, sinkPort: job.sinkPort };
}

export function removeJob({ directory, stdout, stderr }: Job): void {
  for (const path of [directory, stdout, stderr]) rmSync(path, { recursive: true, force: true });
}

function tail(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1').trim().slice(-300) : '';
}
