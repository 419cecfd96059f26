/** What docs/names.md shows of real clients, held against what real clients get. */
import { join } from 'node:path';
import { fetchPage } from '../../support/names/clients.js';
import type { NamedRecord } from '../../support/names/named-records.js';
import { clients, type NamesNetwork, servers } from '../../support/names/network.js';
import { readProjectFile } from '../../support/project.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { NamesCase, NamesVerdict } from './case.js';
import { browse, noChromium } from './chromium.js';
import { noQuicServer } from './quic.js';
import { liveWays, openScene, watch } from './scene.js';

export const demonstrationCases: readonly NamesCase[] = [
  { name: 'the demonstration of docs/names.md', skip: noChromium || noQuicServer, run },
];

/** A row of the page's table: what reverse DNS says, what the client asked for, where the shown name is from. */
const row = /^\| .* \| `(\S+)` \| `?([^`|]+?)`? \| `(sni|dns|ptr)` \|$/gm;

const addressOf = (address: string) => address.split('.').reverse().join('.');

/** Names of servers as sites have them: some at a CDN, one at a hoster. */
const records = [
  ...['shop.example', 'video.example'].map((host) => `host-record=${host},${servers.shared.ipv4}`),
  `host-record=build.example,${servers.lookedUp.ipv4}`,
  `ptr-record=${addressOf(servers.lookedUp.ipv4)}.in-addr.arpa,host-3.hoster.example`,
];

interface Conversation extends NamedRecord {
  readonly client_ip: string;
  readonly server_ip: string;
  readonly server_port: number;
  readonly server_ptr?: string;
  readonly server_host?: string;
  readonly server_host_from: string;
}

async function run(ground: Ground): Promise<NamesVerdict> {
  const scene = await openScene(ground, { records });
  const { network, certificate } = scene;
  const http = (host: string) => fetchPage(network, host, { scheme: 'http' });
  const open = (host: string, by: 'tls' | 'quic') =>
    browse({ network, certificate, hosts: [host], by, folder: join(ground.folder, by) });
  const seen = await watch(
    scene,
    async ([watcher]) => {
      // Reverse names come in the window after the one that asked for them.
      const areKnown = async () => {
        await askEach(network);
        const named = watcher!.records().filter(({ target_host_from }) => target_host_from === 'ptr');
        return ['shared', 'lookedUp', 'pointed'].every((key) =>
          named.some(({ target_ip }) => target_ip === servers[key as keyof typeof servers].ipv4),
        );
      };
      await until('reverse names are known', areKnown);
      await open('shop.example', 'tls');
      await open('video.example', 'quic');
      await http('build.example');
      await http(servers.pointed.ipv4);
    },
    { ways: { batch: liveWays.batch }, schemas: ['conversations'] },
  );
  const rows = [...readProjectFile('docs/names.md').matchAll(row)].map(([, ...cells]) => cells.join(' '));
  const told = new Set(
    seen.watchers[0]!.records<Conversation>('conversations').filter(isOfDemonstration).map(rowOf),
  );
  const wrong = [
    ...seen.wrong,
    ...rows.filter((each) => !told.has(each)).map((each) => `no record: ${each}`),
  ];
  if (rows.length !== 4) wrong.push(`docs/names.md has ${rows.length} rows`);
  return { told: rows.join('; '), wrong };
}

const isOfDemonstration = ({ client_ip, server_port }: Conversation) =>
  client_ip === clients[0].ipv4 && [80, 443].includes(server_port);

const rowOf = ({ server_ptr, server_host, server_host_from }: Conversation) =>
  `${server_ptr} ${server_host_from === 'ptr' ? 'nothing' : server_host} ${server_host_from}`;

async function askEach(network: NamesNetwork): Promise<void> {
  for (const { ipv4 } of [servers.shared, servers.lookedUp, servers.pointed])
    await fetchPage(network, ipv4, { scheme: 'http' });
}
