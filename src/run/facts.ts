/** What all records of a run share. */
import type { RunFacts } from '../record/values/value.js';
import type { Config, RecordsConfig } from '../settings/config.js';

/** Who tells the records. */
export interface Self extends Pick<RunFacts, 'host' | 'version'> {
  readonly agent: string;
}

/** `records` are the settings of the outputs that get them. */
export function runFacts({ tags, service, numbered }: Config, records: RecordsConfig, self: Self): RunFacts {
  return {
    host: self.host,
    agent: numbered ? self.agent : undefined,
    get version() {
      return self.version;
    },
    tags,
    service,
    conversations: records.biflow,
    recordSettings: JSON.stringify(records),
  };
}
