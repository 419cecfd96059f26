/** Local time, which tcpdump -tttt prints, turned back into the instant that it stands for. */

/**
 * What clocks on the wall show at an instant: whole seconds since the epoch in; out what they show, read as
 * if it were UTC.
 */
export type LocalTime = (seconds: number) => number;

const daySeconds = 86_400;
const minuteSeconds = 60;

/**
 * The instant of a reading of the wall's clocks, both in whole seconds. When clocks are put back, some
 * readings come twice: the second instant is meant where the first lies a minute or more before `notBefore`,
 * the latest that was read. A reading that was skipped when clocks were put forward is taken by the clocks
 * before that.
 */
export function instantOf(reading: number, notBefore: number, localTime: LocalTime): number {
  const first = reading - aheadOfUtc(reading - daySeconds, localTime);
  const second = reading - aheadOfUtc(reading + daySeconds, localTime);
  if (first === second) return first;
  const showsSecond = localTime(second) === reading;
  const showsFirst = localTime(first) === reading;
  const isPast = first + minuteSeconds <= notBefore;
  return showsSecond && (isPast || !showsFirst) ? second : first;
}

const aheadOfUtc = (seconds: number, localTime: LocalTime): number => localTime(seconds) - seconds;
