/** A names network with its servers, and the program as it watches it in each way that it can. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type NamesNetwork, openNamesNetwork } from '../../support/names/network.js';
import { startResolver, startWebServer } from '../../support/names/servers.js';
import {
  startPipe,
  startTcpdump,
  startWatcher,
  untilAllIsTold,
  untilItCaptures,
  type Watcher,
  type WatcherOptions,
} from '../../support/names/watcher.js';
import type { Certificate } from '../../support/readers/certificates.js';
import type { Ground } from '../ground.js';
import { setLongestSegment, setOffloads } from './offloads.js';
import { noQuicServer, startQuicServer } from './quic.js';
import { openTaggedNetwork } from './tagged-network.js';

export interface Conditions {
  /** Whether interfaces cut and join what is sent. Default: as the kernel has them. */
  readonly offloads?: 'on' | 'off';
  /** Bytes in a TCP segment at the most. */
  readonly segment?: number;
  /** Whether all that passes by has a VLAN tag; offloads are off then. */
  readonly tagged?: boolean;
  /** More of the resolver: dnsmasq's options without their dashes. */
  readonly records?: readonly string[];
}

export interface Scene {
  readonly ground: Ground;
  readonly network: NamesNetwork;
  readonly certificate: Certificate;
}

export async function openScene(ground: Ground, conditions: Conditions = {}): Promise<Scene> {
  const { offloads, segment, tagged = false, records } = conditions;
  const network = tagged ? await openTaggedNetwork(ground) : openNamesNetwork(ground, ground.folder);
  const hosts = [network.clients, network.servers];
  if (offloads !== undefined) for (const host of hosts) setOffloads(host, 'eth0', offloads);
  if (segment !== undefined) for (const host of hosts) setLongestSegment(host, segment);
  await startResolver(ground, network, records);
  const certificate = await startWebServer(ground, network, ground.folder);
  if (noQuicServer === false) await startQuicServer(ground, network, certificate);
  return { ground, network, certificate };
}

/** In MiB: of what cap has by itself, each frame takes 128 KiB, and a burst of some hundred fills it. */
const largeBuffer = ['-B', '256'] as const;

/** Live captures, by their names in the table. */
export const liveWays = {
  cap: ['-i', 'eth0', '--engine', 'cap', ...largeBuffer],
  batch: ['-i', 'eth0', '--engine', 'batch'],
  auto: ['-i', 'eth0', ...largeBuffer],
  'any, cap': ['-i', 'any', '--engine', 'cap', ...largeBuffer],
  'any, batch': ['-i', 'any', '--engine', 'batch'],
} as const;

/** Files that tcpdump wrote meanwhile, and a pipe from it. */
export const otherWays = ['pipe', 'pcap', 'gzip', 'pcapng'] as const;

export interface Seen {
  /** tcpdump's own, for tshark. */
  readonly file: string;
  /** Ended, all of them; their records are there. */
  readonly watchers: readonly Watcher[];
  /** How often each frame passes by, on all interfaces together. */
  readonly copies: number;
  /** What went wrong with the program itself. */
  readonly wrong: readonly string[];
}

export interface Watching {
  /** Arguments by name. Default: `liveWays`. */
  readonly ways?: Readonly<Record<string, readonly string[]>>;
  /** What tcpdump's files have. Default: everything. */
  readonly filter?: string;
  /** More than `flows`. */
  readonly schemas?: WatcherOptions['schemas'];
}

/** Has everything watched that `act` does, in those ways and from tcpdump's files. */
export async function watch(
  { ground, network }: Scene,
  act: (live: readonly Watcher[]) => Promise<void>,
  { ways = liveWays, filter = '', schemas = [] }: Watching = {},
): Promise<Seen> {
  const { folder } = ground;
  const prefix = network.onTap;
  const file = join(folder, 'traffic.pcap');
  const live = Object.entries(ways).map(([name, args]) =>
    startWatcher(ground, { name, args, folder, prefix, schemas }),
  );
  live.push(startPipe(ground, network, { folder, filter, schemas }));
  const tcpdump = await startTcpdump(ground, network, file, filter);
  await Promise.all(live.map(untilItCaptures));
  await act(live);
  await untilAllIsTold(network, live, tcpdump);
  const endings = await Promise.all(live.map((watcher) => watcher.stop()));
  await tcpdump.stop();
  const files = { pcap: file, gzip: gzipped(file), pcapng: asPcapng(file) };
  const watchers = [...live];
  for (const [name, path] of Object.entries(files)) {
    const args = ['-r', path, '--names', 'traffic'];
    const watcher = startWatcher(ground, { name, args, folder, schemas });
    watchers.push(watcher);
    endings.push(await watcher.program.finished);
  }
  const wrong = endings.flatMap(({ exitCode, stderr }, at) => [
    ...(exitCode === 0 ? [] : [`${watchers[at]!.name} ended with ${exitCode}: ${stderr}`]),
    ...(/^pcap-agg: balanced$/m.test(stderr) ? [] : [`${watchers[at]!.name} is not balanced: ${stderr}`]),
  ]);
  return { file, watchers, copies: network.copies, wrong };
}

function gzipped(file: string): string {
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
  return `${file}.gz`;
}

/** As Wireshark writes it. */
export function asPcapng(file: string): string {
  execFileSync('tshark', ['-r', file, '-F', 'pcapng', '-w', `${file}ng`], { stdio: 'ignore' });
  return `${file}ng`;
}
