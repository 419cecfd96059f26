/** The highest rate that a program keeps up with, found by halving. */
import { join } from 'node:path';
import type { Bench, Section } from '../bench.js';
import { closeLink, type Link, openLink } from '../links.js';
import { type LiveRun, measureLive } from '../measure.js';
import type { Meter } from '../meters/meter.js';
import { nfpcapd } from '../meters/nfpcapd.js';
import { batch, byDefault, cap } from '../meters/pcap-agg.js';
import { softflowd } from '../meters/softflowd.js';
import { tcpdump } from '../meters/tcpdump.js';
import { count, table } from '../statistics.js';
import { writeTraffic } from '../traffic.js';

const FLOWS = 5_000;
const SECONDS = 3;
const STEPS = 6;
/** What softflowd and others leave in their ring when the last packet has come; it is not lost. */
const LEFT_OVER = 1_000;

/** More than `cap` is left with, and less than it loses frames of. */
const handOver = { packetsPerSecond: 60_000, seconds: 5, warmsUp: true } as const;

interface Found {
  readonly rate: number;
  /** The sender could not send faster than this. */
  readonly limitedBySender: boolean;
}

export async function rate(bench: Bench): Promise<Section> {
  const link = openLink();
  const file = join(bench.directory, 'rate.pcap');
  writeTraffic(file, { mix: 'small', flows: FLOWS, packets: FLOWS });
  const rows: string[][] = [];
  try {
    for (const meter of [batch, byDefault, cap, softflowd, nfpcapd, tcpdump]) {
      rows.push([meter.name, await describe(bench, link, file, meter)]);
    }
  } finally {
    closeLink(link);
  }
  const text = `Packets a second for ${SECONDS} s without a single one lost, ${count(FLOWS)} flows, frames of 64 to 100 bytes, each program with its own default buffer; the default engine hands over to \`batch\` beforehand. ${STEPS} steps of halving; ≥ where it kept up with all the sender can do.`;
  return {
    title: 'Highest rate without loss',
    text: `${text}\n\n${table(['', 'packets/s'], rows)}`,
    targets: [],
  };
}

async function describe(bench: Bench, link: Link, file: string, meter: Meter): Promise<string> {
  try {
    const found = await search(bench, link, file, meter);
    return `${found.limitedBySender ? '≥ ' : ''}${count(Math.round(found.rate / 1000) * 1000)}`;
  } catch (error) {
    bench.say(`  ${meter.name}: ${error instanceof Error ? error.message : error}`);
    return '–';
  }
}

async function search(bench: Bench, link: Link, file: string, meter: Meter): Promise<Found> {
  const attempt = async (packetsPerSecond: number) => {
    const phase = { file, packetsPerSecond, seconds: SECONDS };
    const phases = meter === byDefault ? [{ file, ...handOver }, phase] : [phase];
    const run = await measureLive(bench, meter, link, FLOWS, phases);
    const { sent, wallUs } = run.phases.at(-1)!;
    const reached = sent / (wallUs / 1e6);
    bench.say(`highest rate, ${meter.name}: ${count(Math.round(reached))}/s, ${count(run.lost)} lost`);
    return { reached, lossless: isLossless(run) };
  };
  const flatOut = await attempt(0);
  if (flatOut.lossless) return { rate: flatOut.reached, limitedBySender: true };
  let low = 0;
  let high = flatOut.reached;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if ((await attempt(middle)).lossless) low = middle;
    else high = middle;
  }
  return { rate: low, limitedBySender: false };
}

function isLossless(run: LiveRun): boolean {
  return (run.totals.droppedByKernel ?? run.lost) === 0 && run.lost <= LEFT_OVER;
}
