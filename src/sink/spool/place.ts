/** Where records lie on disk. */
import type { EncodedRecords } from '../../record/encoded-records.js';
import type { Point } from './point.js';
import type { Segment } from './segment.js';

/** Where a run lies, or a part of it. */
export interface Place {
  readonly segment: Segment;
  /** What names the run. */
  readonly home: number;
  /** Ordinal of the first record. */
  readonly first: number;
}

/** A run that was written. */
export interface Written {
  readonly place: Place;
  readonly start: Point;
  readonly end: Point;
  /** Where it ends in its file. */
  readonly fileEnd: number;
}

/** Records that were read. */
export interface Part {
  readonly encoded: EncodedRecords;
  readonly place: Place;
}

/** Where to go on reading. */
export interface Position {
  readonly segment: Segment | undefined;
  readonly offset: number;
  /** How many bytes the run there has; 0 if that is not known. */
  readonly neededBytes: number;
}
