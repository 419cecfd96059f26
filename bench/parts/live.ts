/** Capturing from an interface: the CPU a packet costs, with 5,000 and with a million flows, and memory per flow. */
import { join } from 'node:path';
import type { Bench, Section, Target } from '../bench.js';
import { closeLink, type Link, openLink } from '../links.js';
import { type LiveRun, measureLive, type Phase } from '../measure.js';
import { argus } from '../meters/argus.js';
import type { Meter } from '../meters/meter.js';
import { nfpcapd } from '../meters/nfpcapd.js';
import { batch, byDefault, cap } from '../meters/pcap-agg.js';
import { pmacctd } from '../meters/pmacctd.js';
import { softflowd } from '../meters/softflowd.js';
import { tcpdump } from '../meters/tcpdump.js';
import { failures, type Outcome, pick, rounds } from '../rounds.js';
import { count, medianOfRuns, pairedRatio, type Runs, short, spread, table } from '../statistics.js';
import { writeTraffic } from '../traffic.js';

const RATE = 400_000;
const FEW = 5_000;
const MANY = 1_000_000;
const SAMPLE = 10_000;

type Outcomes = ReadonlyMap<string, Outcome<LiveRun>>;

export async function live(bench: Bench): Promise<Section> {
  const link = openLink();
  try {
    const few = await fewFlows(bench, link);
    const many = await manyFlows(bench, link);
    return { title: 'Live', text: describe(few, many), targets: [...fewTargets(few), ...manyTargets(many)] };
  } finally {
    closeLink(link);
  }
}

async function fewFlows(bench: Bench, link: Link): Promise<Outcomes> {
  const file = join(bench.directory, 'live-few.pcap');
  writeTraffic(file, { mix: 'average', flows: FEW, packets: FEW });
  const phases: Phase[] = [
    { file, packetsPerSecond: RATE, seconds: bench.quick ? 0.5 : 1, warmsUp: true },
    { file, packetsPerSecond: RATE, seconds: bench.quick ? 1 : 5 },
  ];
  const meters = bench.quick
    ? [batch, byDefault, softflowd, nfpcapd, tcpdump]
    : [batch, byDefault, cap, softflowd, nfpcapd, argus, pmacctd, tcpdump];
  // All of --quick is to be over in two minutes, and a round of these takes 20 s.
  const runs = bench.quick ? 2 : bench.runs;
  const measure = (meter: Meter) => measureLive(bench, meter, link, FEW, phases);
  return rounds(bench, `live, ${count(FEW)} flows`, meters, measure, runs);
}

/** First 10,000 flows, then every flow once (each packet makes an entry), then every flow again and again. */
async function manyFlows(bench: Bench, link: Link): Promise<Outcomes> {
  const file = join(bench.directory, 'live-many.pcap');
  writeTraffic(file, { mix: 'small', flows: MANY, packets: MANY });
  const packetsPerSecond = RATE / 2; // What softflowd keeps up with at so many flows.
  const phases: Phase[] = [
    { file, packetsPerSecond, packets: SAMPLE, warmsUp: true },
    { file, packetsPerSecond, packets: MANY },
    { file, packetsPerSecond, packets: (bench.quick ? 2 : 3) * MANY },
  ];
  const meters = bench.quick ? [batch, softflowd] : [batch, softflowd, nfpcapd, argus, pmacctd];
  const runs = bench.quick ? 1 : bench.runs;
  const measure = (meter: Meter) => measureLive(bench, meter, link, MANY, phases);
  return rounds(bench, `live, ${count(MANY)} flows`, meters, measure, runs);
}

