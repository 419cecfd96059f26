import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Config, RecordsConfig } from '../../../src/settings/config.js';
import type { Environment } from '../../../src/settings/environment.js';
import { parseCommand } from '../../../src/settings/parse.js';

async function configOf(args: readonly string[], environment: Environment = {}): Promise<Config> {
  const command = await parseCommand(args, { environment, stdin: 'nothing', columns: 80 });
  assert.equal(command.kind, 'run');
  return command.config;
}

/** What each output sends: its schema, and what differs from plain flows. */
async function sent(line: string, environment?: Environment): Promise<unknown[]> {
  const { outputs } = await configOf(line === '' ? [] : line.split(' '), environment);
  return outputs.map(({ schema, records }) => ({ schema, ...differences(records) }));
}

function differences(records: RecordsConfig): object {
  const plain = { biflow: false, top: Infinity, groups: '', minBytes: 0, minPackets: 0 };
  const now = { ...records, groups: records.groups.join() };
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => value !== Reflect.get(plain, name)),
  );
}

const understood: readonly (readonly [line: string, sent: readonly object[], environment?: Environment])[] = [
  ['', [{ schema: 'legacy' }]],
  ['--schema ecs', [{ schema: 'ecs', biflow: true }]],
  ['--schema ./own.json', [{ schema: './own.json', biflow: true }]],
  ['--schema legacy', [{ schema: 'legacy' }]],
  ['--biflow', [{ schema: 'legacy', biflow: true }]],
  ['--schema otel --no-biflow', [{ schema: 'otel' }]],
  [
    '--top 100 --group clients --min-bytes 1000 --min-packets 2',
    [{ schema: 'legacy', top: 100, groups: 'clients', minBytes: 1000, minPackets: 2 }],
  ],
  ['--network a=10.0.0.0/8 --group networks,clients', [{ schema: 'legacy', groups: 'clients,networks' }]],
  [
    '--network a=::/0 --group networks --group clients --group clients',
    [{ schema: 'legacy', groups: 'clients,networks' }],
  ],
  ['--group owner,clients', [{ schema: 'legacy', groups: 'clients,owner' }]],
  [
    '--owners syn --to a:1?group=owner --to b:1',
    [{ schema: 'legacy', groups: 'owner' }, { schema: 'legacy' }],
  ],
  ['--owners off --to a:1?group=none', [{ schema: 'legacy' }], { PCAP_AGG_GROUP: 'owner' }],
  ['--group none', [{ schema: 'legacy' }]],
  ['--to=-?schema=full&biflow=0&top=5', [{ schema: 'full', top: 5 }]],
  [
    '--schema ecs --top 9 --to a:1 --to b:1?schema=legacy --to c:1?biflow=0&top=all&group=clients',
    [
      { schema: 'ecs', biflow: true, top: 9 },
      { schema: 'legacy', top: 9 },
      { schema: 'ecs', groups: 'clients' },
    ],
  ],
  [
    '--biflow --to a:1?schema=legacy --to b:1?min-bytes=1&min-packets=2&biflow=false --to c:1?biflow=1',
    [
      { schema: 'legacy', biflow: true },
      { schema: 'legacy', minBytes: 1, minPackets: 2 },
      { schema: 'legacy', biflow: true },
    ],
  ],
  ['--no-biflow --schema ecs --to a:1?biflow=1', [{ schema: 'ecs', biflow: true }]],
  ['', [{ schema: 'ocsf', biflow: true, top: 3 }], { PCAP_AGG_SCHEMA: 'ocsf', PCAP_AGG_TOP: '3' }],
  ['', [{ schema: 'ecs' }], { PCAP_AGG_SCHEMA: 'ecs', PCAP_AGG_BIFLOW: '0' }],
  ['', [{ schema: 'ecs', biflow: true }], { PCAP_AGG_SCHEMA: 'ecs', PCAP_AGG_NO_BIFLOW: '0' }],
  ['--biflow', [{ schema: 'legacy', biflow: true }], { PCAP_AGG_NO_BIFLOW: '1' }],
  ['--no-biflow', [{ schema: 'ecs' }], { PCAP_AGG_SCHEMA: 'ecs', PCAP_AGG_BIFLOW: '1' }],
];

const noSockets = 'only live captures have owners, for the kernel is asked about sockets while they are open';

