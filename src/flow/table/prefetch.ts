/** Loads for many staged packets at once what adding them will need: inside a pass no load waits for another. */
import type { FlowFigures } from './flow-figures.js';
import { ENTRY_ROW, HASH, type RowLayout } from './row-layout.js';

/**
 * For each of `staged` rows in `stage`, finds the slot from which on its flow is to be looked for, and puts it into `slots`.
 * Where rows have collided, the one whose tag is right is looked for here, so that it is the right row that is loaded: with
 * an index half full, every third row is not in its hash's own slot. Returns what keeps the loads from being optimised away.
 */
export function prefetch(
  index: Int32Array,
  rows: Int32Array,
  figures: FlowFigures | undefined,
  { unitWords, rowWords, unitShift }: RowLayout,
  stage: Int32Array,
  staged: number,
  slots: Int32Array,
): number {
  const mask = index.length - 1;
  let touched = 0;
  for (let i = 0; i < staged; i++) touched ^= index[stage[i * rowWords + HASH]! & mask]!;
  for (let i = 0; i < staged; i++) {
    const hash = stage[i * rowWords + HASH]!;
    let slot = (hash & mask) - 1;
    let entry: number;
    do {
      slot = (slot + 1) & mask;
      entry = index[slot]!;
    } while (entry !== 0 && ((entry ^ hash) & ~ENTRY_ROW) !== 0);
    slots[i] = slot;
    if (entry === 0) continue;
    const unit = (entry & ENTRY_ROW) - 1;
    touched ^= rows[unit * unitWords]!;
    if (figures !== undefined) touched ^= figures.touch(unit >> unitShift);
  }
  return touched;
}
