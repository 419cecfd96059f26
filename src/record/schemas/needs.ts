/** What must be known of flows and records so that a schema's values can be told. */
import type { FigureName } from '../../flow/tally.js';
import type { Knowledge } from '../values/value.js';
import { values } from '../values.js';
import type { Schema, SchemaField } from './schema.js';

export interface SchemaNeeds {
  readonly figures: ReadonlySet<FigureName>;
  readonly knowledge: ReadonlySet<Knowledge>;
}

export function schemaNeeds({ fields }: Schema): SchemaNeeds {
  const named = fields.flatMap(valuesOf).map((name) => values[name]);
  return {
    figures: new Set(named.flatMap(({ figures = [] }) => figures)),
    knowledge: new Set(named.flatMap(({ needs = [] }) => needs)),
  };
}

function valuesOf(field: SchemaField): readonly (keyof typeof values)[] {
  if ('attributes' in field) return field.attributes.flatMap(valuesOf);
  return 'value' in field ? [field.value] : [];
}
