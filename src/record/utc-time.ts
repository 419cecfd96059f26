/** Moments as text. */

/** 9999-12-31 23:59:59: a capture file may claim any time, the text has room for four digits of a year. */
const latestUs = 253_402_300_799_000_000;

/**
 * "2016-09-08 23:28:29.073292": UTC, to the microsecond. What lies before 1970 or after 9999 is shown as the nearest
 * moment that does not.
 */
export function formatUtc(timestampUs: number): string {
  const us = Math.floor(Math.min(Math.max(timestampUs, 0), latestUs));
  const ms = Math.floor(us / 1000);
  const microseconds = String(us - ms * 1000).padStart(3, '0');
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', microseconds);
}
