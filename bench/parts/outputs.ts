/** What each output costs: a file of many flows is told to a reader on this host that takes and forgets the records. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Section } from '../bench.js';
import { type Cost, run } from '../command.js';
import { ledgerTotals, pcapAgg } from '../meters/pcap-agg.js';
import {
  type Certificate,
  type Discarded,
  makeCertificate,
  type ReaderKind,
  startReader,
} from '../readers.js';
import { failures, pick, rounds } from '../rounds.js';
import { count, medianOfRuns, short, spread, table } from '../statistics.js';
import { writeTraffic } from '../traffic.js';

const FLOWS = 500_000;
const QUICK_FLOWS = 200_000;
/** The program has this CPU for itself, the reader another. */
const PROCESSOR = 0;

interface Places {
  readonly port: number;
  /** Of this run alone: a socket, a file, a folder. */
  readonly path: string;
  readonly ca: string;
}

interface Output {
  readonly name: string;
  /** Who reads; nobody where it is undefined. */
  readonly reader?: ReaderKind;
  /** It listens on the path. */
  readonly onPath?: true;
  /** The output writes there, and is not what it says where it does not. */
  readonly leaves?: true;
  /** What the reader is sent begins with these bytes, hexadecimal. */
  readonly start?: string;
  readonly to: (places: Places) => string;
}

/** A message of IPFIX begins with its version, 10 (RFC 7011, section 3.1). */
const ipfixStart = '000a';

const https: Output = {
  name: 'https, gzip',
  reader: 'https',
  to: ({ port, ca }) => `https://127.0.0.1:${port}/?ca=${ca}`,
};

const datadog: Output = {
  name: 'datadog, https, gzip, schema datadog',
  reader: 'https',
  to: ({ port, ca }) => `datadog+https://127.0.0.1:${port}?ca=${ca}`,
};

const outputs: readonly Output[] = [
  { name: 'stdout to /dev/null', to: () => '-' },
  { name: 'file', leaves: true, to: ({ path }) => `file:${path}` },
  { name: 'unix', reader: 'datagrams', onPath: true, to: ({ path }) => `unix:${path}` },
  { name: 'unix-stream', reader: 'tcp', onPath: true, to: ({ path }) => `unix-stream:${path}` },
  { name: 'udp', reader: 'datagrams', to: ({ port }) => `udp://127.0.0.1:${port}?rate=1000000` },
  {
    name: 'udp, pack=9000',
    reader: 'datagrams',
    to: ({ port }) => `udp://127.0.0.1:${port}?rate=1000000&pack=9000`,
  },
  { name: 'tcp', reader: 'tcp', to: ({ port }) => `tcp://127.0.0.1:${port}` },
  {
    name: 'tcp, queue on disk',
    reader: 'tcp',
    leaves: true,
    to: ({ port, path }) => `tcp://127.0.0.1:${port}?spool=${path}`,
  },
  { name: 'syslog+tcp', reader: 'tcp', to: ({ port }) => `syslog+tcp://127.0.0.1:${port}` },
  { name: 'tls', reader: 'tls', to: ({ port, ca }) => `tls://127.0.0.1:${port}?ca=${ca}` },
  { name: 'http, uncompressed', reader: 'http', to: ({ port }) => `http://127.0.0.1:${port}/?compress=none` },
  { name: 'http, gzip', reader: 'http', to: ({ port }) => `http://127.0.0.1:${port}/` },
  https,
  datadog,
  {
    name: 'otlp, https, gzip, schema otel',
    reader: 'https',
    to: ({ port, ca }) => `otlp+https://127.0.0.1:${port}?ca=${ca}`,
  },
  {
    name: 'ipfix',
    reader: 'datagrams',
    start: ipfixStart,
    to: ({ port }) => `ipfix://127.0.0.1:${port}?rate=1000000`,
  },
  {
    name: 'ipfix+tcp',
    reader: 'tcp',
    start: ipfixStart,
    to: ({ port }) => `ipfix+tcp://127.0.0.1:${port}`,
  },
];

