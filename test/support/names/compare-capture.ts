/** The names in a capture by the program and by tshark. */
import { spawnSync } from 'node:child_process';
import type { Difference } from '../compare-capture.js';
import { readNames } from './read-capture.js';

export interface NamesComparison {
  /** Those that both found. */
  readonly names: number;
  readonly differences: readonly Difference[];
}

/**
 * A name that is asked for is that of a connection: "10.0.0.1.40000 > 10.0.0.2.443", "a.example". tshark tells it with the last
 * segment of a hello, and we with the one that has it. Addresses are told by a frame: "frame 3", "a.example 192.0.2.1".
 */
type Told = readonly (readonly [place: string, text: string])[];

export async function compareNames(path: string): Promise<NamesComparison> {
  const { found } = await readNames(path);
  const ours = byPlace(found.filter((line) => !line.endsWith(' asked for none')).map(placeAndText));
  const theirs = byPlace(tsharkNames(path));
  const differences: Difference[] = [];
  let names = 0;
  for (const place of new Set([...ours.keys(), ...theirs.keys()])) {
    const [one, other] = [ours, theirs].map((told) => [...(told.get(place) ?? [])].sort().join(', '));
    if (one === other) names += ours.get(place)!.size;
    else differences.push({ place, ours: one!, theirs: other! });
  }
  return { names, differences };
}

function placeAndText(line: string): readonly [place: string, text: string] {
  const [, frame, ends, how, text] = /^(\d+): (\S+ > \S+) (asked for|told) (.*?)(?: \d+ s)?$/.exec(line)!;
  return how === 'told' ? [`frame ${frame}`, text!] : [ends!, text!];
}

function byPlace(told: Told): ReadonlyMap<string, Set<string>> {
  const places = new Map<string, Set<string>>();
  for (const [place, text] of told) places.set(place, (places.get(place) ?? new Set()).add(text));
  return places;
}

const columns = [
  ...['frame.number', 'frame.protocols', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst'],
  ...['udp.srcport', 'udp.dstport', 'tcp.srcport', 'tcp.dstport', 'tls.handshake.extensions_server_name'],
  ...['dns.flags.response', 'dns.qry.name', 'dns.a', 'dns.aaaa'],
] as const;
type Row = Readonly<Record<(typeof columns)[number], string>>;

function tsharkNames(path: string): Told {
  const run = spawnSync(
    'tshark',
    [
      ...['-n', '-r', path, '-T', 'fields', '-E', 'separator=;', '-E', 'occurrence=a', '-E', 'aggregator=,'],
      ...['-o', 'ip.defragment:false', '-o', 'ipv6.defragment:false'],
      ...columns.flatMap((column) => ['-e', column]),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  // Of a file that is cut off, it says what came before.
  return run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split(';');
      return Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ''])) as Row;
    })
    .filter((row) => plainLayers.test(row['frame.protocols']))
    .flatMap((row) => [...asked(row), ...told(row)]);
}

/** Nothing in tunnels. */
const plainLayers = /^(?:(?!:ipv?6?:).)*:ip(?:v6(?::ipv6\.\w+)*)?:(?:tcp|udp):(?:tls|quic|dns)\b/;

function asked(row: Row): Told {
  const source = `${row['ip.src'] || row['ipv6.src']}.${row['tcp.srcport'] || row['udp.srcport']}`;
  const target = `${row['ip.dst'] || row['ipv6.dst']}.${row['tcp.dstport'] || row['udp.dstport']}`;
  return row['tls.handshake.extensions_server_name']
    .split(',')
    .filter(isFit)
    .map((name) => [`${source} > ${target}`, name.toLowerCase()]);
}

function told(row: Row): Told {
  const isAnswer = /^(1|True)/.test(row['dns.flags.response']);
  const isFromDns = [row['udp.srcport'], row['tcp.srcport']].includes('53');
  const addresses = [row['dns.a'], row['dns.aaaa']].filter((text) => text !== '').join(',');
  const name = row['dns.qry.name'];
  if (!isAnswer || !isFromDns || !isFit(name) || addresses === '') return [];
  return [[`frame ${row['frame.number']}`, `${name.toLowerCase()} ${addresses.replaceAll(',', ' ')}`]];
}

const isFit = (name: string): boolean =>
  /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name) && !/(^|\.)\d+$/.test(name);
