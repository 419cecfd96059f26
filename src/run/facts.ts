/** What all records of a run share. */
import { hostname } from 'node:os';
import type { RunFacts } from '../record/values/value.js';
import type { Config, RecordsConfig } from '../settings/config.js';

/** `records` are the settings of the outputs that get them; `version` is asked for when somebody tells it. */
export function runFacts(
  { tags, service }: Config,
  records: RecordsConfig,
  agent: string,
  version: () => string,
): RunFacts {
  return {
    host: hostname(),
    agent,
    get version() {
      return version();
    },
    tags,
    service,
    conversations: records.biflow,
    recordSettings: JSON.stringify(records),
  };
}