const refused: readonly (readonly [line: string, message: string, environment?: Environment])[] = [
  ['--schema ess', '--schema ess: there is no such schema; did you mean ecs?'],
  [
    '--schema wombat',
    '--schema wombat: there is no such schema; choose legacy, datadog, ecs, otel, ocsf, full or FILE.json',
  ],
  ['--biflow --no-biflow', '--biflow and --no-biflow: one undoes the other; leave one of them out'],
  [
    '',
    'PCAP_AGG_BIFLOW=1 and PCAP_AGG_NO_BIFLOW=true: one undoes the other; leave one of them out',
    { PCAP_AGG_BIFLOW: '1', PCAP_AGG_NO_BIFLOW: 'true' },
  ],
  ['--top 0', '--top 0: not a number of records; it takes 1 to 16777214, or all'],
  ['--top ten', '--top ten: not a number of records; it takes 1 to 16777214, or all'],
  ['--group client', '--group client: client: unknown; did you mean clients?'],
  ['--group owners', '--group owners: owners: unknown; did you mean owner?'],
  ['--group unit', '--group unit: unit: unknown; choose clients, networks, owner or none'],
  ['--group clients,', '--group clients,: "": unknown; choose clients, networks, owner or none'],
  [
    '--group networks',
    '--group networks: no network has a name; add --network NAME=NET, such as office=10.0.0.0/8',
  ],
  [
    '--to a:1?group=clients,networks',
    '--to a:1?group=clients,networks: group=clients,networks: no network has a name; add --network NAME=NET, such as office=10.0.0.0/8',
  ],
  ['--owners off --group owner', '--group owner: --owners off asks for no owner; leave out one of the two'],
  [
    '--to a:1?group=clients,owner',
    '--to a:1?group=clients,owner: group=clients,owner: PCAP_AGG_OWNERS=off asks for no owner; leave out one of the two',
    { PCAP_AGG_OWNERS: 'off' },
  ],
  ['-r a.pcap --group owner', `--group owner: ${noSockets}; leave owner out, or add -i NAME`],
  [
    '-r a.pcap --to a:1?group=owner',
    `--to a:1?group=owner: group=owner: ${noSockets}; leave owner out, or add -i NAME`,
  ],
  [
    '-r a.pcap',
    `PCAP_AGG_GROUP=owner: ${noSockets}; leave owner out, or add -i NAME`,
    { PCAP_AGG_GROUP: 'owner' },
  ],
  ['--min-bytes 1k', '--min-bytes 1k: not a whole number; it takes 0 to 9007199254740991'],
  ['--min-packets -1', '--min-packets -1: not a whole number; it takes 0 to 9007199254740991'],
  ['--to a:1?biflow', '--to a:1?biflow: biflow: a value is missing; write biflow=1'],
  [
    '--to a:1?biflow=no',
    '--to a:1?biflow=no: biflow=no: neither true nor false; write 1 or 0, true or false',
  ],
  [
    '--to a:1?tag=a:b',
    '--to a:1?tag=a:b: tag: there is no such setting here; it takes rate, queue, pack, ttl, schema, biflow, top, group, min-bytes, min-packets',
  ],
  ['--tag env', '--tag env: no key and value; write it like env:prod'],
  ['--tag env:', '--tag env:: no key and value; write it like env:prod'],
  ['--tag :prod', '--tag :prod: no key and value; write it like env:prod'],
  ['--tag a:b:', '--tag a:b:: a tag does not end with a colon; leave it out'],
  ['--tag 1st:b', '--tag 1st:b: a tag begins with a letter; write it like env:prod'],
  ['--tag env:a,b', '--tag env:a,b: "," cannot be in a tag; use letters, digits and _ - : . /'],
  [`--tag k:${'v'.repeat(199)}`, `--tag k:${'v'.repeat(199)}: too long; it takes up to 200 characters`],
  [
    Array.from({ length: 5 }, () => `--tag k:${'v'.repeat(198)}`).join(' '),
    '--tag: 5 tags of 1004 characters; leave some out, together they may have 1000',
  ],
  ['--service a\u0007', '--service a\u0007: there is a character in it that cannot be shown; leave it out'],
  [`--service ${'s'.repeat(101)}`, `--service ${'s'.repeat(101)}: too long; it takes up to 100 characters`],
];

describe('what records are', () => {
  for (const [line, outputs, environment] of understood) {
    test(`is understood: ${line} ${JSON.stringify(environment ?? {})}`, async () => {
      assert.deepEqual(await sent(line, environment), outputs);
    });
  }

  for (const [line, message, environment] of refused) {
    test(`is refused: ${line.slice(0, 100)} ${JSON.stringify(environment ?? {})}`, async () => {
      await assert.rejects(sent(line, environment), { name: 'UsageError', message });
    });
  }

  test('has tags, networks and a service for all outputs', async () => {
    const args = ['--tag', 'env:prod', '--tag', 'Größe:a/b.c-d_e:f', '--service', 'Flows of München'];
    const { tags, networks, service } = await configOf([
      ...args,
      '--network',
      'a=::/0',
      '--network',
      'x.txt',
    ]);
    assert.deepEqual(
      { tags, networks: networks.map(({ text }) => text), service },
      {
        tags: ['env:prod', 'Größe:a/b.c-d_e:f'],
        networks: ['a=::/0', 'x.txt'],
        service: 'Flows of München',
      },
    );
  });

  test('is a table on a terminal only where neither an output nor a schema is asked for', async () => {
    const isTable = async (line: string, environment?: Environment) =>
      (await configOf(line === '' ? [] : line.split(' '), environment)).tableOnTerminal;
    for (const line of ['', '--biflow --top 3', '--service a']) assert.equal(await isTable(line), true, line);
    for (const line of ['--to -', '--schema legacy', '--schema full'])
      assert.equal(await isTable(line), false, line);
    assert.equal(await isTable('', { PCAP_AGG_SCHEMA: 'ecs' }), false);
  });
});
