/** What is lost when the process gets no CPU for a while: a long collection, a busy host, a debugger. */
import { join } from 'node:path';
import type { Bench, Section } from '../bench.js';
import { closeLink, openLink } from '../links.js';
import { measureLive } from '../measure.js';
import { argus } from '../meters/argus.js';
import { nfpcapd } from '../meters/nfpcapd.js';
import { batch, cap } from '../meters/pcap-agg.js';
import { softflowd } from '../meters/softflowd.js';
import { tcpdump } from '../meters/tcpdump.js';
import { failures, pick, rounds } from '../rounds.js';
import { count, medianOfRuns, short, table } from '../statistics.js';
import { writeTraffic } from '../traffic.js';

const FLOWS = 5_000;
const STALL_MS = 300;
const RATES = [20_000, 100_000, 400_000] as const;

export async function stall(bench: Bench): Promise<Section> {
  const link = openLink();
  const file = join(bench.directory, 'stall.pcap');
  writeTraffic(file, { mix: 'average', flows: FLOWS, packets: FLOWS });
  const meters = [batch, cap, softflowd, nfpcapd, argus, tcpdump];
  const columns: (readonly string[])[] = [];
  let failed = '';
  try {
    for (const packetsPerSecond of RATES) {
      const phases = [{ file, packetsPerSecond, seconds: 2, stallMs: STALL_MS }];
      const label = `stall, ${count(packetsPerSecond)}/s`;
      const outcomes = await rounds(
        bench,
        label,
        meters,
        (meter) => measureLive(bench, meter, link, FLOWS, phases),
        3,
      );
      columns.push(meters.map(({ name }) => short(medianOfRuns(pick(outcomes, name, (run) => run.lost)))));
      failed += failures(outcomes);
    }
  } finally {
    closeLink(link);
  }
  const head = ['packets lost at', ...RATES.map((value) => `${count(value)}/s`)];
  const rows = meters.map(({ name }, row) => [name, ...columns.map((column) => column[row]!)]);
  const offered = RATES.map((value) => count((value * STALL_MS) / 1000)).join(', ');
  return {
    title: `A stall of ${STALL_MS} ms`,
    text: `Frames of 650 bytes on average. The process is stopped (SIGSTOP) for ${STALL_MS} ms and continued, at three rates: ${offered} packets come meanwhile. Each program with its own default buffer; medians of three runs. A program that cannot keep up with the rate loses packets without a stall, too.\n\n${table(head, rows)}${failed && `\n\nNot completed:\n\n${failed}`}`,
    targets: [],
  };
}
