/** Names that clients looked up: each client has its own, others have the latest, whatever the question went by. */
import { fetchPage, type LookUpOptions, lookUp, runThere } from '../../support/names/clients.js';
import { type NamedRecord, sourceName, targetName } from '../../support/names/named-records.js';
import { type Addresses, clients, type NamesNetwork, servers } from '../../support/names/network.js';
import { lookedUp } from '../../support/names/servers.js';
import type { Ground } from '../ground.js';
import type { NamesCase, NamesVerdict } from './case.js';
import { openScene, type Scene, type Seen, watch } from './scene.js';

const [first, second, third] = clients;

/** What a client's connections to a server are to show. */
interface Expectation {
  readonly client: Addresses;
  readonly server: Addresses;
  readonly family?: keyof Addresses;
  readonly name: string;
}

export const lookedUpCases: readonly NamesCase[] = [
  { name: 'looked up by each client, dig and getent', run: byClient },
  ...(
    [
      ['UDP', {}],
      ['TCP', { tcp: true }],
      ['UDP, IPv6', { family: 'ipv6', type: 'AAAA' }],
      ['TCP, IPv6', { family: 'ipv6', type: 'AAAA', tcp: true }],
    ] as const
  ).flatMap(([how, options]) =>
    [false, true].map((tagged) => ({
      name: `looked up by ${how}${tagged ? ', in VLAN 100' : ''}`,
      run: (ground: Ground) => by(ground, options, tagged),
    })),
  ),
  { name: 'looked up, a name with several addresses', run: several },
];

/** Through an alias each; the third client looks up nothing, and gets the latest. */
async function byClient(ground: Ground): Promise<NamesVerdict> {
  const scene = await openScene(ground);
  const { network } = scene;
  const seen = await watch(scene, async () => {
    await runThere(network.onClients, 'getent', 'ahostsv4', lookedUp.first);
    await lookUp(network, lookedUp.second, { client: second });
    for (const client of clients) await visit(network, client, servers.lookedUp);
  });
  return judge(seen, [
    { client: first, server: servers.lookedUp, name: lookedUp.first },
    { client: second, server: servers.lookedUp, name: lookedUp.second },
    { client: third, server: servers.lookedUp, name: lookedUp.second },
  ]);
}

async function by(ground: Ground, options: LookUpOptions, tagged: boolean): Promise<NamesVerdict> {
  const scene: Scene = await openScene(ground, { tagged });
  const { family = 'ipv4' } = options;
  const seen = await watch(scene, async () => {
    await lookUp(scene.network, lookedUp.first, { ...options, client: second });
    await visit(scene.network, second, servers.lookedUp, family);
  });
  return judge(seen, [{ client: second, server: servers.lookedUp, name: lookedUp.first, family }]);
}

async function several(ground: Ground): Promise<NamesVerdict> {
  const scene = await openScene(ground);
  const seen = await watch(scene, async () => {
    await lookUp(scene.network, lookedUp.several, { client: first });
    for (const server of [servers.lookedUp, servers.nameless]) await visit(scene.network, first, server);
  });
  return judge(
    seen,
    [servers.lookedUp, servers.nameless].map((server) => ({ client: first, server, name: lookedUp.several })),
  );
}

/** Without a word of where it goes. */
const visit = (
  network: NamesNetwork,
  client: Addresses,
  server: Addresses,
  family: keyof Addresses = 'ipv4',
) => fetchPage(network, server[family], { client, family, scheme: 'http' });

/** Both directions of each, by each who watched. */
function judge({ watchers, wrong: failures }: Seen, expected: readonly Expectation[]): NamesVerdict {
  const wrong = [...failures];
  let right = expected.length;
  for (const watcher of watchers) {
    const bad = expected.flatMap(({ client, server, name, family = 'ipv4' }) => {
      const names = watcher
        .records()
        .flatMap((record) => namesBetween(record, client[family], server[family]));
      const isRight = names.length >= 2 && names.every((each) => each === `${name} by dns`);
      return isRight
        ? []
        : [`${watcher.name}: ${client[family]} to ${server[family]}: ${names}; not ${name}`];
    });
    wrong.push(...bad);
    right = Math.min(right, expected.length - bad.length);
  }
  return { connections: expected.length, right, told: expected.map(({ name }) => name).join(', '), wrong };
}

/** How the server is named, in a record of either direction. */
function namesBetween(record: NamedRecord, client: string, server: string): string[] {
  if (record.source_ip === client && record.target_ip === server) return [targetName(record)];
  if (record.target_ip === client && record.source_ip === server) return [sourceName(record)];
  return [];
}
