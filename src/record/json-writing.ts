/** Writes a record by the steps that a schema was compiled into. */
import { type Piece, writeInteger, writePiece } from './byte-text.js';
import { CLOSE, INTEGER, PIECE, type Reading, WRITTEN } from './json-values.js';
import type { FlowRecord } from './record.js';
import { ABSENT, type Line } from './values/value.js';

/** All are of one shape, so that V8 need not tell them apart: what a kind does not use is empty. */
export type Step = Reading & {
  /** All there is of a constant. Is made anew with each window that it tells of. */
  before: Piece;
  /** What stands after it: at most four bytes, as a little-endian word. */
  readonly after: number;
  readonly afterBytes: number;
  /** Bytes of what a CLOSE ends, which are taken back where nothing was written in it. */
  readonly opening: number;
  /** What stands in the value's place where that is absent; in place of all three, where it is not `always`. */
  readonly absent: Piece;
  /** `before` is written in any case. */
  readonly always: boolean;
};

const comma = 0x2c;

/**
 * Each field's text ends with a comma, which the end of an object covers. V8 inlines no more than so many calls into a loop:
 * there is one place that writes what stands before a value, and one for what stands after it.
 */
export function writeSteps(steps: readonly Step[], record: FlowRecord, line: Line, offset: number): number {
  const { view, bytes } = line;
  let end = offset;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    if (step.kind === CLOSE) {
      end = bytes[end - 1] === comma ? writePiece(view, end - 1, step.before) : end - step.opening;
      continue;
    }
    const start = writePiece(view, end, step.before);
    const written = writeValue(step, record, line, start);
    if (written === ABSENT) {
      end = writePiece(view, step.always ? start : end, step.absent);
    } else {
      view.setUint32(written, step.after, true);
      end = written + step.afterBytes;
    }
  }
  return end;
}

function writeValue(step: Step, record: FlowRecord, line: Line, offset: number): number {
  switch (step.kind) {
    case INTEGER: {
      const value = step.read(record, line);
      return value >= 0 ? writeInteger(line.view, offset, value) : ABSENT;
    }
    case WRITTEN:
      return step.read(record, line, offset);
    case PIECE: {
      const kept = step.read(record, line);
      return kept === undefined ? ABSENT : writePiece(line.view, offset, kept);
    }
    default:
      return offset;
  }
}
