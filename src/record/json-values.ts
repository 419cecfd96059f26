/** How a value of a record is written in a notation: what stands around it, and how it is read. */
import { type Piece, piece } from './byte-text.js';
import type { Notation } from './json-notation.js';
import type { FlowRecord } from './record.js';
import type { ValueField } from './schemas/schema.js';
import {
  type IntegerValue,
  type Line,
  type ListValue,
  longestIntegerBytes,
  longestList,
  type RunValue,
  type TextValue,
  type Value,
  type WindowValue,
  type Writer,
} from './values/value.js';

type RecordValue = Exclude<Value, RunValue | WindowValue>;

export const CONSTANT = 0;
export const INTEGER = 1;
export const PIECE = 2;
export const WRITTEN = 3;
export const CLOSE = 4;

/** What the steps of writing a record do between constant pieces. */
export type Reading =
  | { readonly kind: typeof INTEGER; readonly read: IntegerValue['read'] }
  /** The bytes are kept by somebody; undefined where the value is absent. */
  | { readonly kind: typeof PIECE; readonly read: (record: FlowRecord, line: Line) => Piece | undefined }
  | { readonly kind: typeof WRITTEN; readonly read: Writer }
  | { readonly kind: typeof CONSTANT | typeof CLOSE; readonly read: undefined };

interface Writing {
  readonly reading: Reading;
  readonly longestBytes: number;
  readonly around: readonly [before: string, after: string];
}

export function writing(value: RecordValue, { words, quoted }: ValueField, notation: Notation): Writing {
  switch (value.type) {
    case 'integer':
      return {
        reading: { kind: INTEGER, read: value.read },
        longestBytes: longestIntegerBytes,
        around: quoted ? notation.text : notation.integer,
      };
    case 'text':
      if (words !== undefined) return wordWriting(value, words, notation);
      return {
        reading: { kind: WRITTEN, read: value.write },
        longestBytes: value.longestBytes,
        around: notation.text,
      };
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

/** Of the whole value, with all that stands around it. */
function keptWriting(
  longestBytes: number,
  read: (record: FlowRecord, line: Line) => Piece | undefined,
): Writing {
  return { reading: { kind: PIECE, read }, longestBytes, around: ['', ''] };
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
