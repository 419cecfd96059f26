/**
 * What a value is: something that a schema can name, and how it gets into a record's bytes.
 *
 * An integer below zero, NaN, undefined and null are absent: a writer then returns ABSENT, and what it has written does not
 * count. Writers leave `slackBytes` of room to spare, and may touch them.
 */
import type { FigureName } from '../../flow/tally.js';
import type { Piece } from '../byte-text.js';
import { slackBytes, writePiece } from '../byte-text.js';
import { cut, longestTextBytes, writeText } from '../json-text.js';
import type { FlowRecord, WindowTimes } from '../record.js';

/** What all records of a run share. */
export interface RunFacts {
  /** This machine's name. */
  readonly host: string;
  /** A name of this start of this process; undefined where records are not numbered, so that a replay gives the same ones. */
  readonly agent: string | undefined;
  readonly version: string;
  /** Each "KEY:VALUE". */
  readonly tags: readonly string[];
  /** What the user calls the service that the records belong to; undefined where nobody said. */
  readonly service: string | undefined;
  /** Whether records tell both directions; else each tells of its own, and nothing of the other. */
  readonly conversations: boolean;
  /** All settings that decide which records there are, as text: records of other settings get other ids. */
  readonly recordSettings: string;
}

/** The record that is being written: where to, and what else its values need. */
export interface Line {
  bytes: Uint8Array;
  /** Over `bytes`. */
  view: DataView;
  window: WindowTimes;
  /** What the ids of its records go on from: see ids.ts. */
  windowHash: Int32Array;
  readonly facts: RunFacts;
  /** The record's number, from 1 on; -1 where records are not numbered. */
  sequence: number;
}

export const ABSENT = -1;

/** Writes a text's inside, without its quotes, or a number, at `offset`. Returns the offset after it, or ABSENT. */
export type Writer = (record: FlowRecord, line: Line, offset: number) => number;

/** What must be opened for a value, beside the figures of its flows. */
export type Knowledge =
  | 'roles'
  | 'ids'
  | 'direction'
  | 'interfaces'
  | 'ptr'
  | 'dns'
  | 'sni'
  | 'networks'
  | 'labels'
  | 'owners';

export interface About {
  /** What it says, for people: a sentence without its full stop. */
  readonly meaning: string;
  readonly unit?: string;
  readonly figures?: readonly FigureName[];
  readonly needs?: readonly Knowledge[];
  /** It is never absent. */
  readonly always?: true;
  /** Values that are read from one and the same object have the same function here. */
  readonly kept?: Kept;
}

/**
 * Returns the object that some values are read from, and from which they can be read alone: it never changes, and many records share
 * it. Null where all these values are absent; undefined where they depend on more of the record.
 */
export type Kept = (record: FlowRecord) => object | null | undefined;

export interface IntegerValue extends About {
  readonly type: 'integer';
  readonly read: (record: FlowRecord, line: Line) => number;
}

export interface TextValue extends About {
  readonly type: 'text';
  readonly read: (record: FlowRecord, line: Line) => string | null;
  readonly write: Writer;
  readonly longestBytes: number;
  /** Characters (UTF-16 units) after which it is cut; undefined where it is never so long. */
  readonly cutAt?: number;
}

export interface BooleanValue extends About {
  readonly type: 'boolean';
  readonly read: (record: FlowRecord, line: Line) => boolean | undefined;
}

/** Several texts. */
export interface ListValue extends About {
  readonly type: 'list';
  /** Equal lists are one array, so that their bytes are made once. Never more than `longestList` of them. */
  readonly read: (record: FlowRecord, line: Line) => readonly string[] | undefined;
  /** Bytes of all its texts, as insides of JSON strings. */
  readonly longestBytes: number;
}

export const longestList = 32;

/** The same in all records of a run. */
export interface RunValue extends About {
  readonly type: 'run';
  readonly read: (facts: RunFacts) => string | readonly string[] | undefined;
}

/** The same in all records of a window, and never absent. A text is printable ASCII. */
export interface WindowValue extends About {
  readonly type: 'window';
  readonly read: (window: WindowTimes) => string | number;
  readonly longestBytes: number;
}

export type Value = IntegerValue | TextValue | BooleanValue | ListValue | RunValue | WindowValue;

/** Of an integer up to 2^53. */
export const longestIntegerBytes = 16;

export function integer(about: About, read: IntegerValue['read']): IntegerValue {
  return { ...about, type: 'integer', read };
}

/** What is longer than `longest` characters is cut there. */
export function text(about: About, longest: number, tell: TextValue['read']): TextValue {
  const read: TextValue['read'] = (record, line) => {
    const value = tell(record, line);
    return value === null ? null : cut(value, longest);
  };
  const write: Writer = (record, line, offset) => {
    const value = tell(record, line);
    return value === null ? ABSENT : writeText(line.bytes, offset, value, longest);
  };
  return { ...about, type: 'text', read, write, longestBytes: longestTextBytes(longest), cutAt: longest };
}

/** A text that is one of a few: `piece` gives its bytes, which somebody keeps, or undefined where it is absent. */
export function keptText(
  about: About,
  longestBytes: number,
  read: TextValue['read'],
  piece: (record: FlowRecord) => Piece | undefined,
): TextValue {
  const write: Writer = (record, line, offset) => {
    const kept = piece(record);
    return kept === undefined ? ABSENT : writePiece(line.view, offset, kept);
  };
  return { ...about, type: 'text', read, write, longestBytes };
}

/** A text of printable ASCII that has a writer of its own. */
export function writtenText(
  about: About,
  longestBytes: number,
  read: TextValue['read'],
  write: Writer,
): TextValue {
  return { ...about, type: 'text', read, write, longestBytes };
}

/** The same for a text that nobody needs but as bytes: whoever reads it gets what `write` writes. */
export function bytesText(about: About, longestBytes: number, write: Writer): TextValue {
  const read: TextValue['read'] = (record, line) => {
    const bytes = Buffer.alloc(longestBytes + slackBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const end = write(record, { ...line, bytes, view }, 0);
    return end === ABSENT ? null : (JSON.parse(`"${bytes.toString('utf8', 0, end)}"`) as string);
  };
  return writtenText(about, longestBytes, read, write);
}

export function truth(about: About, read: BooleanValue['read']): BooleanValue {
  return { ...about, type: 'boolean', read };
}

/** The same rows under longer names: `ip` becomes `source_ip`. */
export function prefixed<P extends string, Rows extends Readonly<Record<string, Value>>>(
  prefix: P,
  rows: Rows,
): { readonly [Name in keyof Rows & string as `${P}_${Name}`]: Rows[Name] } {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [`${prefix}_${name}`, row])) as {
    readonly [Name in keyof Rows & string as `${P}_${Name}`]: Rows[Name];
  };
}
