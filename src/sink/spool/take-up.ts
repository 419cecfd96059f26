/** What an earlier process has left: its segments, and what of them is settled. */
import type { Noted } from './cursor.js';
import { earlier, later, origin, type Point } from './point.js';
import type { Segment } from './segment.js';
import { Settled } from './settled.js';

export interface TakenUp {
  readonly segments: Segment[];
  readonly settled: Settled;
  /** After all that was ever written. */
  readonly end: Point;
}

/** Joins what is in the folder with what the cursor said, if it said anything. */
export function takeUp(found: readonly Segment[], noted: Noted | undefined): TakenUp {
  const segments = [...found];
  const first = segments[0];
  const before = noted?.before ?? first?.start ?? origin;
  // What is missing before the first segment is looked for there.
  if (first !== undefined) segments[0] = { ...first, start: earlier(before, first.start) };
  const settled = new Settled(before, noted?.pieces);
  const end = endOf(settled, later(segments.at(-1)?.end ?? before, before));
  for (const segment of segments) Object.assign(segment.left, settled.left(segment.start, segment.end));
  return { segments, settled, end };
}

/** After a power cut, the cursor may be ahead of the segments: then what is missing is not looked for. */
function endOf(settled: Settled, last: Point): Point {
  if (settled.end <= last.ordinal) return last;
  const packets = settled.pieces.reduce((sum, piece) => sum + piece.packets, last.packets);
  const end = { ordinal: settled.end, packets };
  settled.cover(last, end);
  return end;
}
