/** How the cost grows with packets, flows, windows and interfaces. pcap-agg alone. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Section } from '../bench.js';
import { outputOf, run } from '../command.js';
import { closeLink, openLink } from '../links.js';
import { measureLive, measureOffline } from '../measure.js';
import { batch, pcapAgg, sumRecords } from '../meters/pcap-agg.js';
import { failures, type Outcome, pick, rounds } from '../rounds.js';
import { count, medianOfRuns, short, spread, table } from '../statistics.js';
import type { TableGrowth } from '../table-growth.js';
import { writeTraffic } from '../traffic.js';

const PACKETS = 1_000_000;
const FLOWS = 20_000;
const RATE = 400_000;

export async function growth(bench: Bench): Promise<Section> {
  const parts = [
    await withPackets(bench),
    await withFlows(bench),
    await withWindows(bench),
    await withInterfaces(bench),
  ];
  const table = await ofTable(bench);
  return { title: 'How cost grows', text: [...parts, table.text].join('\n\n'), targets: table.targets };
}

/** The flow table alone, while it grows. */
async function ofTable(bench: Bench): Promise<Pick<Section, 'text' | 'targets'>> {
  const families = ['IPv4', 'IPv6'].map((name) => ({ name }));
  const script = fileURLToPath(new URL('../table-growth.js', import.meta.url));
  const outcomes = await rounds(bench, 'growth, table', families, async ({ name }) => {
    const words = await outputOf([process.execPath, script, name.slice(-1), String(PACKETS)]);
    return JSON.parse(words) as TableGrowth;
  });
  const longest = families.map(({ name }) => pick(outcomes, name, ({ longestMs }) => longestMs));
  const rows = families.map(({ name }, row) => [
    name,
    ...[longest[row]!, pick(outcomes, name, (run) => run.newNs), pick(outcomes, name, (run) => run.knownNs)]
      .map(medianOfRuns)
      .map(short),
    spread(longest[row]!),
  ]);
  const head = ['', 'longest pause, ms', 'new flow, ns', 'known flow, ns', 'pauses of the runs'];
  return {
    text: `**A table that grows to ${count(PACKETS)} flows** (no capture, no decoding)\n\n${table(head, rows)}\n\n${failures(outcomes)}`,
    targets: families.map(({ name }, row) => ({
      promise: `longest pause while a table grows to ${count(PACKETS)} ${name} flows`,
      limit: 20,
      measured: medianOfRuns(longest[row]!),
      unit: ' ms',
    })),
  };
}

function withPackets(bench: Bench): Promise<string> {
  const cases = [250_000, 500_000, PACKETS, 2_000_000, 4_000_000].map((packets) => ({
    packets,
    flows: FLOWS,
  }));
  return offlineRow(bench, `Packets (offline, small, ${count(FLOWS)} flows)`, cases, (one) =>
    count(one.packets),
  );
}

function withFlows(bench: Bench): Promise<string> {
  const cases = [100, 1_000, 10_000, 100_000, PACKETS].map((flows) => ({ packets: PACKETS, flows }));
  return offlineRow(bench, `Flows (offline, small, ${count(PACKETS)} packets)`, cases, (one) =>
    count(one.flows),
  );
}

interface OfflineCase {
  readonly packets: number;
  readonly flows: number;
}

async function offlineRow(
  bench: Bench,
  title: string,
  cases: readonly OfflineCase[],
  heading: (one: OfflineCase) => string,
): Promise<string> {
  const cells: string[] = [];
  const walls: string[] = [];
  let failed = '';
  for (const one of cases) {
    const file = join(bench.directory, 'growth.pcap');
    writeTraffic(file, { mix: 'small', ...one });
    await run(bench, ['cat', file]);
    const label = `growth, ${count(one.packets)} packets, ${count(one.flows)} flows`;
    const outcomes = await rounds(
      bench,
      label,
      [batch],
      (meter) => measureOffline(bench, meter, file, one),
      3,
    );
    cells.push(short(medianOfRuns(pick(outcomes, batch.name, (result) => result.cpuNsPerPacket))));
    walls.push(short(medianOfRuns(pick(outcomes, batch.name, (result) => result.cost.wallUs / 1e6))));
    failed += failures(outcomes);
    rmSync(file);
  }
  const rows = [
    ['CPU, ns per packet', ...cells],
    ['wall clock, s', ...walls],
  ];
  return `**${title}**\n\n${table(['', ...cases.map(heading)], rows)}${failed && `\n\n${failed}`}`;
}

