/** What --names and the schemas make of the same traffic. */
import { fetchPage, lookUp, openSession } from '../../support/names/clients.js';
import { type NamedRecord, type Origin, sourceName, targetName } from '../../support/names/named-records.js';
import { clients, servers } from '../../support/names/network.js';
import { lookedUp, pointed } from '../../support/names/servers.js';
import type { Watcher } from '../../support/names/watcher.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { NamesCase, NamesVerdict } from './case.js';
import { fetchByQuic, noQuicClient, noQuicServer } from './quic.js';
import { openScene, type Scene, type Seen, watch } from './scene.js';

export const chosenCases: readonly NamesCase[] = [
  { name: 'names as they are chosen', skip: noQuicServer || noQuicClient, run: choices },
  { name: 'names in legacy, full and ecs, and by --biflow', run: schemas },
];

const names = ['-i', 'eth0', '--names'];
const ways = {
  all: ['-i', 'eth0'],
  ptr: [...names, 'ptr', '--dns', '198.18.0.1'],
  dns: [...names, 'dns'],
  sni: [...names, 'sni'],
  quic: [...names, 'quic'],
  traffic: [...names, 'traffic'],
  off: [...names, 'off'],
  '-n': ['-i', 'eth0', '-n'],
} as const;

const byTls = 'tls.site.example';
const byQuic = 'quic.site.example';

/** Which origins may show by each way; whoever watches a pipe or a file has what --names traffic has. */
const allowed: Readonly<Record<string, readonly Origin[]>> = {
  all: ['sni', 'dns', 'ptr'],
  ptr: ['ptr'],
  dns: ['dns'],
  sni: ['sni'],
  quic: ['sni'],
  off: [],
  '-n': [],
};
const ofTraffic: readonly Origin[] = ['sni', 'dns'];

async function choices(ground: Ground): Promise<NamesVerdict> {
  const scene = await openScene(ground);
  const seen = await watch(scene, (live) => sayEverything(scene, live), { ways });
  const wrong = [...seen.wrong];
  for (const { name, records } of seen.watchers) {
    const shown = new Set(records().flatMap((record) => [sourceName(record), targetName(record)]));
    const origins = new Set([...shown].map((text) => text.split(' ').at(-1)!));
    const may = allowed[name] ?? ofTraffic;
    for (const origin of origins) {
      if (origin !== 'none' && !may.includes(origin as Origin)) wrong.push(`${name}: a name by ${origin}`);
    }
    for (const origin of may) if (!origins.has(origin)) wrong.push(`${name}: no name by ${origin}`);
    const has = (server: string, expected: boolean) => {
      if (shown.has(`${server} by sni`) !== expected)
        wrong.push(`${name}: ${server} ${expected ? 'lacks' : 'shows'}`);
    };
    has(byTls, may.includes('sni') && name !== 'quic');
    has(byQuic, may.includes('sni') && name !== 'sni');
  }
  return { told: `${seen.watchers.map(({ name }) => name).join('; ')}`, wrong };
}

/** Something for each origin. */
async function sayEverything({ network }: Scene, live: readonly Watcher[]): Promise<void> {
  await lookUp(network, lookedUp.first);
  await fetchPage(network, servers.lookedUp.ipv4, { scheme: 'http' });
  await fetchPage(network, byTls);
  await fetchByQuic(network, byQuic);
  // Reverse names come in the window after the one that asked for them.
  for (const watcher of live.filter(({ name }) => allowed[name]?.includes('ptr'))) {
    const hasReverseName = async () => {
      await fetchPage(network, servers.pointed.ipv4, { scheme: 'http' });
      return watcher.records().some(({ target_host_from }) => target_host_from === 'ptr');
    };
    await until('a reverse name shows', hasReverseName, watcher.program.stderr);
  }
}

/** A record of the schema legacy, as far as it is looked at. */
interface LegacyRecord {
  readonly source_IP: string;
  readonly target_IP: string;
  readonly target_PORT: number;
  readonly target_HOST: string;
}

interface EcsRecord {
  readonly destination?: { readonly ip?: string; readonly domain?: string; readonly port?: number };
  readonly source?: { readonly ip?: string };
}

interface Conversation extends NamedRecord {
  readonly server_host?: string;
  readonly server_host_from: Origin;
}

async function schemas(ground: Ground): Promise<NamesVerdict> {
  const scene = await openScene(ground);
  const [client] = clients;
  const asked = 'shop.site.example';
  const usual = {
    usual: ['-i', 'eth0'],
    chosen: ['-i', 'eth0', '--names', 'ptr,traffic', '--dns', '198.18.0.1'],
  };
  const act = async (live: readonly Watcher[]) => {
    const session = openSession(scene.network, { server: servers.shared, name: asked });
    await session.ask();
    for (const watcher of live.filter(({ name }) => name !== 'pipe')) {
      const hasName = () => legacyHosts(watcher, client.ipv4).length > 0;
      await until('a window is over', hasName, watcher.program.stderr);
    }
    // Reverse DNS has answered by now.
    await session.ask();
    await session.close();
  };
  const seen = await watch(scene, act, { ways: usual, schemas: ['conversations', 'legacy', 'ecs'] });
  return judgeSchemas(seen, asked, client.ipv4);
}

function judgeSchemas({ watchers, wrong: failures }: Seen, asked: string, client: string): NamesVerdict {
  const wrong = [...failures];
  const check = (what: string, found: readonly unknown[], expected: unknown) => {
    if (found.length === 0 || found.some((each) => each !== expected))
      wrong.push(`${what}: ${JSON.stringify(found)}, not ${expected}`);
  };
  for (const watcher of watchers) {
    const legacy = legacyHosts(watcher, client);
    if (watcher.name === 'usual') check('legacy', legacy.slice(-1), pointed.shared);
    else check(`legacy, ${watcher.name}`, legacy, asked);
    const toServer = ({ source_ip, target_port }: NamedRecord) => source_ip === client && target_port === 443;
    const full = watcher.records().filter(toServer);
    check(`full, ${watcher.name}`, full.map(targetName), `${asked} by sni`);
    const told = watcher.records<Conversation>('conversations').filter(toServer);
    check(
      `--biflow, ${watcher.name}`,
      told.map((each) => `${each.server_host} by ${each.server_host_from}`),
      `${asked} by sni`,
    );
    const ecs = watcher.records<EcsRecord>('ecs').filter(({ destination }) => destination?.port === 443);
    check(
      `ecs, ${watcher.name}`,
      ecs.map(({ destination }) => destination?.domain),
      asked,
    );
  }
  return { told: watchers.map(({ name }) => name).join('; '), wrong };
}

const legacyHosts = (watcher: Watcher, client: string): string[] =>
  watcher
    .records<LegacyRecord>('legacy')
    .filter(({ source_IP, target_PORT }) => source_IP === client && target_PORT === 443)
    .map(({ target_HOST }) => target_HOST);
