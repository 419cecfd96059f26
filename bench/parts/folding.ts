/** How many records a window of 100,000 flows makes, and how many bytes of JSON, by the settings of records. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench, Section } from '../bench.js';
import { type Cost, run } from '../command.js';
import { pcapAgg } from '../meters/pcap-agg.js';
import { failures, pick, rounds } from '../rounds.js';
import { clientNetworks, writeServiceTraffic } from '../service-traffic.js';
import { count, medianOfRuns, pairedRatio, short, table } from '../statistics.js';

const CLIENTS = 500;
const CONNECTIONS_EACH = 100;
const FLOWS = 2 * CLIENTS * CONNECTIONS_EACH;

const networks = clientNetworks.flatMap((network) => ['--network', network]);
const subjects = [
  { name: 'each flow', words: [] },
  { name: '--biflow', words: ['--biflow'] },
  { name: '--top 100', words: ['--top', '100'] },
  { name: '--min-bytes 10000', words: ['--min-bytes', '10000'] },
  { name: '--group clients', words: ['--group', 'clients'] },
  { name: '--biflow --group clients', words: ['--biflow', '--group', 'clients'] },
  {
    name: '--biflow --group clients,networks',
    words: ['--biflow', '--group', 'clients,networks', ...networks],
  },
  { name: '--biflow --group clients --top 50', words: ['--biflow', '--group', 'clients', '--top', '50'] },
] as const;

interface FoldingRun {
  readonly cost: Cost;
  readonly records: number;
  readonly bytes: number;
}

export async function folding(bench: Bench): Promise<Section> {
  const file = join(bench.directory, 'service.pcap');
  const packets = writeServiceTraffic(file, { clients: CLIENTS, connectionsEach: CONNECTIONS_EACH });
  const outcomes = await rounds(bench, 'folding', subjects, ({ words }) =>
    foldOnce(bench, file, words, packets),
  );
  const of = (name: string, figure: (run: FoldingRun) => number) => pick(outcomes, name, figure);
  const seconds = ({ cost }: FoldingRun) => (cost.userUs + cost.systemUs) / 1e6;
  const plain = subjects[0].name;
  const rows = subjects.map(({ name }) => [
    name,
    count(medianOfRuns(of(name, ({ records }) => records)) ?? Number.NaN),
    short((medianOfRuns(of(name, ({ bytes }) => bytes)) ?? Number.NaN) / 1e6),
    short(pairedRatio(of(name, seconds), of(plain, seconds))),
  ]);
  const failed = failures(outcomes);
  const head = ['', 'records', 'MB of JSON', 'CPU of the whole run ×'];
  return {
    title: 'Fewer records',
    text: `A window with ${count(FLOWS)} flows: ${count(CLIENTS)} clients in ${clientNetworks.length} networks, with ${CONNECTIONS_EACH} connections each to one service; ${count(packets)} packets, which the records of every row add up to. Schema legacy, from a file.\n\n${table(head, rows)}${failed && `\n\n${failed}`}`,
    targets: [],
  };
}

async function foldOnce(
  bench: Bench,
  file: string,
  words: readonly string[],
  packets: number,
): Promise<FoldingRun> {
  const stdout = join(bench.directory, 'folding.jsonl');
  const fixed = ['-r', file, '--interval', '0', '-n', '--datadog-ranges', 'off'];
  const cost = await run(bench, [...pcapAgg, ...fixed, ...words], { stdout });
  let [records, bytes, counted] = [0, 0, 0];
  for await (const line of createInterface({ input: createReadStream(stdout) })) {
    records++;
    bytes += line.length + 1;
    counted += (JSON.parse(line) as { count: number }).count;
  }
  if (counted !== packets) throw new Error(`${counted} packets in records of ${packets}`);
  return { cost, records, bytes };
}
