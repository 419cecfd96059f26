/**
 * Walks over a closed window, each of which reads its flows in its own way: one by one, both directions together, folded.
 * A walk does a bounded piece of work at a time, so that whoever drives it can stop whenever it has taken long enough.
 */
import type { FlowTable } from './flow-table.js';
import type { FlowReading } from './reading.js';

/** What a step has come to: the end, a reading, or neither yet. */
export const END = 0;
export const READING = 1;
export const NOTHING = 2;
export type Step = typeof END | typeof READING | typeof NOTHING;

export interface Walk {
  /** No more readings than this come altogether. */
  readonly mostReadings: number;
  /** Goes on by a look-up or two. Fills `reading` in where it returns READING. */
  step(reading: FlowReading): Step;
}

/** Each flow by itself, in the order in which they were first seen. */
export class RowWalk implements Walk {
  readonly mostReadings: number;
  readonly #table: FlowTable;
  #position = 0;

  constructor(table: FlowTable) {
    this.mostReadings = table.size;
    this.#table = table;
  }

  step(reading: FlowReading): Step {
    if (this.#position === this.mostReadings) return END;
    this.#table.read(this.#position++, reading);
    return READING;
  }
}