function describe(few: Outcomes, many: Outcomes): string {
  const parts = [
    `Frames over a veth pair between two network namespaces. CPU of the process (all threads and children, from /proc/PID/task/*/schedstat) while packets come, after a first second (or, with a million flows, a first 10,000 packets) to warm up; "to the end" is everything from the first packet until it has been stopped and has exported everything. The kernel's own work for each frame is done in the sender's time and so in nobody's figure. By default \`cap\` captures first and hands over to \`batch\` while it warms up, which is where its losses are.`,
    `**${count(FEW)} flows, ${count(RATE)} packets a second, frames of 650 bytes on average**`,
    table(
      ['', 'ns per packet', 'runs', 'to the end, ns', 'packets lost, %', 'records not sent'],
      [...few.keys()].map((name) => [
        name,
        short(medianOfRuns(cpuOf(few, name))),
        spread(cpuOf(few, name)),
        short(medianOfRuns(pick(few, name, (run) => run.cpuNsPerPacketToEnd))),
        short(medianOfRuns(lossOf(few, name))),
        short(medianOfRuns(pick(few, name, (run) => run.totals.recordsNotSent))),
      ]),
    ),
    `**${count(MANY)} flows, ${count(RATE / 2)} packets a second, frames of 64 to 100 bytes**: "new" while each packet opens a flow, "known" when all flows are there. Memory is the growth of resident memory from ${count(SAMPLE)} to ${count(MANY)} flows.`,
    table(
      [
        '',
        'ns per packet',
        'new',
        'known',
        'to the end, ns',
        'packets lost, %',
        'records not sent',
        'bytes per flow',
      ],
      [...many.keys()].map((name) => [
        name,
        short(medianOfRuns(cpuOf(many, name))),
        short(medianOfRuns(pick(many, name, (run) => phaseCpu(run, 1)))),
        short(medianOfRuns(pick(many, name, (run) => phaseCpu(run, 2)))),
        short(medianOfRuns(pick(many, name, (run) => run.cpuNsPerPacketToEnd))),
        short(medianOfRuns(lossOf(many, name))),
        short(medianOfRuns(pick(many, name, (run) => run.totals.recordsNotSent))),
        short(medianOfRuns(pick(many, name, bytesPerFlow))),
      ]),
    ),
  ];
  const failed = failures(few) + failures(many);
  return failed === '' ? parts.join('\n\n') : `${parts.join('\n\n')}\n\nNot completed:\n\n${failed}`;
}

function cpuOf(outcomes: Outcomes, name: string): Runs {
  return pick(outcomes, name, (run) => run.cpuNsPerPacket);
}

function lossOf(outcomes: Outcomes, name: string): Runs {
  return pick(outcomes, name, (run) => (100 * run.lost) / run.sent);
}

function phaseCpu(run: LiveRun, index: number): number | undefined {
  const phase = run.phases[index];
  return phase && phase.cpuNs / phase.sent;
}

function bytesPerFlow(run: LiveRun): number | undefined {
  const [sample, all] = run.phases;
  return sample && all && ((all.residentKib - sample.residentKib) * 1024) / (MANY - SAMPLE);
}

function fewTargets(few: Outcomes): Target[] {
  const target = (peer: Meter, limit: number): Target => ({
    promise: `live CPU per packet against ${peer === tcpdump ? 'tcpdump -s128 -w /dev/null' : peer.name}, 5,000 flows`,
    limit,
    measured: pairedRatio(cpuOf(few, batch.name), cpuOf(few, peer.name)),
    unit: '×',
  });
  return [target(softflowd, 0.15), target(nfpcapd, 1 / 4), target(tcpdump, 1.15)];
}

function manyTargets(many: Outcomes): Target[] {
  return [
    {
      promise: 'live CPU per packet against softflowd, 1 M flows',
      limit: 1 / 12,
      measured: pairedRatio(cpuOf(many, batch.name), cpuOf(many, softflowd.name)),
      unit: '×',
    },
    {
      promise: 'memory a flow at 1 M flows, live',
      limit: 72,
      measured: medianOfRuns(pick(many, batch.name, bytesPerFlow)),
      unit: ' bytes',
    },
  ];
}
