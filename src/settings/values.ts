/** Reads the text of one option's argument. Each function throws a UsageError that names option and value. */
import { UsageError } from './config.js';
import type { OptionRow } from './options.js';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, '': 1_000 };

/** "500ms", "20s", "1m", "1h", or seconds without a unit; to whole milliseconds. */
export function durationMs(row: OptionRow, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text);
  if (!match) throw wrong(row, text, 'is not a time; write it like 500ms, 20s, 1m or 1h');
  const ms = Number(match[1]) * unitMs[match[2]!]!;
  if (!Number.isInteger(ms))
    throw wrong(row, text, `is not a whole number of milliseconds; it takes ${rangeOf(row, time)}`);
  if (ms !== 0) checkRange(row, text, ms, time);
  return ms;
}

export function count(row: OptionRow, text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw wrong(row, text, `is not a whole number; it takes ${rangeOf(row, String)}`);
  checkRange(row, text, Number(text), String);
  return Number(text);
}

/** Whole mebibytes, to bytes. */
export function mebibytes(row: OptionRow, text: string): number {
  return count(row, text) * 1024 * 1024;
}

export function choice<T extends string>(row: OptionRow, choices: readonly T[], text: string): T {
  const chosen = choices.find((name) => name === text);
  if (chosen === undefined) throw wrong(row, text, `is unknown; choose ${choices.join(' or ')}`);
  return chosen;
}

function checkRange(row: OptionRow, text: string, value: number, words: (value: number) => string): void {
  const [lowest, highest] = limitsOf(row);
  if (value < lowest || value > highest)
    throw wrong(row, text, `is out of range; it takes ${rangeOf(row, words)}`);
}

function rangeOf(row: OptionRow, words: (value: number) => string): string {
  return limitsOf(row).map(words).join(' to ');
}

const limitsOf = (row: OptionRow): readonly [number, number] => row.range ?? [0, Number.MAX_SAFE_INTEGER];

/** "24h", "100ms": whole hours where it is some. */
const time = (ms: number): string => (ms % unitMs['h']! === 0 ? `${ms / unitMs['h']!}h` : `${ms}ms`);

function wrong(row: OptionRow, text: string, what: string): UsageError {
  return new UsageError(`--${row.name} ${text}: '${text}' ${what}`);
}
