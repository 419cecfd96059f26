/** What a schema is: the names, order and values of a record's fields for one kind of reader. */
import type { ValueName } from '../values.js';

/**
 * One field. Dots in `name` make nested objects; fields of one object stand together, where the first of them does. A field
 * whose value is absent is left out, or written as `absent` says; an object or a list with nothing in it is left out.
 */
export type SchemaField = ValueField | ConstantField | AttributesField;

export interface ValueField {
  readonly name: string;
  readonly value: ValueName;
  readonly absent?: string | number | null;
  /** What this reader calls a text: what it has no word for is absent. */
  readonly words?: Readonly<Record<string, string | number>>;
  /** An integer that this reader takes for a name, not for an amount: it stands in quotes. */
  readonly quoted?: true;
}

export interface ConstantField {
  readonly name: string;
  readonly constant: string | number | boolean | readonly string[];
}

/** OpenTelemetry's key and value pairs, as a list. */
export interface AttributesField {
  readonly name: string;
  readonly attributes: readonly (ValueField | ConstantField)[];
}

export interface Schema {
  readonly name: string;
  readonly fields: readonly SchemaField[];
  /** With --seq: where this schema's readers have room for the agent's name and the record's number. */
  readonly numbered: readonly SchemaField[];
}

/** Values under one prefix, by their own names. */
export function underPrefix(prefix: string, names: readonly ValueName[]): readonly ValueField[] {
  return names.map((value) => ({ name: `${prefix}.${value}`, value }));
}
