/** What yargs complains of, said with what to do. Names have no dashes. */
import { UsageError } from '../host/failure.js';
import { nearest } from './nearest.js';
import type { OptionRow } from './option-row.js';
import { options } from './options.js';

/** Options that users of tcpdump type by habit, and what to do here instead. */
const habits: ReadonlyMap<string, string> = new Map([
  ['c', 'Ctrl-C ends it; to read N packets: tcpdump -c N -w - | pcap-agg -r -'],
  ['e', 'records have no link-layer addresses; leave it out'],
  ['l', 'records go out as soon as a window closes; leave it out'],
  ['t', 'each record has its time; leave it out'],
  ['U', 'records go out as soon as a window closes; leave it out'],
  ['v', 'records always have all fields; leave it out'],
  ['w', 'pcap-agg keeps no packets, use tcpdump for that; records go to stdout, or --to HOST:PORT'],
]);

/** From yargs' own words, as they stand in its locales/en.json: its errors have neither classes nor codes. */
export function complaint(message: string): UsageError {
  const [, unknown] = /^Unknown arguments?: (.+?)(?:, .*)?$/.exec(message) ?? [];
  if (unknown !== undefined)
    return new UsageError(`${dashed(unknown)}: there is no such option; ${remedy(unknown)}`);
  const [, bare] = /^Not enough arguments following: (.+)$/.exec(message) ?? [];
  const row = options.find(({ name, short }) => name === bare || short === bare);
  if (row !== undefined) return missingValue(row, bare);
  return new UsageError(`${message}; see pcap-agg --help`);
}

/** `given` is the option's name or letter, as it was typed. */
export function missingValue({ name, argument }: OptionRow, given = name): UsageError {
  return new UsageError(`${dashed(given)}: a value is missing; write ${dashed(given)} ${argument}`);
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function remedy(name: string): string {
  const habit = habits.get(name);
  if (habit !== undefined) return habit;
  if (options.some((option) => option.name === `no-${name}`))
    return `it is the default, which --no-${name} turns off; leave it out`;
  const meant = nearest(
    name,
    options.map((option) => option.name),
  );
  return meant === undefined ? 'see pcap-agg --help' : `did you mean --${meant}?`;
}
