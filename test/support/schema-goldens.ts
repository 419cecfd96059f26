/** What the program makes of whole conversations in each schema, and where that is written down. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stateFixtures } from '../../fixtures/tables/states.js';
import { fixturesFolder } from './fixtures.js';
import { type Finished, startProgram } from './program.js';

const schemas = ['legacy', 'datadog', 'ecs', 'otel', 'ocsf', 'full'] as const;

/** Captures with the options that their goldens are made with. */
const captures = {
  web: [],
  dns: [],
  icmp: [],
  refused: [],
  'ipv6-vlan': [],
  many: ['--max-flows', '2'],
} as const;

export interface SchemaGolden {
  readonly name: string;
  /** The file that holds it. */
  readonly path: string;
  readonly args: readonly string[];
}

/** Everything that a schema may tell is there to be told, reverse DNS and the live host's own knowledge aside. */
const settings = [
  ...['--tag', 'env:test', '--tag', 'team:net', '--service', 'flows', '--seq'],
  ...['--network', 'office=10.8.0.0/16,2001:db8:5::/48'],
  ...['--datadog-ranges', `${fixturesFolder}ip-ranges.json`],
];

const goldensOfConversations: readonly SchemaGolden[] = Object.entries(captures).flatMap(([capture, own]) =>
  schemas.map((schema) => {
    const input = ['-r', `${fixturesFolder}conversation-${capture}.pcap`, '--interval', '20s'];
    const name = `${capture}.${schema}`;
    return {
      name,
      path: `${fixturesFolder}schemas/${name}.jsonl`,
      args: [...input, '--schema', schema, '--biflow', ...own, ...settings],
    };
  }),
);

/** A connection for each state, told as one window; its goldens lie beside the captures. */
const stateGolden: SchemaGolden = {
  name: 'states.full',
  path: `${fixturesFolder}states/states.full.jsonl`,
  args: [
    ...stateFixtures.flatMap(({ name }) => ['-r', fixturesFolder + name]),
    ...['--interval', '20s', '--schema', 'full', '--biflow', '-n'],
  ],
};

export const schemaGoldens: readonly SchemaGolden[] = [...goldensOfConversations, stateGolden];

const fixedProgram = fileURLToPath(new URL('./fixed-program.js', import.meta.url));

export const runGolden = ({ args }: SchemaGolden): Promise<Finished> => runFixedProgram(args);

/** Runs the program under a name and at a time that are the same everywhere. */
export function runFixedProgram(args: readonly string[]): Promise<Finished> {
  const { child, finished } = startProgram(args, { program: fixedProgram });
  child.stdin.end();
  return finished;
}

const example = /^(## `(\w+)`\n.*?)(?:<!-- example -->|^```json\n.*?^```)$/gms;

/** `guide` with a record of its golden under each schema's heading: that of the TCP session. */
export function withExamples(guide: string): string {
  return guide.replace(example, (_, text: string, schema: string) => {
    const [, record] = readFileSync(`${fixturesFolder}schemas/web.${schema}.jsonl`, 'utf8').split('\n');
    return `${text}\`\`\`json\n${JSON.stringify(JSON.parse(record!), null, 2)}\n\`\`\``;
  });
}
