/** Collectors of IPFIX: a socket of the test's, nfdump's nfcapd and pmacct's nfacctd; and what flows are to all of them. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { socketLine } from '../../sink/udp/socket-table.js';
import { freePort } from '../ports.js';
import { until } from '../until.js';

/** Why tests with a reader are skipped, or false. `word` has it tell its version. */
export const missing = (command: string, word: string, packageName: string): string | false =>
  spawnSync(command, [word], { timeout: 5_000 }).error === undefined
    ? false
    : `${command} is not installed (apt-get install ${packageName})`;

/** Packets and IP bytes by "source > target protocol ports-or-type". */
type FlowSums = ReadonlyMap<string, { readonly packets: number; readonly bytes: number }>;

export interface FlowRow {
  readonly source: string;
  readonly target: string;
  readonly protocol: number;
  /** Ports, or ICMP's type and code. */
  readonly rest: string;
  readonly packets: number;
  readonly bytes: number;
  /** As the reader writes it, where it was asked. */
  readonly start?: string;
}

/** The first few flows in which two readers differ, with what each has of them. */
export function differences(got: readonly FlowRow[], expected: readonly FlowRow[]): readonly string[] {
  const [theirs, ours] = [sumsOf(got), sumsOf(expected)];
  const keys = [...new Set([...theirs.keys(), ...ours.keys()])];
  const lines = keys.map((key) => [key, JSON.stringify(theirs.get(key)), JSON.stringify(ours.get(key))]);
  const differing = lines.filter(([, got, expected]) => got !== expected);
  return differing.slice(0, 10).map((cells) => cells.join(' | '));
}

function sumsOf(rows: readonly FlowRow[]): FlowSums {
  const sums = new Map<string, { packets: number; bytes: number }>();
  for (const { source, target, protocol, rest, packets, bytes } of rows) {
    const key = `${source} > ${target} ${protocol} ${rest}`;
    const sum = sums.get(key) ?? { packets: 0, bytes: 0 };
    sums.set(key, { packets: sum.packets + packets, bytes: sum.bytes + bytes });
  }
  return sums;
}

type Json = Readonly<Record<string, string | number | undefined>>;

/** Of records of the schema `full` that tell one direction each, as lines. */
export function rowsOfRecords(lines: string): FlowRow[] {
  return jsonLines(lines).map((record) => ({
    source: String(record.source_ip ?? '0.0.0.0'),
    target: String(record.target_ip ?? '0.0.0.0'),
    protocol: Number(record.protocol),
    rest: isIcmp(record)
      ? `${record.icmp_type ?? 0}.${record.icmp_code ?? 0}`
      : `${record.source_port ?? 0} ${record.target_port ?? 0}`,
    packets: Number(record.packets),
    bytes: Number(record.ip_bytes),
  }));
}

/** Where its type is not known, as of a fragment, collectors have 0. */
const isIcmp = ({ protocol }: Json): boolean => protocol === 1 || protocol === 58;

/** Whole lines only: a reader may be writing another one. */
const jsonLines = (text: string): Json[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Json);

export interface SocketCollector {
  readonly port: number;
  readonly datagrams: readonly Buffer[];
  close(): void;
}

/** Keeps what arrives. */
export async function openSocketCollector(): Promise<SocketCollector> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  const datagrams: Buffer[] = [];
  socket.on('message', (message) => datagrams.push(message));
  socket.bind(await freePort(), '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, datagrams, close: () => socket.close() };
}

/** Where a reader runs: its files lie in `folder`, and it is gone when `after` is through. */
export interface ReaderGround {
  readonly folder: string;
  after(undo: () => unknown): void;
  /** A free one where it is undefined. */
  readonly port?: number;
}

/** Keeps what each connection brings; the first `broken` end as soon as they have brought something. */
export async function openTcpCollector(broken = 0, chosen?: number) {
  const port = chosen ?? (await freePort());
  const sessions: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const session = sessions.push(Buffer.alloc(0)) - 1;
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      sessions[session] = Buffer.concat([sessions[session]!, bytes]);
      if (session < broken) socket.resetAndDestroy();
    });
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, sessions: sessions as readonly Buffer[], close };
}