export async function outputsPart(bench: Bench): Promise<Section> {
  const flows = bench.quick ? QUICK_FLOWS : FLOWS;
  const file = join(bench.directory, 'outputs.pcap');
  bench.say(`outputs: writing ${count(flows)} packets`);
  writeTraffic(file, { mix: 'small', flows, packets: flows });
  const certificate = makeCertificate(bench.directory);
  const outcomes = await rounds(bench, 'outputs', outputs, (output) =>
    runOnce(bench, output, file, flows, certificate),
  );
  rmSync(file);
  const of = (name: string, figure: (run: OutputRun) => number | undefined) => pick(outcomes, name, figure);
  const rows = outputs.map(({ name }) => {
    const cpu = of(name, ({ cost }) => (cost.userUs + cost.systemUs) / flows);
    const rate = of(name, ({ cost }) => (flows / cost.wallUs) * 1e6);
    const bytes = of(name, (run) => run.bytes && run.bytes / flows);
    return [
      name,
      ...[rate, cpu].map((runs) => short(medianOfRuns(runs))),
      spread(cpu),
      short(medianOfRuns(bytes)),
    ];
  });
  const failed = failures(outcomes);
  const head = ['output', 'records a second', 'CPU of a record, µs', 'runs, µs', 'bytes of a record'];
  return {
    title: 'Outputs',
    text: `A file of ${count(flows)} flows, one window, is told to a reader on loopback that discards the records. Whole process on one CPU, start-up, reading and encoding included: the first row is what all of them have in common where the schema is legacy, as it is unless the name says another. The reader has another CPU, and its cost is in none of the numbers. Bytes are those that the reader was sent, without TLS and the headers of HTTP; the traffic is regular, so that gzip saves more than it does on most hosts.\n\n${table(head, rows)}${failed && `\n\nNot completed:\n\n${failed}`}`,
    targets: [https, datadog].map(({ name }) => ({
      promise: `time of a record by ${name}, the whole process on one CPU (100,000 a second)`,
      limit: 10,
      measured: medianOfRuns(of(name, ({ cost }) => cost.wallUs / flows)),
      unit: ' µs',
    })),
  };
}

interface OutputRun {
  readonly cost: Cost;
  /** That the reader was sent; undefined where there is none. */
  readonly bytes: number | undefined;
}

async function runOnce(
  bench: Bench,
  output: Output,
  file: string,
  flows: number,
  certificate: Certificate,
): Promise<OutputRun> {
  // The program gives up its rights: others may go where it is to connect to a socket.
  const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-bench-output-'));
  chmodSync(folder, 0o755);
  const path = join(folder, 'output');
  const place = output.onPath === undefined ? undefined : path;
  const reader = output.reader && (await startReader(bench, output.reader, certificate, place));
  let discarded: Discarded | undefined;
  try {
    const to = output.to({ port: reader?.port ?? 0, path, ca: certificate.cert });
    const cost = await tell(bench, output.name, to, file, flows);
    if (output.leaves && !existsSync(path)) throw new Error(`${output.name} wrote nothing to ${path}`);
    discarded = await reader?.stop();
    if (discarded?.bytes === 0) throw new Error(`the reader of ${output.name} was sent nothing`);
    if (discarded?.start?.startsWith(output.start ?? '') === false)
      throw new Error(`the reader of ${output.name} was sent ${discarded.start}…, which is something else`);
    return { cost, bytes: discarded?.bytes };
  } finally {
    if (discarded === undefined) await reader?.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Throws where not every record was sent. */
async function tell(bench: Bench, name: string, to: string, file: string, flows: number): Promise<Cost> {
  const stderr = join(bench.directory, 'output.stderr');
  const words = ['-r', file, '--interval', '0', '-n', '--datadog-ranges', 'off', '--to', to];
  const cost = await run(bench, [...pcapAgg, ...words, '--max-flows', String(flows * 1.25)], {
    stderr,
    processor: PROCESSOR,
    environment: { DD_API_KEY: '0123456789abcdef0123456789abcdef' },
  });
  const said = readFileSync(stderr, 'utf8');
  if (cost.exit !== 0) throw new Error(`${name} failed (${cost.exit}): ${said.slice(0, 300)}`);
  const totals = ledgerTotals(said);
  if (totals.flows !== flows) throw new Error(`${name} sent ${totals.flows} of ${flows} records`);
  return cost;
}
