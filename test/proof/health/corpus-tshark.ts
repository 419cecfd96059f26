/** What tshark says of a capture's connections and of its DNS, packet by packet. */
import { spawnSync } from 'node:child_process';

const columns = [
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.stream',
  'tcp.flags',
  'tcp.len',
  'tcp.analysis.initial_rtt',
  'udp.srcport',
  'udp.dstport',
  'dns.flags.response',
  'dns.time',
] as const;
type Column = (typeof columns)[number];
type Cell = (column: Column) => string;

/** Of one connection, or several between the same ports: those of the last. */
export interface Connection {
  stream: string;
  /** Of each segment who sent it, "192.0.2.1 50000", and its letters in a history: see test/support/connections.ts. */
  readonly segments: { readonly sender: string; readonly letters: string }[];
  initialRttUs?: number;
}

export interface Lookups {
  questions: number;
  answers: number;
  /** From the only question to its answer. */
  timeUs?: number;
}

export interface Readings {
  /** By both ends, "192.0.2.1 50000" and "192.0.2.2 443", in the order of `pairOf`. */
  readonly connections: ReadonlyMap<string, Connection>;
  readonly lookups: ReadonlyMap<string, Lookups>;
}

export const pairOf = (one: string, other: string): string => [one, other].toSorted().join(' - ');

/** Packets in packets are left out. */
export function readWithTshark(file: string): Readings {
  const connections = new Map<string, Connection>();
  const lookups = new Map<string, Lookups>();
  for (const line of linesOf(file)) {
    const cells = line.split(';');
    const cell: Cell = (column) => cells[columns.indexOf(column)]!;
    const isPlain = !line.includes(',') && (cell('ip.src') === '') !== (cell('ipv6.src') === '');
    if (!isPlain) continue;
    if (cell('tcp.stream') !== '') noteSegment(connections, cell);
    else if (cell('dns.flags.response') !== '' && cell('udp.srcport') !== '') noteLookup(lookups, cell);
  }
  return { connections, lookups };
}

function linesOf(file: string): readonly string[] {
  const preferences = ['-o', 'tcp.desegment_tcp_streams:FALSE', '-o', 'ip.defragment:FALSE'];
  const fields = columns.flatMap((column) => ['-e', column]);
  const words = ['-n', '-r', file, ...preferences, '-Y', 'tcp || dns', '-T', 'fields', ...fields];
  const shape = ['-E', 'separator=;', '-E', 'occurrence=a'];
  // It fails where a file is cut off, but prints the packets before.
  const { stdout } = spawnSync('tshark', [...words, ...shape], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return stdout.split('\n').filter(Boolean);
}

function endsOf(cell: Cell, transport: 'tcp' | 'udp'): readonly [string, string] {
  const version = cell('ip.src') === '' ? 'ipv6' : 'ip';
  const [source, target] = [cell(`${version}.src`), cell(`${version}.dst`)];
  return [`${source} ${cell(`${transport}.srcport`)}`, `${target} ${cell(`${transport}.dstport`)}`];
}

function noteSegment(connections: Map<string, Connection>, cell: Cell): void {
  const [sender, receiver] = endsOf(cell, 'tcp');
  const key = pairOf(sender, receiver);
  const stream = cell('tcp.stream');
  let connection = connections.get(key);
  if (connection?.stream !== stream) {
    connection = { stream, segments: [] };
    connections.set(key, connection);
  }
  connection.segments.push({
    sender,
    letters: lettersOf(Number(cell('tcp.flags')), Number(cell('tcp.len'))),
  });
  const rtt = cell('tcp.analysis.initial_rtt');
  if (rtt !== '') connection.initialRttUs = Math.round(Number(rtt) * 1e6);
}

function lettersOf(flags: number, bytes: number): string {
  if ((flags & 4) !== 0) return 'r';
  if ((flags & 2) !== 0) return (flags & 16) !== 0 ? 'h' : 's';
  const data = bytes > 0 ? 'd' : '';
  return (flags & 1) !== 0 ? `${data}f` : data || 'a';
}

function noteLookup(lookups: Map<string, Lookups>, cell: Cell): void {
  const [sender, receiver] = endsOf(cell, 'udp');
  const key = pairOf(sender, receiver);
  const own = lookups.get(key) ?? { questions: 0, answers: 0 };
  lookups.set(key, own);
  // tshark 4.0 prints 0 and 1.
  if (Number(cell('dns.flags.response')) === 0) own.questions++;
  else own.answers++;
  const time = cell('dns.time');
  if (time !== '') own.timeUs = Math.round(Number(time) * 1e6);
}
