/** The rows of the table of options that say what records are: their fields, and which flows they tell of. */
import type { OptionRow } from '../option-row.js';
import { asText, count, flag, listOf, orAll, schema, tag, title } from '../values.js';

/** The schemas that come with the program, by name. */
export const schemaNames = ['legacy', 'datadog', 'ecs', 'otel', 'ocsf', 'full'] as const;

export const recordRows = {
  schema: {
    name: 'schema',
    ...schema(schemaNames),
    default: 'legacy',
    help: 'names and order of the fields of records, for one kind of reader; or a table of your own from a file (a name that ends in .json); on a terminal, records come in place of the table',
    group: 'Records',
  },
  biflow: {
    name: 'biflow',
    read: flag,
    help: 'tell both directions of a conversation as one record, whose source is the client; every schema but legacy does so by itself',
    group: 'Records',
  },
  noBiflow: {
    name: 'no-biflow',
    read: flag,
    help: 'tell each direction as a record of its own, with any schema',
    group: 'Records',
  },
  top: {
    name: 'top',
    ...orAll([1, 0xff_fffe]),
    default: 'all',
    help: 'of each window, send the N records with the most bytes and the N with the most packets, and sum up the others in one record per protocol with addresses "*"',
    group: 'Records',
  },
  group: {
    name: 'group',
    ...listOf('clients', 'networks', 'owner'),
    repeatable: true,
    help: 'tell flows that differ only in this as one: clients, the port of the client; networks, the addresses in one network of those of --network; owner, the address of an end whose owner is known, and its port if it is the client; none, nothing; a list or several times',
    group: 'Records',
  },
  minBytes: {
    name: 'min-bytes',
    read: count([0, Number.MAX_SAFE_INTEGER]),
    argument: 'N',
    default: '0',
    help: 'sum up records of fewer bytes in the one per protocol with addresses "*"',
    group: 'Records',
  },
  minPackets: {
    name: 'min-packets',
    read: count([0, Number.MAX_SAFE_INTEGER]),
    argument: 'N',
    default: '0',
    help: 'sum up records of fewer packets in the one per protocol with addresses "*"',
    group: 'Records',
  },
  network: {
    name: 'network',
    read: asText,
    argument: 'NAME=NET[,NET…]|FILE',
    repeatable: true,
    help: 'name the network that these addresses are in (office=10.1.0.0/16,2001:db8::/48), or those of a file, each line a NET and its name; records carry the name as a label, and --group networks in place of the address',
    group: 'Records',
  },
  tag: {
    name: 'tag',
    read: tag,
    argument: 'KEY:VALUE',
    repeatable: true,
    help: 'a tag of every record, where its schema has tags: env:prod',
    group: 'Records',
  },
  service: {
    name: 'service',
    read: title,
    argument: 'NAME',
    help: 'the service that records come from, where their schema has a field for it',
    group: 'Records',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
