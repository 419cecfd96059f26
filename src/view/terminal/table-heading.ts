/** The lines above and below a table's flows. Where they have no room they get shorter by whole parts. */
import type { WindowTimes } from '../../record/record.js';
import { formatUtc } from '../../record/utc-time.js';
import { groupedDigits, shortBytes } from './table-text.js';

/** What flows add up to. */
export interface Sums {
  readonly flows: number;
  readonly packets: number;
  readonly bytes: number;
}

/** Below this a window's times are shown with milliseconds: those of `--interval 2s` may be cut a little short, and have none. */
const shortWindowUs = 1_950_000;

/** "2016-09-08 23:28:20 to 23:28:40 UTC: 12 flows, 3,456 packets, 7.89 MB", or as much of it as fits. */
export function headingLine(window: WindowTimes, sums: Sums, columns: number): string {
  const periods = periodsOf(window);
  const [all, withoutPackets, flows] = sumsOf(sums);
  return firstThatFits(columns, [
    ...periods.map((period) => `${period}: ${all}`),
    `${periods.at(-1)}: ${withoutPackets}`,
    withoutPackets,
    flows,
  ]);
}

/** "… and 3 more flows, 815 packets, 98.3 kB", or as much of it as fits. */
export function restLine(sums: Sums, columns: number): string {
  const [all, withoutPackets, flows] = sumsOf(sums, 'more ');
  return firstThatFits(columns, [`… and ${all}`, `… ${all}`, `… ${withoutPackets}`, `… ${flows}`]);
}

function firstThatFits(columns: number, texts: readonly string[]): string {
  return texts.find((text) => text.length <= columns) ?? '…';
}

/** The window in ever fewer words, the last its end alone; a short window's with milliseconds. */
function periodsOf({ startUs, endUs }: WindowTimes): string[] {
  const characters =
    endUs - startUs < shortWindowUs ? '2016-09-08 23:28:20.000'.length : '2016-09-08 23:28:20'.length;
  const start = formatUtc(startUs).slice(0, characters);
  const end = formatUtc(endUs).slice(0, characters);
  const [startDate, startTime] = start.split(' ');
  const [endDate, endTime] = end.split(' ');
  const untilEnd = [`until ${end}`, `until ${endTime}`];
  const shorter =
    startUs <= 0
      ? untilEnd
      : startDate === endDate
        ? [`${start} to ${endTime}`, `${startTime} to ${endTime}`, `until ${endTime}`]
        : [`${start} to ${end}`, ...untilEnd];
  return [`${shorter[0]} UTC`, ...shorter];
}

/** "12 flows, 3,456 packets, 7.89 MB", then without packets, then flows alone; `more` stands before "flows". */
function sumsOf(sums: Sums, more = ''): [string, string, string] {
  const counted = (count: number, noun: string) => `${groupedDigits(count)} ${noun}${count === 1 ? '' : 's'}`;
  const flows = counted(sums.flows, `${more}flow`);
  const bytes = shortBytes(sums.bytes);
  return [`${flows}, ${counted(sums.packets, 'packet')}, ${bytes}`, `${flows}, ${bytes}`, flows];
}
