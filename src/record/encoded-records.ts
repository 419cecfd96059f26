/** What a format makes of records, and what a sink takes: the one shape that both know. */

/** Records as one run of bytes. Nobody changes them until every sink that took them is done with them. */
export interface EncodedRecords {
  readonly bytes: Uint8Array;
  /** Number of records. */
  readonly records: number;
  /** Where each record ends in `bytes` (exclusive); the first starts at 0. `records` of them are valid. */
  readonly ends: Uint32Array;
  /** Packets of the records up to and including each, so that what cannot be sent is counted in packets too. */
  readonly packetSums: Float64Array;
  /** What names each record; absent where records have no names. */
  readonly origin?: RecordOrigin | undefined;
}

/** Names records among all that were ever made: by who made them, the window, and their numbers. */
export interface RecordOrigin {
  /** This start of this program. */
  readonly agent: string;
  /** Microseconds since the epoch. */
  readonly windowStartUs: number;
  /** The number of the first record; the others follow. */
  readonly firstNumber: number;
  /** The number of each record, where they do not follow one another. */
  readonly numbers?: readonly number[];
}

/** The same text each time this record is sent; undefined where it has no name. */
export function recordName({ origin }: EncodedRecords, position: number): string | undefined {
  if (origin === undefined) return undefined;
  const { agent, windowStartUs, firstNumber, numbers } = origin;
  return `${agent}-${windowStartUs}-${numbers?.[position] ?? firstNumber + position}`;
}
