/** Reads answers in JSON. Never throws, whatever the answer is. */
import { printable } from '../../printable.js';
import type { Answer } from '../../transport.js';

/** Undefined where it is no JSON. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The value at a path of names; undefined where there is none. */
export function valueAt(json: unknown, ...names: readonly string[]): unknown {
  let value = json;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** A text at a path of names, for a line on a terminal; "" where there is none. */
export function textAt(json: unknown, ...names: readonly string[]): string {
  const value = valueAt(json, ...names);
  return typeof value === 'string' ? printable(value) : '';
}

/** A success that is not worded as this reader words it: another server may have answered, and the records may be lost. */
export function notUnderstood(reader: string, body: string): Answer {
  const said = printable(body, 80) || 'nothing';
  return {
    kind: 'retry',
    why: `the answer is not one of ${reader}; check the address and the path (it says: ${said})`,
    mayHaveArrived: true,
    absence: 'refused',
  };
}
