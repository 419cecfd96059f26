/** What has to hold of any flood: bounds, sums, and that no record shows what is no name. */
import { unaccounted } from '../../../support/name-counts.js';
import type { Captured, Way } from './capture.js';
import { type Flood, mostHeld } from './flood.js';

type Finding = readonly [wrong: boolean, text: string];

/** Server names, names by client and address, and names by address. */
const kindsOfNames = 3;
/** Beyond what the same run takes without names: 20 MiB of names, 2 MiB of pieces, and what V8 has not collected yet. */
const mostMoreMiB = 80;
/** Of a frame, on the average of a flood, beyond what it takes without names. An answer of 64 addresses makes 128 entries. */
const mostMoreUs = 50;
/** To load what reads names, and until it is compiled. */
const mostStartMs = 300;

/** `on` is the run with names, `off` the same without. */
export function judge(flood: Flood, way: Way, on: Captured, off: Captured): string[] {
  const moreMs = on.cpuMs - off.cpuMs;
  const sent = { frames: on.ledger.frames, seconds: on.seconds, isFile: way === 'file' };
  const { counts, ledger } = on;
  const findings: readonly Finding[] = [
    [
      on.exitCode !== 0 || off.exitCode !== 0,
      `exit codes ${on.exitCode} with names and ${off.exitCode} without:\n${on.stderr}`,
    ],
    [!ledger.balanced, `the ledger does not balance:\n${on.stderr}`],
    [counts.seen === 0, `no frame was looked at:\n${on.stderr}`],
    [unaccounted(counts) !== 0, `${unaccounted(counts)} frames have no count: ${JSON.stringify(counts)}`],
    [counts.held > kindsOfNames * mostHeld, `${counts.held} names are held`],
    [lost(on) > lost(off), `${lost(on)} frames are lost with names, ${lost(off)} without`],
    [on.peakMiB - off.peakMiB > mostMoreMiB, `${on.peakMiB} MiB with names, ${off.peakMiB} without`],
    [
      moreMs > mostStartMs + (mostMoreUs * on.sent) / 1_000,
      `${moreMs} ms of CPU more with names for ${on.sent} frames`,
    ],
    ...(flood.expects?.(counts, sent) ?? []),
  ];
  const wrong = findings.filter(([isWrong]) => isWrong).map(([, text]) => text);
  return [...wrong, ...oddBytes(on.records), ...oddNames(on.records, flood.shown ?? fitName)];
}

export const lost = ({ sent, ledger }: Captured): number => sent - ledger.frames;

const cpuUs = ({ cpuMs, sent }: Captured): number => (1_000 * cpuMs) / sent;

export function told(on: Captured, off: Captured): string {
  const { counts } = on;
  const refused = Object.entries(counts.refused).map(([reason, count]) => `${reason} ${count}`);
  return [
    `${on.sent} frames`,
    `${counts.seen} seen`,
    `${counts.parsed} parsed`,
    ...(refused.length === 0 ? [] : [`refused: ${refused.join(' ')}`]),
    `${counts.held} held`,
    `${counts.evicted} evicted`,
    `CPU ${(on.cpuMs / on.seconds).toFixed(0)} ms/s, ${cpuUs(on).toFixed(1)} µs a frame (${cpuUs(off).toFixed(1)} without names)`,
    `peak ${on.peakMiB.toFixed(0)} MiB (${off.peakMiB.toFixed(0)})`,
    `lost ${lost(on)} (${lost(off)})`,
  ].join(', ');
}

/** What moves a cursor, opens a tag or ends a string. A backslash would be JSON's own escape for such a thing. */
function oddBytes(records: Buffer): string[] {
  const newline = 10;
  const odd = new Set<number>();
  for (const byte of records)
    if (byte !== newline && (byte < 0x20 || byte > 0x7e || forbidden.has(byte))) odd.add(byte);
  return odd.size === 0
    ? []
    : [`records have the bytes ${[...odd].map((byte) => byte.toString(16)).join(' ')}`];
}

/** A message has an arrow in it, so ">" is none of them. */
const forbidden = new Set(Buffer.from("<&'\\`$%;", 'latin1'));

const fitName = /^[a-z0-9_.-]+$/;
const longestName = 253;

const nameFields = [
  ...['source_host', 'source_dns', 'client_host', 'client_dns', 'tls_server_name'],
  ...['target_host', 'target_dns', 'server_host', 'server_dns'],
];

/** Names in the records that should not be there, a few of them. */
function oddNames(records: Buffer, shown: RegExp): string[] {
  const names = new Set<string>();
  for (const line of records.toString('latin1').split('\n')) {
    if (line === '') continue;
    const record = JSON.parse(line) as Record<string, unknown>;
    for (const field of nameFields) if (record[field] !== undefined) names.add(String(record[field]));
  }
  const odd = [...names].filter((name) => !shown.test(name) || name.length > longestName);
  return odd.slice(0, 5).map((name) => `a record shows the name ${JSON.stringify(name.slice(0, 300))}`);
}
