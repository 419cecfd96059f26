/** The two ends of a record under each of their names: source and target, client and server. */
import type { Tally } from '../../flow/tally.js';
import type { FlowRecord } from '../record.js';

/** The second of each pair is odd, and is the other end. */
export const SOURCE = 0;
export const TARGET = 1;
export const CLIENT = 2;
export const SERVER = 3;
export type Side = typeof SOURCE | typeof TARGET | typeof CLIENT | typeof SERVER;

/** Whether `side` is the source of the record's way forward. */
export function isSource(record: FlowRecord, side: Side): boolean {
  if (side < CLIENT) return side === SOURCE;
  return (record.client === 'source') === (side === CLIENT);
}

export function otherSide(side: Side): Side {
  return (side ^ 1) as Side;
}

/** What that end sent. */
export function sentBy(record: FlowRecord, side: Side): Tally {
  return isSource(record, side) ? record.forward : record.reverse;
}
