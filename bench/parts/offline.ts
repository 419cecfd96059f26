/** Reading a file: every mix with 20,000 to 4 million flows, whole processes, start-up and output included. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Section, Target } from '../bench.js';
import { run } from '../command.js';
import { measureOffline, type OfflineRun } from '../measure.js';
import { argus } from '../meters/argus.js';
import type { Meter } from '../meters/meter.js';
import { nfpcapd } from '../meters/nfpcapd.js';
import { batch } from '../meters/pcap-agg.js';
import { pmacctd } from '../meters/pmacctd.js';
import { softflowd } from '../meters/softflowd.js';
import { tcpdump, tcpdumpText } from '../meters/tcpdump.js';
import { failures, type Outcome, pick, rounds } from '../rounds.js';
import { count, medianOfRuns, pairedRatio, short, table } from '../statistics.js';
import { type Mix, mixes, mixWords, writeTraffic } from '../traffic.js';

interface Case {
  readonly mix: Mix;
  readonly flows: number;
  readonly packets: number;
  readonly meters: readonly Meter[];
}

type Outcomes = ReadonlyMap<string, Outcome<OfflineRun>>;

/** Of one program in one of the sixteen cases: it has at least one run there, and five where they fit. */
const BUDGET_SECONDS = 5;

const peers = [softflowd, nfpcapd, argus, pmacctd, tcpdump];

export async function offline(bench: Bench): Promise<Section> {
  const cases = bench.quick ? quickCases() : fullCases();
  const results = new Map<Case, Outcomes>();
  for (const one of cases) results.set(one, await measureCase(bench, one));
  return { title: 'Offline', text: describe(cases, results), targets: targets(results) };
}

/** Ten packets a flow, but a million at least and four million at most. */
function fullCases(): Case[] {
  return mixes.flatMap((mix) =>
    [20_000, 200_000, 1_000_000, 4_000_000].map((flows) => ({
      mix,
      flows,
      packets: Math.min(Math.max(1_000_000, 10 * flows), 4_000_000),
      meters: [batch, ...peers, ...(mix === 'small' && flows === 20_000 ? [tcpdumpText] : [])],
    })),
  );
}

function quickCases(): Case[] {
  return [
    { mix: 'average', flows: 20_000, packets: 1_000_000, meters: [batch, softflowd, tcpdump] },
    { mix: 'small', flows: 1_000_000, packets: 4_000_000, meters: [batch, softflowd] },
  ];
}

async function measureCase(bench: Bench, one: Case): Promise<Outcomes> {
  const file = join(bench.directory, 'offline.pcap');
  const label = `offline, ${one.mix}, ${count(one.flows)} flows`;
  bench.say(`${label}: writing ${count(one.packets)} packets`);
  writeTraffic(file, one);
  await run(bench, ['cat', file]); // The first reader of a fresh file pays for its pages.
  const runs = bench.quick && one.flows > 100_000 ? 1 : bench.runs;
  const outcomes = await rounds(
    bench,
    label,
    one.meters,
    (meter) => measureOffline(bench, meter, file, one),
    runs,
    BUDGET_SECONDS,
  );
  rmSync(file);
  return outcomes;
}

function describe(cases: readonly Case[], results: ReadonlyMap<Case, Outcomes>): string {
  const parts = [
    'CPU of the whole process (user and system, children included) in ns per packet, and its wall clock in seconds. Medians; `(n)` where only n runs fitted in the time, – where it failed or was not run.',
  ];
  for (const mix of mixes) {
    const ofMix = cases.filter((one) => one.mix === mix);
    if (ofMix.length === 0) continue;
    const head = ['', ...ofMix.map((one) => `${count(one.flows)} flows, ${count(one.packets)} packets`)];
    const names = new Set(ofMix.flatMap((one) => one.meters.map((meter) => meter.name)));
    const rows = [...names].map((name) => [name, ...ofMix.map((one) => cell(results.get(one)!, name))]);
    const failed = ofMix.map((one) => failures(results.get(one)!)).join('');
    parts.push(`**${mix}** (${mixWords[mix]})`, table(head, rows));
    if (failed !== '') parts.push(`Not completed:\n\n${failed}`);
  }
  return parts.join('\n\n');
}

function cell(outcomes: Outcomes, name: string): string {
  const cpu = pick(outcomes, name, (result) => result.cpuNsPerPacket);
  const wall = pick(outcomes, name, (result) => result.cost.wallUs / 1e6);
  const done = cpu.filter((value) => value !== undefined).length;
  if (done === 0) return '–';
  const fewer = done < cpu.length ? ` (${done})` : '';
  return `${short(medianOfRuns(cpu))} ns · ${short(medianOfRuns(wall))} s${fewer}`;
}

function targets(results: ReadonlyMap<Case, Outcomes>): Target[] {
  const ratio = (mix: Mix, flows: number, peer: Meter) => {
    const outcomes = [...results].find(([one]) => one.mix === mix && one.flows === flows)?.[1];
    if (!outcomes) return undefined;
    const wall = (result: OfflineRun) => result.cost.wallUs;
    return pairedRatio(pick(outcomes, batch.name, wall), pick(outcomes, peer.name, wall));
  };
  const file = '1 M packets of 650 bytes, 20,000 flows';
  return [
    {
      promise: `offline wall clock against softflowd, ${file}`,
      limit: 0.3,
      measured: ratio('average', 20_000, softflowd),
      unit: '×',
    },
    {
      promise: `offline wall clock against tcpdump -r F -w /dev/null, ${file}`,
      limit: 0.7,
      measured: ratio('average', 20_000, tcpdump),
      unit: '×',
    },
    {
      promise: 'offline wall clock against softflowd, 1 M flows',
      limit: 0.1,
      measured: ratio('small', 1_000_000, softflowd),
      unit: '×',
    },
  ];
}
