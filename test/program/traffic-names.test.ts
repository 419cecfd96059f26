/** Names from real clients and servers, in the records of live captures, and of a file that tcpdump wrote meanwhile. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { noDnsmasq } from '../support/dnsmasq.js';
import { fetchPage, lookUp, noClients, openSession } from '../support/names/clients.js';
import {
  judgeServerNames,
  type NamedRecord,
  sourceName,
  targetName,
} from '../support/names/named-records.js';
import {
  type Addresses,
  clients,
  type NamesNetwork,
  openNamesNetwork,
  servers,
} from '../support/names/network.js';
import { lookedUp, pointed, startResolver, startWebServer } from '../support/names/servers.js';
import { tsharkHellos } from '../support/names/tshark-names.js';
import {
  startTcpdump,
  startWatcher,
  untilAllIsTold,
  untilItCaptures,
  type Watcher,
} from '../support/names/watcher.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { noNetwork } from '../support/veth.js';

const [first, second, third] = clients;
/** A connection that lasts longer than a window. */
const kept = 'kept.site.example';

describe('names from the traffic', { skip: noNetwork || noDnsmasq || noClients }, () => {
  const { path: folder } = temporaryFolder();
  const file = join(folder, 'traffic.pcap');
  const watchers = new Map<string, Watcher>();
  const undoing: (() => unknown)[] = [];
  const ground = { atEnd: (undo: () => unknown) => void undoing.push(undo) };

  before(async () => {
    const network = openNamesNetwork(ground, folder);
    await startResolver(ground, network);
    await startWebServer(ground, network, folder);
    const watch = (name: string, ...args: readonly string[]) => {
      const watcher = startWatcher(ground, {
        ...{ name, args, folder },
        prefix: network.onTap,
        schemas: ['legacy'],
      });
      watchers.set(name, watcher);
      return watcher;
    };
    const live = [
      watch('cap', '-i', 'eth0', '--engine', 'cap'),
      watch('batch', '-i', 'eth0', '--engine', 'batch'),
      watch('off', '-i', 'eth0', '-n'),
    ];
    const tcpdump = await startTcpdump(ground, network, file);
    await Promise.all(live.map(untilItCaptures));
    await askAround(network, live);
    await untilAllIsTold(network, live, tcpdump);
    for (const watcher of live) assertEnded(await watcher.stop());
    await tcpdump.stop();
    assertEnded(await watch('file', '-r', file, '--names', 'traffic').program.finished);
  });
  after(async () => {
    for (const undo of undoing.reverse()) await undo();
  });

  /** How the server at an address is named in the records of a client's connections to a port, there and back. */
  function serverNames(watcher: string, client: Addresses, server: Addresses, port: number): string[] {
    return watchers
      .get(watcher)!
      .records()
      .flatMap((record) => [
        ...(isBetween(record, 'source', client, server, port) ? [targetName(record)] : []),
        ...(isBetween(record, 'target', client, server, port) ? [sourceName(record)] : []),
      ]);
  }

  for (const name of ['cap', 'batch', 'file']) {
    describe(name, () => {
      test('each connection has the name that it asked for, both ways and in each window', () => {
        const asked = tsharkHellos(file);
        assert.deepEqual([...asked.values()].map(({ name: host }) => host).sort(), [
          'asked.site.example',
          kept,
          'other.site.example',
        ]);
        const records = watchers.get(name)!.records();
        assert.deepEqual(judgeServerNames(asked, records), { right: 3, lacking: [], mistaken: [] });
        const windows = records.filter(({ target_host }) => target_host === kept);
        assert.ok(windows.length > 1, `${windows.length} windows`);
      });

      test('a client has the name that it looked up itself', () => {
        const names = (client: Addresses) => serverNames(name, client, servers.lookedUp, 80);
        assert.deepEqual([...new Set(names(first))], [`${lookedUp.first} by dns`]);
        assert.deepEqual([...new Set(names(second))], [`${lookedUp.second} by dns`]);
        assert.ok(names(first).length >= 2);
      });

      test('what nobody asked for has the name of reverse DNS, or none', () => {
        const shown = new Set(serverNames(name, first, servers.pointed, 80));
        assert.deepEqual([...shown], name === 'file' ? ['none'] : ['none', `${pointed.pointed} by ptr`]);
        assert.deepEqual([...new Set(serverNames(name, first, servers.nameless, 80))], ['none']);
      });

      test('its ledger counts the frames that may carry names', () => {
        const { stderr } = watchers.get(name)!.program;
        assert.match(stderr(), /^pcap-agg: names from traffic: [1-9]\d* frames seen, [1-9]\d* parsed/m);
      });
    });
  }

  test('legacy shows reverse DNS, unless names are chosen', () => {
    const hosts = (watcher: string) => {
      const records = watchers
        .get(watcher)!
        .records<{ target_IP: string; target_PORT: number; target_HOST: string }>('legacy');
      const shown = records.filter(
        ({ target_IP, target_PORT }) => target_IP === servers.shared.ipv4 && target_PORT === 443,
      );
      return new Set(shown.map(({ target_HOST }) => target_HOST));
    };
    assert.ok(hosts('batch').has(pointed.shared));
    for (const host of hosts('batch')) assert.ok([servers.shared.ipv4, pointed.shared].includes(host), host);
    assert.deepEqual([...hosts('file')].sort(), ['asked.site.example', kept, 'other.site.example']);
  });

  test('with -n none shows', () => {
    const off = watchers.get('off')!;
    const records = off.records();
    assert.ok(records.length > 0);
    for (const record of records)
      assert.deepEqual([sourceName(record), targetName(record)], ['none', 'none']);
    assert.doesNotMatch(off.program.stderr(), /names from traffic/);
  });
});

