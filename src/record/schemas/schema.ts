/** What a schema is: the names, order and values of a record's fields for one kind of reader. */
import type { ValueName } from '../values.js';

/**
 * One field. Dots in `name` make nested objects; fields of one object stand together. A field whose value is absent is left
 * out, or written as `absent` says.
 */
export type SchemaField =
  | { readonly name: string; readonly value: ValueName; readonly absent?: '' | null }
  | { readonly name: string; readonly constant: string | number | boolean }
  /** A list of OpenTelemetry's key and value pairs, without those that are absent. */
  | { readonly name: string; readonly attributes: readonly SchemaField[] };

export interface Schema {
  readonly name: string;
  readonly fields: readonly SchemaField[];
  /** With --seq: where this schema's readers have room for the agent's name and the record's number. */
  readonly numbered: readonly SchemaField[];
}