interface WindowRun {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly records: number;
}

/** Ten seconds of packet time, cut ever smaller. */
async function withWindows(bench: Bench): Promise<string> {
  const file = join(bench.directory, 'growth.pcap');
  writeTraffic(file, { mix: 'small', flows: FLOWS, packets: PACKETS });
  await run(bench, ['cat', file]);
  const subjects = ['0', '5s', '1s', '500ms', '100ms'].map((name) => ({ name }));
  const outcomes = await rounds(
    bench,
    'growth, windows',
    subjects,
    ({ name }) => windowsOnce(bench, file, name),
    3,
  );
  rmSync(file);
  const records = median(outcomes, (result) => result.records);
  const cpuMs = median(outcomes, (result) => result.cpuMs);
  const perRecord = subjects.map((_, index) => {
    const more = (records[index] ?? Number.NaN) - (records[0] ?? Number.NaN);
    return more > 0 ? short((1e6 * (cpuMs[index]! - cpuMs[0]!)) / more) : '–';
  });
  const rows = [
    ['records', ...records.map(short)],
    ['CPU, ms', ...cpuMs.map(short)],
    ['wall clock, ms', ...median(outcomes, (result) => result.wallMs).map(short)],
    ['CPU per further record, ns', ...perRecord],
  ];
  const title = `Windows (offline, small, ${count(PACKETS)} packets over 10 s of packet time, ${count(FLOWS)} flows)`;
  return `**${title}**\n\n${table(['--interval', ...subjects.map(({ name }) => name)], rows)}\n\n${failures(outcomes)}`;
}

async function windowsOnce(bench: Bench, file: string, interval: string): Promise<WindowRun> {
  const stdout = join(bench.directory, 'stdout');
  const stderr = join(bench.directory, 'stderr');
  const words = ['-r', file, '--interval', interval, '-n', '--datadog-ranges', 'off', '--to', '-'];
  const cost = await run(bench, [...pcapAgg, ...words], { stdout, stderr });
  const totals = await sumRecords({ directory: bench.directory, flows: FLOWS, sinkPort: 0, stdout, stderr });
  if (totals.packets !== PACKETS) throw new Error(`${totals.packets} of ${PACKETS} packets`);
  return {
    cpuMs: (cost.userUs + cost.systemUs) / 1000,
    wallMs: cost.wallUs / 1000,
    records: totals.flows!,
  };
}

/** The same number of packets a second in all, over one, two and four interfaces. */
async function withInterfaces(bench: Bench): Promise<string> {
  const file = join(bench.directory, 'growth.pcap');
  writeTraffic(file, { mix: 'small', flows: 5_000, packets: 5_000 });
  const pairs = [1, 2, 4] as const;
  const cells: string[][] = [];
  let failed = '';
  for (const number of pairs) {
    const link = openLink(number);
    const phases = [{ file, packetsPerSecond: RATE, seconds: 4 }];
    const label = `growth, ${number} interfaces`;
    const outcomes = await rounds(
      bench,
      label,
      [batch],
      (one) => measureLive(bench, one, link, 5_000, phases),
      3,
    );
    const of = (figure: (result: { cpuNsPerPacket: number; lost: number }) => number) =>
      short(medianOfRuns(pick(outcomes, batch.name, figure)));
    cells.push([of((result) => result.cpuNsPerPacket), of((result) => result.lost)]);
    failed += failures(outcomes);
    closeLink(link);
  }
  rmSync(file);
  const rows = ['CPU, ns per packet', 'packets lost'].map((name, row) => [
    name,
    ...cells.map((cell) => cell[row]!),
  ]);
  const title = `Interfaces (live, 5,000 flows, ${count(RATE)} packets a second in all)`;
  return `**${title}**\n\n${table(['interfaces', ...pairs.map(String)], rows)}${failed && `\n\n${failed}`}`;
}

function median(
  outcomes: ReadonlyMap<string, Outcome<WindowRun>>,
  figure: (result: WindowRun) => number,
): (number | undefined)[] {
  return [...outcomes.keys()].map((name) => medianOfRuns(pick(outcomes, name, figure)));
}
