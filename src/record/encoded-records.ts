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
}
