/** Loads for many staged packets at once what adding them will need: inside a pass no load waits for another. */
import type { FlowFigures } from './flow-figures.js';
import { ENTRY_ROW, HASH } from './row-layout.js';

/**
 * For each of `staged` rows in `stage`, finds the slot from which on its flow is to be looked for, and puts it into `slots`.
 * Where rows have collided, the one whose tag is right is looked for here, so that it is the right row that is loaded: with
 * an index half full, every third row is not in its hash's own slot. Returns what keeps the loads from being optimised away.
 */
export function prefetch(
  index: Int32Array,
  rows: Int32Array,
  figures: FlowFigures | undefined,
  words: 8 | 16,
  stage: Int32Array,
  staged: number,
  slots: Int32Array,
): number {
  const mask = index.length - 1;
  let touched = 0;
  for (let i = 0; i < staged; i++) touched ^= index[stage[i * words + HASH]! & mask]!;
  for (let i = 0; i < staged; i++) {
    const hash = stage[i * words + HASH]!;
    let slot = (hash & mask) - 1;
    let entry: number;
    do {
      slot = (slot + 1) & mask;
      entry = index[slot]!;
    } while (entry !== 0 && ((entry ^ hash) & ~ENTRY_ROW) !== 0);
    slots[i] = slot;
    if (entry === 0) continue;
    const position = (entry & ENTRY_ROW) - 1;
    touched ^= rows[position * words]!;
    if (figures !== undefined) touched ^= figures.touch(position);
  }
  return touched;
}