export interface Nfcapd {
  readonly port: number;
  /** Has it read all that has arrived, and end; returns its flows and its last words. */
  finish(): Promise<{ readonly rows: readonly FlowRow[]; readonly log: string }>;
}

export async function startNfcapd(ground: ReaderGround): Promise<Nfcapd> {
  const port = ground.port ?? (await freePort());
  const files = mkdtempSync(join(ground.folder, 'nfcapd-'));
  const words = ['-b', '127.0.0.1', '-p', String(port), '-w', files, '-t', '3600', '-B', '4000000'];
  const reader = start(ground, 'nfcapd', words);
  await until('nfcapd listens', () => reader.log().includes('Startup nfcapd'), reader.log);
  return {
    port,
    async finish() {
      await until('nfcapd has read all', () => socketLine(port).usedBytes === 0);
      await reader.stop('SIGTERM');
      const file = readdirSync(files).find((name) => /^nfcapd\.\d+$/.test(name));
      const text = execFileSync('nfdump', ['-r', join(files, file!), '-o', 'json'], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      const rows = text.includes('No matching flows') ? [] : (JSON.parse(text) as Json[]);
      return { rows: rows.map(rowOfNfdump), log: reader.log() };
    },
  };
}

const rowOfNfdump = (row: Json): FlowRow => ({
  source: String(row.src4_addr ?? row.src6_addr),
  target: String(row.dst4_addr ?? row.dst6_addr),
  protocol: Number(row.proto),
  rest: row.icmp_type === undefined ? `${row.src_port} ${row.dst_port}` : `${row.icmp_type}.${row.icmp_code}`,
  packets: Number(row.in_packets),
  bytes: Number(row.in_bytes),
  start: String(row.first),
});

export interface Nfacctd {
  readonly port: number;
  /** Waits until it has written so many packets, and ends it. */
  finish(packets: number): Promise<{ readonly rows: readonly FlowRow[]; readonly log: string }>;
}

export async function startNfacctd(ground: ReaderGround): Promise<Nfacctd> {
  const port = ground.port ?? (await freePort());
  const files = mkdtempSync(join(ground.folder, 'nfacctd-'));
  const [output, configuration] = [join(files, 'flows.json'), join(files, 'nfacctd.conf')];
  const settings = {
    nfacctd_ip: '127.0.0.1',
    nfacctd_port: port,
    plugins: 'print',
    print_refresh_time: 1,
    print_output: 'json',
    print_output_file: output,
    print_output_file_append: true,
    aggregate: 'src_host, dst_host, src_port, dst_port, proto, timestamp_start',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(configuration, lines.join(''));
  const reader = start(ground, 'nfacctd', ['-f', configuration]);
  // Until it has written for the first time, it may lose what it has read.
  await until('nfacctd is ready', () => reader.log().includes('Purging cache - END'), reader.log);
  const rows = () => (existsSync(output) ? jsonLines(readFileSync(output, 'utf8')).map(rowOfNfacctd) : []);
  const packetsOf = () => rows().reduce((sum, row) => sum + row.packets, 0);
  return {
    port,
    async finish(packets) {
      await until('nfacctd has written all', () => packetsOf() >= packets, reader.log);
      await reader.stop('SIGINT');
      return { rows: rows(), log: reader.log() };
    },
  };
}

const protocolNumbers: Readonly<Record<string, number>> = {
  ...{ icmp: 1, tcp: 6, udp: 17, 'ipv6-icmp': 58, sctp: 132 },
};

/** It has no place for ICMP's type. */
const rowOfNfacctd = (row: Json): FlowRow => ({
  source: String(row.ip_src),
  target: String(row.ip_dst),
  protocol: protocolNumbers[String(row.ip_proto)]!,
  rest: `${row.port_src} ${row.port_dst}`,
  packets: Number(row.packets),
  bytes: Number(row.bytes),
  start: String(row.timestamp_start),
});

/** A program that runs until it is stopped, or its ground goes. */
function start({ after }: ReaderGround, command: string, words: readonly string[]) {
  const child: ChildProcess = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let log = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  after(() => child.kill('SIGKILL'));
  return {
    log: () => log,
    async stop(signal: NodeJS.Signals) {
      child.kill(signal);
      await exited;
    },
  };
}
