/** How a field stands in JSON: as a member of an object, or as one of OpenTelemetry's attributes. */

export type Constant = string | number | boolean | null | readonly string[];

/** What stands before something and after it. */
type Around = readonly [before: string, after: string];

export interface Notation {
  /** Around a field's value. A comma ends each field. */
  readonly field: (name: string) => Around;
  /** Around the digits of an integer, and the inside of a text. */
  readonly integer: Around;
  readonly text: Around;
  readonly constant: (value: Constant) => string;
}

export const jsonNotation: Notation = {
  field: (name) => [`${JSON.stringify(name)}:`, ','],
  integer: ['', ''],
  text: ['"', '"'],
  constant: (value) => JSON.stringify(value),
};

/** `KeyValue` and `AnyValue` of opentelemetry-proto's common.proto in its JSON encoding: integers of 64 bits are strings. */
export const otlpNotation: Notation = {
  field: (name) => [`{"key":${JSON.stringify(name)},"value":`, '},'],
  integer: ['{"intValue":"', '"}'],
  text: ['{"stringValue":"', '"}'],
  constant: (value) => JSON.stringify(anyValue(value)),
};

function anyValue(value: Constant): object {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  return { arrayValue: { values: value.map(anyValue) } };
}
