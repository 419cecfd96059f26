/**
 * Names of rotated files: flows.jsonl.20261130T101500.123Z, and with .gz behind it once it is compressed. The time is that
 * of the rotation, in UTC; sorted by name they are sorted by time.
 */

export interface RotatedFile {
  /** Its name without .gz. */
  readonly name: string;
  readonly hasPlain: boolean;
  readonly hasCompressed: boolean;
  /** Left by a compression that did not finish. */
  readonly hasPartial: boolean;
}

export const compressedEnding = '.gz';
export const partialEnding = '.gz.partial';

/** Years from 9000 on are not taken, so that there is always a later stamp. */
const ending = /^\.([0-8]\d{3})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z(|\.gz|\.gz\.partial)$/;
const stampLength = 20;

/** "20261130T101500.123Z" */
export const stampOf = (wallMs: number): string => new Date(wallMs).toISOString().replace(/[-:]/g, '');

/** Which of a folder's names are rotated files of `base`, the oldest first. */
export function rotatedFiles(names: readonly string[], base: string): RotatedFile[] {
  const found = new Set(names.filter((name) => name.startsWith(base) && isEnding(name.slice(base.length))));
  const plain = new Set([...found].map((name) => name.slice(0, base.length + 1 + stampLength)));
  return [...plain].sort().map((name) => ({
    name,
    hasPlain: found.has(name),
    hasCompressed: found.has(name + compressedEnding),
    hasPartial: found.has(name + partialEnding),
  }));
}

/** The name of the next one: later than all others, also where the clock went back or two come within a millisecond. */
export function nextRotatedName(names: readonly string[], base: string, wallMs: number): string {
  const newest = rotatedFiles(names, base).at(-1)?.name.slice(base.length);
  const after = newest === undefined ? 0 : timeOf(newest)! + 1;
  return `${base}.${stampOf(Math.max(wallMs, after))}`;
}

/** Milliseconds since the epoch; undefined for a name that is not one of these. */
function timeOf(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] = ending.exec(text) ?? [];
  if (year === undefined) return undefined;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // There is no 31 February.
  return !Number.isNaN(time) && stampOf(time) === text.slice(1, 1 + stampLength) ? time : undefined;
}

const isEnding = (text: string): boolean => timeOf(text) !== undefined;
