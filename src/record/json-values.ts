/** How a value of a record is written in a notation: what stands around it, and its writer. */
import { type Piece, piece, writePiece } from './byte-text.js';
import type { Notation } from './json-notation.js';
import type { FlowRecord } from './record.js';
import type { ValueField } from './schemas/schema.js';
import {
  ABSENT,
  type Line,
  type ListValue,
  longestList,
  type RunValue,
  type TextValue,
  type Value,
  type WindowValue,
  type Writer,
} from './values/value.js';

type RecordValue = Exclude<Value, RunValue | WindowValue>;

interface Writing {
  readonly write: Writer;
  readonly longestBytes: number;
  readonly around: readonly [before: string, after: string];
}

export function writing(value: RecordValue, { words, quoted }: ValueField, notation: Notation): Writing {
  switch (value.type) {
    case 'integer':
      return { ...value, around: quoted ? notation.text : notation.integer };
    case 'text':
      return words === undefined ? { ...value, around: notation.text } : wordWriting(value, words, notation);
    case 'boolean': {
      const pieces = { true: piece(notation.constant(true)), false: piece(notation.constant(false)) };
      return keptWriting(pieces.false.bytes, (record, line) => {
        const truth = value.read(record, line);
        return truth === undefined ? undefined : truth ? pieces.true : pieces.false;
      });
    }
    case 'list':
      return listWriting(value, notation);
  }
}

/** Writes the whole value, a piece that is kept. */
function keptWriting(
  longestBytes: number,
  find: (record: FlowRecord, line: Line) => Piece | undefined,
): Writing {
  const write: Writer = (record, line, offset) => {
    const found = find(record, line);
    return found === undefined ? ABSENT : writePiece(line.view, offset, found);
  };
  return { write, longestBytes, around: ['', ''] };
}

function wordWriting(value: TextValue, words: NonNullable<ValueField['words']>, notation: Notation): Writing {
  const pieces = new Map(Object.entries(words).map(([text, word]) => [text, piece(notation.constant(word))]));
  const longestBytes = Math.max(0, ...[...pieces.values()].map(({ bytes }) => bytes));
  return keptWriting(longestBytes, (record, line) => {
    const text = value.read(record, line);
    return text === null ? undefined : pieces.get(text);
  });
}

/** Distinct lists that are kept. */
const mostLists = 512;

function listWriting({ read, longestBytes }: ListValue, notation: Notation): Writing {
  const kept = new Map<readonly string[], Piece>();
  const empty = notation.constant([]).length;
  const eachText = notation.constant(['']).length - empty + ','.length;
  return keptWriting(empty + longestList * eachText + longestBytes, (record, line) => {
    const list = read(record, line);
    if (list === undefined) return undefined;
    const known = kept.get(list);
    if (known !== undefined) return known;
    if (kept.size >= mostLists) kept.clear();
    const made = piece(notation.constant(list));
    kept.set(list, made);
    return made;
  });
}
