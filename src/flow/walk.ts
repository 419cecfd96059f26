/**
 * Walks over a closed window, each of which reads its flows in its own way: one by one, both directions together, folded.
 * A walk does a bounded piece of work at a time, so that whoever drives it can stop whenever it has taken long enough.
 */

import type { FlowReading } from './reading.js';
import type { FlowTable } from './table/flow-table.js';

/** What a step has come to: the end, a reading, or neither yet. */
export const END = 0;
export const READING = 1;
export const NOTHING = 2;
export type Step = typeof END | typeof READING | typeof NOTHING;

export interface Walk {
  /** No more readings than this come altogether. Becomes less as the walk learns more of the window, never more. */
  readonly mostReadings: number;
  /**
   * Goes on by a look-up or two. Returns READING where `reading` is whole. Some walks fill it in over several steps: until then
   * it is to be the same one.
   */
  step(reading: FlowReading): Step;
  /** Goes back to the first reading. The same ones come again. */
  restart(): void;
}

/** Flows of a closed window by their places in its table. */
export interface FlowReader {
  /** Places are 0 to size - 1. */
  readonly size: number;
  /** Fills in the reading of a place; false where that is told of in another place. */
  read(position: number, reading: FlowReading): boolean;
}

/** Each flow by itself. */
export function rowReader(table: FlowTable): FlowReader {
  return {
    size: table.size,
    read(position, reading) {
      table.read(position, reading);
      return true;
    },
  };
}

/** Place after place, in the order in which flows were first seen. */
export class ReaderWalk implements Walk {
  readonly #reader: FlowReader;
  #place = 0;
  /** Places that have been read at all, and how many of them are told of elsewhere. */
  #known = 0;
  #elsewhere = 0;

  constructor(reader: FlowReader) {
    this.#reader = reader;
  }

  get mostReadings(): number {
    return this.#reader.size - this.#elsewhere;
  }

  step(reading: FlowReading): Step {
    const place = this.#place;
    if (place === this.#reader.size) return END;
    this.#place++;
    const isTold = this.#reader.read(place, reading);
    if (place === this.#known) {
      this.#known++;
      if (!isTold) this.#elsewhere++;
    }
    return isTold ? READING : NOTHING;
  }

  restart(): void {
    this.#place = 0;
  }
}
