/** The tables of fields: those that come with the program, and the user's own. Loaded when somebody asks for them. */
import { UsageError } from '../host/failure.js';
import { legacy, legacyWithAnyName } from '../record/schemas/legacy.js';
import type { Schema } from '../record/schemas/schema.js';
import type { Config } from '../settings/config.js';
import { nearest } from '../settings/nearest.js';

/** What of a run's settings decides on a schema's fields. */
export interface SchemaSettings extends Pick<Config, 'numbered'> {
  readonly names: Pick<Config['names'], 'chosen'>;
}

/**
 * A schema's name, or that of a file; settings have seen to it that it is one of them. Throws a UsageError, also where records
 * are to be `numbered` and a file has no place for the number.
 */
export async function schemaNamed(name: string, { numbered, names }: SchemaSettings): Promise<Schema> {
  switch (name) {
    case 'legacy':
      return names.chosen ? legacyWithAnyName : legacy;
    case 'datadog':
      return (await import('../record/schemas/datadog.js')).datadog;
    case 'ecs':
      return (await import('../record/schemas/ecs.js')).ecs;
    case 'otel':
      return (await import('../record/schemas/otel.js')).otel;
    case 'ocsf':
      return (await import('../record/schemas/ocsf.js')).ocsf;
    case 'full':
      return (await import('../record/schemas/full.js')).full;
    default:
      return await schemaFromFile(name, numbered);
  }
}

async function schemaFromFile(file: string, numbered: boolean): Promise<Schema> {
  const schema = await readSchema(file);
  if (numbered && !schema.fields.some((field) => 'value' in field && field.value === 'sequence'))
    throw new UsageError(
      `--seq: ${file} has no place for the number; add {"name": "sequence", "value": "sequence"} and {"name": "agent", "value": "agent"}`,
    );
  return schema;
}

/** "--schema FILE: " and what is wrong with it. */
async function readSchema(file: string): Promise<Schema> {
  const { limits, parseSchema, SchemaFault } = await import('../record/schemas/custom.js');
  const { readBoundedText } = await import('../host/bounded-file.js');
  const text = await readBoundedText(file, limits.bytes).catch((cause: Error) => {
    throw new UsageError(`--schema ${file}: ${cause.message}; name a file that can be read`, { cause });
  });
  try {
    return parseSchema(file, text, nearest);
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error;
    throw new UsageError(`--schema ${file}: ${error.message}`, { cause: error });
  }
}
