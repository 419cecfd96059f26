/**
 * Readers: each turns the text of one setting into its value. A text that it cannot read is refused with a UsageError that
 * begins with the place where the text was written, the text included: "--interval 7x", "PCAP_AGG_INTERVAL=7x".
 */
import { UsageError } from '../host/failure.js';

export type Reader<T> = (text: string, place: string) => T;

/** Lowest and highest value, both allowed. */
type Range = readonly [lowest: number, highest: number];

/** As it stands. */
export const asText: Reader<string> = (text) => text;

const flagWords: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

/** On the command line a flag has no value and is true. */
export const flag: Reader<boolean> = (text, place) => {
  const value = Object.hasOwn(flagWords, text) ? flagWords[text] : undefined;
  if (value === undefined) throw wrong(place, 'neither true nor false; write 1 or 0, true or false');
  return value;
};

export function count(range: Range): Reader<number> {
  return (text, place) => {
    if (!/^\d{1,15}$/.test(text))
      throw wrong(place, `not a whole number; it takes ${between(range, String)}`);
    return inRange(Number(text), range, place, String);
  };
}

/** Whole mebibytes, to bytes. `range` is in mebibytes. */
export function mebibytes(range: Range): Reader<number> {
  const read = count(range);
  return (text, place) => read(text, place) * 1024 * 1024;
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, '': 1_000 } as const;

/** "500ms", "1.5s", "1m", "1h", or seconds without a unit, to whole milliseconds within `range`, or 0. */
export function duration(range: Range): Reader<number> {
  return (text, place) => {
    const match = /^(\d{1,15})(?:\.(\d{1,15}))?(ms|s|m|h|)$/.exec(text);
    if (match === null) throw wrong(place, 'not a time; write it like 500ms, 20s, 1m or 1h');
    const [, whole = '', fraction = '', unit = ''] = match;
    // In whole numbers, for a product of decimals is not exact: 64.1 × 1000 is not 64100.
    const scaled = BigInt(whole + fraction) * BigInt(unitMs[unit as keyof typeof unitMs]);
    const scale = 10n ** BigInt(fraction.length);
    if (scaled % scale !== 0n)
      throw wrong(place, `not a whole number of milliseconds; it takes ${between(range, timeText)}`);
    const ms = Number(scaled / scale);
    return ms === 0 ? 0 : inRange(ms, range, place, timeText);
  };
}

/** One of these words: what --help calls the argument, and what is read. */
export function oneOf<const T extends string>(...words: readonly T[]) {
  const read: Reader<T> = (text, place) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw wrong(place, `unknown; choose ${listed(words)}`);
    return word;
  };
  return { argument: words.join('|'), read };
}

/** "auto, cap or batch". */
function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), words.at(-1)].join(' or ');
}

function inRange(value: number, range: Range, place: string, words: (value: number) => string): number {
  const [lowest, highest] = range;
  if (value < lowest || value > highest)
    throw wrong(place, `out of range; it takes ${between(range, words)}`);
  return value;
}

function between(range: Range, words: (value: number) => string): string {
  return range.map(words).join(' to ');
}

/** "24h" where these are whole hours, else "100ms". */
function timeText(ms: number): string {
  return ms % unitMs.h === 0 ? `${ms / unitMs.h}h` : `${ms}ms`;
}

function wrong(place: string, what: string): UsageError {
  return new UsageError(`${place}: ${what}`);
}
