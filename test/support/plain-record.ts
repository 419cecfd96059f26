/** A record in a schema as a plain object, made without regard to cost: what an encoder's bytes must say. */
import type { FlowRecord } from '../../src/record/record.js';
import type { ConstantField, SchemaField, ValueField } from '../../src/record/schemas/schema.js';
import type { Line } from '../../src/record/values/value.js';
import { values } from '../../src/record/values.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
/** An object, and what it has not: those keep their place until all others have theirs. */
type Plain = { [name: string]: Json | Plain | undefined };

export function plainRecord(fields: readonly SchemaField[], record: FlowRecord, line: Line): Plain {
  const root: Plain = {};
  for (const field of fields) {
    const value =
      'attributes' in field ? attributesOf(field.attributes, record, line) : tell(field, record, line);
    put(root, field.name.split('.'), value);
  }
  return withoutEmpty(root) ?? {};
}

function withoutEmpty(object: Plain): Plain | undefined {
  const full = Object.entries(object)
    .map(([name, value]) => [name, isObject(value) ? withoutEmpty(value) : value] as const)
    .filter(([, value]) => value !== undefined);
  return full.length === 0 ? undefined : Object.fromEntries(full);
}

function isObject(value: Plain[string]): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function put(into: Plain, [first = '', ...others]: readonly string[], value: Json | undefined): void {
  if (others.length === 0) into[first] = joined(into[first], value);
  else {
    into[first] ??= {};
    put(into[first] as Plain, others, value);
  }
}

/** Attributes of one name are one list. */
function joined(list: Plain[string], value: Json | undefined): Plain[string] {
  return Array.isArray(list) ? [...list, ...((value ?? []) as readonly Json[])] : value;
}

function tell(field: ValueField | ConstantField, record: FlowRecord, line: Line): Json | undefined {
  if ('constant' in field) return field.constant;
  const told = toldBy(field.value, record, line);
  const worded = field.words === undefined || told === undefined ? told : field.words[String(told)];
  if (worded === undefined) return field.absent;
  return field.quoted && typeof worded === 'number' ? String(worded) : worded;
}

function toldBy(name: ValueField['value'], record: FlowRecord, line: Line): Json | undefined {
  const value = values[name];
  switch (value.type) {
    case 'run':
      return value.read(line.facts);
    case 'window':
      return value.read(line.window);
    case 'integer': {
      const number = value.read(record, line);
      return number >= 0 ? number : undefined;
    }
    case 'text':
      return value.read(record, line) ?? undefined;
    case 'boolean':
      return value.read(record, line);
    case 'list':
      return value.read(record, line);
  }
}

function attributesOf(
  fields: readonly (ValueField | ConstantField)[],
  record: FlowRecord,
  line: Line,
): Json | undefined {
  const told = fields.flatMap((field) => {
    const value = tell(field, record, line);
    return value === undefined ? [] : [{ key: field.name, value: anyValue(value) }];
  });
  return told.length === 0 ? undefined : told;
}

function anyValue(value: Json): Json {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  return Array.isArray(value) ? { arrayValue: { values: value.map(anyValue) } } : {};
}
