/** Who tells it: this machine, this start of the program, and what the user calls them. */
import { integer, type RunValue } from './value.js';

export const runValues = {
  host_name: ofRun('Name of the machine that captured', ({ host }) => host),
  agent: ofRun('Name of this start of pcap-agg; with `--seq`', ({ agent }) => agent),
  version: ofRun("pcap-agg's version", ({ version }) => version),
  service_name: ofRun('Service that the records belong to, as `--service` says', ({ service }) => service),
  tags: ofRun('What `--tag` says, each `KEY:VALUE`', ({ tags }) => (tags.length === 0 ? undefined : tags)),
  tags_text: ofRun('What `--tag` says, joined by `,`', ({ tags }) => tags.join(',') || undefined),
  sequence: integer(
    { meaning: 'Number of the record at its output, from 1 on; with `--seq`' },
    (_, { sequence }) => sequence,
  ),
} as const;

function ofRun(meaning: string, read: RunValue['read']): RunValue {
  return { meaning, type: 'run', read };
}