/** All that is said while they watch. */
async function askAround(network: NamesNetwork, watchers: readonly Watcher[]): Promise<void> {
  const http = (server: Addresses, client = first) =>
    fetchPage(network, server.ipv4, { client, scheme: 'http' });
  await lookUp(network, lookedUp.first, { client: first });
  await lookUp(network, lookedUp.second, { client: second });
  await http(servers.lookedUp, first);
  await http(servers.lookedUp, second);
  await fetchPage(network, 'asked.site.example');
  const other = openSession(network, { client: second, server: servers.shared, name: 'other.site.example' });
  const session = openSession(network, { client: third, server: servers.shared, name: kept });
  await Promise.all([other.ask(), session.ask(), http(servers.nameless), http(servers.pointed)]);
  // A window may end behind a connection's first packet, and before its hello.
  const isTold = (watcher: Watcher, client: Addresses, server: Addresses) =>
    watcher
      .records()
      .some(
        ({ source_ip, target_ip, source_payload_bytes }) =>
          source_ip === client.ipv4 && target_ip === server.ipv4 && source_payload_bytes > 0,
      );
  for (const watcher of watchers) {
    const isOver = () => isTold(watcher, third, servers.shared) && isTold(watcher, first, servers.pointed);
    await until('their window is over', isOver, watcher.program.stderr);
  }
  await Promise.all([session.ask(), http(servers.pointed), http(servers.shared)]);
  await Promise.all([other.close(), session.close()]);
}

function isBetween(
  record: NamedRecord,
  side: 'source' | 'target',
  client: Addresses,
  server: Addresses,
  port: number,
): boolean {
  const { source_ip, source_port, target_ip, target_port } = record;
  return side === 'source'
    ? source_ip === client.ipv4 && target_ip === server.ipv4 && target_port === port
    : target_ip === client.ipv4 && source_ip === server.ipv4 && source_port === port;
}

function assertEnded({
  exitCode,
  stderr,
}: {
  readonly exitCode: number | null;
  readonly stderr: string;
}): void {
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /^pcap-agg: balanced$/m);
}
