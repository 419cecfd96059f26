/** How records become bytes for an output: as JSON by a schema, or as flows of IPFIX. */
import { createJsonFormat } from '../../record/json.js';
import type { RecordFormat } from '../../record/record.js';
import { type SchemaNeeds, schemaNeeds } from '../../record/schemas/needs.js';
import type { RunFacts } from '../../record/values/value.js';
import type { OutputConfig } from '../../settings/config.js';
import { type SchemaSettings, schemaNamed } from '../schemas.js';

export interface OutputFormat {
  /** Formats of one name write the same bytes. */
  readonly name: string;
  readonly needs: SchemaNeeds;
  create(facts: RunFacts): RecordFormat;
}

/** Throws a UsageError: see `schemaNamed`. Flows of IPFIX have no place for a number: its messages have their own. */
export async function formatOf(
  { format, schema: name }: Pick<OutputConfig, 'format' | 'schema'>,
  settings: SchemaSettings,
): Promise<OutputFormat> {
  if (format === 'ipfix') {
    const { createIpfixFormat, ipfixNeeds } = await import('../../record/ipfix/format.js');
    return { name: 'ipfix', needs: ipfixNeeds, create: createIpfixFormat };
  }
  const { numbered } = settings;
  const schema = await schemaNamed(name, settings);
  const create = (facts: RunFacts) => createJsonFormat({ schema, facts, numbered });
  return { name: schema.name, needs: schemaNeeds(schema), create };
}
