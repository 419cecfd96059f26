/** Each connection has the name that it asked for, in every record: whoever asks, whatever carries it, however it is watched. */
import { judgeServerNames } from '../../support/names/named-records.js';
import { tsharkServerNames } from '../../support/names/tshark-names.js';
import type { Ground } from '../ground.js';
import type { NamesCase, NamesVerdict } from './case.js';
import { chromiumByQuic, chromiumByTls, curl, hostsFor, type Kind, ngtcp2, openssl } from './kinds.js';
import { type Conditions, openScene, watch } from './scene.js';
import { count } from './tally.js';

const byTcp = [curl, openssl, chromiumByTls];
const byUdp = [chromiumByQuic, ngtcp2];

const conditions: readonly (readonly [name: string, conditions: Conditions, kinds: readonly Kind[]])[] = [
  ['offloads on', { offloads: 'on' }, [...byTcp, ...byUdp]],
  ['offloads off', { offloads: 'off' }, [...byTcp, ...byUdp]],
  ['hellos in three pieces', { offloads: 'off', segment: 750 }, [chromiumByTls]],
  ['hellos in three pieces', { offloads: 'off', segment: 220 }, [curl, openssl]],
  ['in VLAN 100', { tagged: true }, [...byTcp, ...byUdp]],
];

export const connectionCases: readonly NamesCase[] = conditions.flatMap(([name, how, kinds]) =>
  kinds.map((kind) => ({
    name: `${kind.name}, ${name}`,
    skip: kind.skip,
    run: (ground: Ground) => ask(ground, kind, how),
  })),
);

async function ask(ground: Ground, kind: Kind, how: Conditions): Promise<NamesVerdict> {
  const scene = await openScene(ground, how);
  const hosts = hostsFor(kind);
  const seen = await watch(scene, () => kind.ask(scene, hosts));
  const asked = tsharkServerNames(seen.file);
  const named = new Set(asked.values());
  const known = hosts.filter((host) => named.has(host)).length;
  count(kind.name, 'tshark', known, hosts.length);
  const wrong = [...seen.wrong];
  if (known < hosts.length) wrong.push(`tshark has ${known} names of ${hosts.length}`);
  let right = asked.size;
  for (const watcher of seen.watchers) {
    const judged = judgeServerNames(asked, watcher.records());
    count(kind.name, watcher.name, judged.right, asked.size);
    right = Math.min(right, judged.right);
    wrong.push(...judged.wrong.slice(0, mostShown).map((text) => `${watcher.name}: ${text}`));
  }
  return { connections: asked.size, right, told: `tshark ${asked.size}; ${ways(seen.watchers)}`, wrong };
}

const mostShown = 1;
const ways = (watchers: readonly { readonly name: string }[]) => watchers.map(({ name }) => name).join('; ');
