/** Windows aligned to the clock. All times are microseconds since the epoch. */

/** A window's inclusive start and exclusive end. */
export interface WindowBounds {
  readonly startUs: number;
  readonly endUs: number;
}

/** A live window that would be shorter than this part of the interval is joined with the next one. */
const shortestPart = 0.1;

/** The window of a capture that holds `timestampUs`; with an interval of 0, the one window of all time. */
export function windowAt(timestampUs: number, intervalUs: number): WindowBounds {
  if (intervalUs === 0) return { startUs: 0, endUs: Number.POSITIVE_INFINITY };
  const startUs = Math.floor(timestampUs / intervalUs) * intervalUs;
  return { startUs, endUs: startUs + intervalUs };
}

/**
 * The live window that opens at `nowUs` and ends at the next full interval of the clock. Where that is so near that
 * two timers' difference could have caused it, it ends one interval later.
 */
export function windowFrom(nowUs: number, intervalUs: number): WindowBounds {
  const { endUs } = windowAt(nowUs, intervalUs);
  const tooShort = endUs - nowUs < intervalUs * shortestPart;
  return { startUs: nowUs, endUs: tooShort ? endUs + intervalUs : endUs };
}

/** No live window is longer than this. */
export function longestWindowUs(intervalUs: number): number {
  return intervalUs * (1 + shortestPart);
}
