/** Places in the endless line of all records that a spool has ever held, and what lies between two of them. */

/** How many records lie before it, and the packets that they stand for. */
export interface Point {
  readonly ordinal: number;
  readonly packets: number;
}

export interface Amount {
  readonly records: number;
  readonly packets: number;
}

export const origin: Point = { ordinal: 0, packets: 0 };

export const later = (one: Point, other: Point): Point => (one.ordinal >= other.ordinal ? one : other);
export const earlier = (one: Point, other: Point): Point => (one.ordinal <= other.ordinal ? one : other);

export const moved = ({ ordinal, packets }: Point, by: Amount): Point => ({
  ordinal: ordinal + by.records,
  packets: packets + by.packets,
});

/** What lies from one up to the other; nothing where that one comes first. */
export const between = (from: Point, to: Point): Amount =>
  to.ordinal <= from.ordinal
    ? { records: 0, packets: 0 }
    : { records: to.ordinal - from.ordinal, packets: to.packets - from.packets };

export const isPoint = ({ ordinal, packets }: Point): boolean => isCount(ordinal) && isCount(packets);

export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

export function add(sum: { records: number; packets: number }, records: number, packets: number): void {
  sum.records += records;
  sum.packets += packets;
}
