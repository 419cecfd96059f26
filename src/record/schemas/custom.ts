/**
 * A user's own schema: JSON, an array of fields. Each has a name, in which dots make nested objects, and either the name of a
 * value, with what stands there where that is absent, or a constant:
 *
 *     [{ "name": "@timestamp", "value": "window_end_iso" },
 *      { "name": "source.ip", "value": "source_ip", "absent": null },
 *      { "name": "event.kind", "constant": "event" }]
 */
import { type ValueName, valueNames } from '../values.js';
import { jsonPlaces } from './json-places.js';
import type { ConstantField, Schema, ValueField } from './schema.js';

/** What is wrong with a schema's text: the place, the value and the remedy. */
export class SchemaFault extends Error {}

/** What somebody meant who mistyped a name; undefined where none is like it. */
export type Nearest = <T extends string>(word: string, candidates: readonly T[]) => T | undefined;

export const limits = {
  /** Of the file. */
  bytes: 65_536,
  fields: 256,
  nameCharacters: 128,
  /** Objects within objects. */
  levels: 8,
  constantCharacters: 256,
} as const;

/** Takes time in proportion to the text's length. Throws a SchemaFault. */
export function parseSchema(name: string, text: string, nearest: Nearest): Schema {
  const { faultAt, elements } = jsonPlaces(text);
  if (faultAt !== undefined) throw new SchemaFault(jsonFault(text, faultAt));
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new SchemaFault('not an array; write [{"name": "…", "value": "…"}, …]');
  if (parsed.length === 0 || parsed.length > limits.fields)
    throw new SchemaFault(`${parsed.length} fields; a schema has 1 to ${limits.fields}`);
  const places = elements.map((at, index) => `field ${index + 1} (line ${lineOf(text, at)})`);
  const fields = parsed.map((field: unknown, index) => readField(field, places[index]!, nearest));
  checkNames(fields, places);
  return { name, fields, numbered: [] };
}

function jsonFault(text: string, at: number): string {
  const column = at - text.lastIndexOf('\n', at - 1);
  const place = `line ${lineOf(text, at)}, column ${column}`;
  if (at === text.length) return `${place}: not JSON: it ends too early; close what is open`;
  return `${place}: not JSON: ${shownCharacter(text, at)} cannot stand here; mend or remove it`;
}

/** By its number where nobody may see it: a byte order mark, a space that does not break. */
function shownCharacter(text: string, at: number): string {
  const code = text.codePointAt(at)!;
  if (code > 0x20 && code < 0x7f) return shown(String.fromCodePoint(code));
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

const keys = ['name', 'value', 'absent', 'constant'] as const;

function readField(field: unknown, place: string, nearest: Nearest): ValueField | ConstantField {
  if (typeof field !== 'object' || field === null || Array.isArray(field))
    throw new SchemaFault(`${place}: ${shown(field)}: not a field; write {"name": "…", "value": "…"}`);
  const known = field as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(known).find((key) => !keys.some((other) => other === key));
  if (unknown !== undefined)
    throw new SchemaFault(
      `${place}: ${shown(unknown)}: a field has no such thing; ${remedy(unknown, keys, nearest)}`,
    );
  const name = readName(known['name'], place);
  const hasValue = Object.hasOwn(known, 'value');
  if (hasValue === Object.hasOwn(known, 'constant'))
    throw new SchemaFault(
      `${place}: ${shown(name)}: ${hasValue ? 'both a value and a constant' : 'neither a value nor a constant'}; give it one of them`,
    );
  if (!hasValue) return { name, constant: readConstant(known, place) };
  const value = readValue(known['value'], place, nearest);
  return Object.hasOwn(known, 'absent')
    ? { name, value, absent: readAbsent(known['absent'], place) }
    : { name, value };
}

function readName(name: unknown, place: string): string {
  if (typeof name !== 'string' || name === '')
    throw new SchemaFault(
      `${place}: ${name === undefined ? 'it has no name' : `the name is ${shown(name)}`}; write "name": "…"`,
    );
  if (name.length > limits.nameCharacters)
    throw new SchemaFault(
      `${place}: ${shown(name)}: longer than ${limits.nameCharacters} characters; shorten it`,
    );
  const parts = name.split('.');
  if (parts.includes('') || parts.length > limits.levels)
    throw new SchemaFault(
      `${place}: ${shown(name)}: dots part names of 1 to ${limits.levels} levels; leave none of them empty`,
    );
  return name;
}

function readValue(value: unknown, place: string, nearest: Nearest): ValueName {
  const found = valueNames.find((name) => name === value);
  if (found !== undefined) return found;
  const hint = typeof value === 'string' ? remedy(value, valueNames, nearest) : 'write its name as a text';
  throw new SchemaFault(`${place}: ${shown(value)}: there is no such value; ${hint}`);
}

function readAbsent(absent: unknown, place: string): string | null {
  if (absent === null || isShortText(absent)) return absent;
  throw new SchemaFault(
    `${place}: absent ${shown(absent)}: write null or a text of at most ${limits.constantCharacters} characters`,
  );
}

function readConstant(field: Readonly<Record<string, unknown>>, place: string): ConstantField['constant'] {
  const { constant } = field;
  if (Object.hasOwn(field, 'absent'))
    throw new SchemaFault(`${place}: a constant is never absent; leave "absent" out`);
  if (isShortText(constant) || typeof constant === 'boolean') return constant;
  if (typeof constant === 'number' && Number.isFinite(constant)) return constant;
  throw new SchemaFault(
    `${place}: constant ${shown(constant)}: write a number, true, false or a text of at most ${limits.constantCharacters} characters`,
  );
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= limits.constantCharacters;
}

/** No name twice, none within another that is not an object. */
function checkNames(fields: readonly { readonly name: string }[], places: readonly string[]): void {
  const placeOf = new Map<string, string>();
  fields.forEach(({ name }, index) => {
    const first = placeOf.get(name);
    if (first !== undefined)
      throw new SchemaFault(`${places[index]}: ${shown(name)}: ${first} has this name; choose another`);
    placeOf.set(name, places[index]!);
  });
  fields.forEach(({ name }, index) => {
    const parts = name.split('.');
    for (let length = 1; length < parts.length; length++) {
      const outer = parts.slice(0, length).join('.');
      const scalar = placeOf.get(outer);
      if (scalar !== undefined)
        throw new SchemaFault(
          `${places[index]}: ${shown(name)}: ${shown(outer)} is no object, ${scalar} gives it a value; choose another name`,
        );
    }
  });
}

const mostShown = 60;

/** As JSON, cut, and without what a terminal would take for a command. */
function shown(value: unknown): string {
  const text = JSON.stringify(value).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (control) => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return text.length <= mostShown ? text : `${text.slice(0, mostShown)}…`;
}

function remedy(word: string, candidates: readonly string[], nearest: Nearest): string {
  const meant = word.length <= limits.nameCharacters ? nearest(word, candidates) : undefined;
  if (meant !== undefined) return `did you mean ${shown(meant)}?`;
  return candidates === valueNames ? 'docs/values.md lists them' : `it has ${candidates.join(', ')}`;
}
