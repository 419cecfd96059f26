/**
 * Readers: each turns the text of one setting into its value. A text that it cannot read is refused with a UsageError that
 * begins with the place where the text was written, the text included: "--interval 7x", "PCAP_AGG_INTERVAL=7x".
 */
import { UsageError } from '../host/failure.js';
import { nearest } from './nearest.js';

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

const unitBytes = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

/** "100MB", "1GiB", or bytes without a unit. `range` is in bytes. */
export function byteSize(range: Range) {
  const read: Reader<number> = (text, place) => {
    const match = /^(\d{1,15})([kKMGT]i?B|B|)$/.exec(text);
    const unit = unitBytes[(match?.[2] || 'B') as keyof typeof unitBytes];
    if (match === null || unit === undefined) throw wrong(place, 'not a size; write it like 100MB or 1GiB');
    return inRange(Number(match[1]) * unit, range, place, sizeText);
  };
  return { argument: 'SIZE', read };
}

/** A size, a time, or both with a comma between them: whichever comes first. Ranges are in bytes and milliseconds. */
export function sizeOrTime(bytes: Range, ms: Range) {
  const size = byteSize(bytes).read;
  const time = duration(ms);
  const read: Reader<{ readonly bytes?: number; readonly ms?: number }> = (text, place) => {
    const parts = text
      .split(',')
      .map((part) => (/b$/i.test(part) ? { bytes: size(part, place) } : { ms: time(part, place) }));
    if (parts.some((part) => part.ms === 0)) throw wrong(place, 'never; leave it out');
    if (parts.length > new Set(parts.flatMap(Object.keys)).size)
      throw wrong(place, 'two sizes or two times; write one of each at most, like 100MB,1h');
    return Object.assign({}, ...parts);
  };
  return { argument: 'SIZE|TIME', read };
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

/** These words, separated by commas: what --help calls the argument, and what is read; "none" is no word. */
export function listOf<const T extends string>(...words: readonly T[]) {
  const choices = [...words, 'none'] as const;
  const read: Reader<readonly T[]> = (text, place) => {
    const unknown = text.split(',').find((word) => !choices.some((choice) => choice === word));
    if (unknown !== undefined) throw unknownWord(place, unknown, choices);
    return words.filter((word) => text.split(',').includes(word));
  };
  return { argument: choices.join('|'), read };
}

/** A whole number within `range`, or "all", which is read as infinity. */
export function orAll(range: Range) {
  const read: Reader<number> = (text, place) => {
    if (text === 'all') return Number.POSITIVE_INFINITY;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
    if (value < range[0] || value > range[1])
      throw wrong(place, `not a number of records; it takes ${between(range, String)}, or all`);
    return value;
  };
  return { argument: 'N|all', read };
}

/** One of these names, or the name of a file. */
export function schema<const T extends string>(names: readonly T[]) {
  const choices = [...names, 'FILE.json'];
  const read: Reader<string> = (text, place) => {
    if (names.some((name) => name === text) || isSchemaFile(text)) return text;
    throw wrong(place, `there is no such schema; ${meantOf(text, choices)}`);
  };
  return { argument: choices.join('|'), read };
}

export function isSchemaFile(text: string): boolean {
  return text.endsWith('.json');
}

/** What Datadog keeps of a tag as it stands; it makes capitals small. */
const longestTag = 200;

/** "env:prod", by the rules of Datadog's tags. */
export const tag: Reader<string> = (text, place) => {
  if (!/^[^:]+:./su.test(text)) throw wrong(place, 'no key and value; write it like env:prod');
  if (!/^\p{L}/u.test(text)) throw wrong(place, 'a tag begins with a letter; write it like env:prod');
  const [other] = /[^\p{L}\p{N}_\-:./]/u.exec(text) ?? [];
  if (other !== undefined)
    throw wrong(place, `${JSON.stringify(other)} cannot be in a tag; use letters, digits and _ - : . /`);
  if (text.endsWith(':')) throw wrong(place, 'a tag does not end with a colon; leave it out');
  return shortEnough(text, longestTag, place);
};

const longestTitle = 100;

/** A name for people, of any characters that can be shown. */
export const title: Reader<string> = (text, place) => {
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text))
    throw wrong(place, 'there is a character in it that cannot be shown; leave it out');
  return shortEnough(text, longestTitle, place);
};

function shortEnough(text: string, longest: number, place: string): string {
  if ([...text].length > longest) throw wrong(place, `too long; it takes up to ${longest} characters`);
  return text;
}

/** For a word of a list that is none of `words`. */
export function unknownWord(place: string, word: string, words: readonly string[]): UsageError {
  return wrong(place, `${word || '""'}: unknown; ${meantOf(word, words)}`);
}

/** The remedy for a word that is none of `words`. */
function meantOf(word: string, words: readonly string[]): string {
  const meant = nearest(word, words);
  return meant === undefined ? `choose ${listed(words)}` : `did you mean ${meant}?`;
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

/** In the largest binary unit that leaves a whole number. */
function sizeText(bytes: number): string {
  const unit = (['TiB', 'GiB', 'MiB', 'KiB'] as const).find((name) => bytes % unitBytes[name] === 0) ?? 'B';
  return `${bytes / unitBytes[unit]}${unit}`;
}

/** "24h" where these are whole hours, else "100ms". */
function timeText(ms: number): string {
  return ms % unitMs.h === 0 ? `${ms / unitMs.h}h` : `${ms}ms`;
}

export function wrong(place: string, what: string): UsageError {
  return new UsageError(`${place}: ${what}`);
}
