/** Names that outlive what told them: over windows, over a hand-over from one engine to the other, and in files that are read ahead. */
import { execFile, spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildTool } from '../../../bench/tools.js';
import { pcapFile } from '../../support/captures.js';
import { frame } from '../../support/frames.js';
import { fetchPage, openSession } from '../../support/names/clients.js';
import { clients, servers } from '../../support/names/network.js';
import type { Watcher } from '../../support/names/watcher.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { NamesCase, NamesVerdict } from './case.js';
import { openScene, type Scene, watch } from './scene.js';
import { judge } from './verdict.js';

const noCompiler = spawnSync('cc', ['--version']).status === 0 ? false : 'the sender needs a C compiler, cc';

export const longLivedCases: readonly NamesCase[] = [
  { name: 'connections that go on for three windows', run: threeWindows },
  { name: 'connections before and after a hand-over to batch', skip: noCompiler, run: handOver },
  { name: 'files of more than 4 MiB', run: largeFile },
];

const count = 10;
const hosts = (kind: string) => Array.from({ length: count }, (_, number) => `${kind}${number}.site.example`);

async function threeWindows(ground: Ground): Promise<NamesVerdict> {
  const scene = await openScene(ground);
  const seen = await watch(scene, (live) => sessions(scene, (window) => untilOver(live, window)));
  const wrong = seen.watchers.flatMap((watcher) => {
    const count = windowsOf(watcher);
    return count >= windows ? [] : [`${watcher.name}: ${count} windows`];
  });
  return judge(seen, { kind: 'over three windows', hosts: hosts('kept'), wrong });
}

const windows = 3;

/** Connections that say something in each of three windows. */
async function sessions({ network }: Scene, untilOver: (window: number) => Promise<void>): Promise<void> {
  const open = hosts('kept').map((name, at) =>
    openSession(network, { server: servers.shared, name, family: at % 2 === 0 ? 'ipv4' : 'ipv6' }),
  );
  for (let window = 1; window <= windows; window++) {
    await Promise.all(open.map((session) => session.ask()));
    await untilOver(window);
  }
  await Promise.all(open.map((session) => session.close()));
}

async function untilOver(live: readonly Watcher[], window: number): Promise<void> {
  for (const watcher of live) {
    const isOver = () => windowsOf(watcher) >= window;
    await until(`window ${window} is over`, isOver, watcher.program.stderr);
  }
}

/** How many windows have records of them. */
const windowsOf = (watcher: Watcher): number =>
  new Set(
    watcher
      .records()
      .filter(({ target_ip, target_port }) => target_port === 443 && target_ip === servers.shared.ipv6)
      .map(({ window_start_us }) => window_start_us),
  ).size;

const perSecond = 100_000;
const floodPort = 4_001;

/** The default command, under more packets than cap keeps up with: connections from before, meanwhile and after. */
async function handOver(ground: Ground): Promise<NamesVerdict> {
  const scene = await openScene(ground);
  const { network } = scene;
  const sender = buildTool('sender', ground.folder);
  const packet = frame()
    .ethernet()
    .ipv4({ source: '192.0.2.2', target: '192.0.2.1' })
    .udp({ targetPort: floodPort });
  const file = join(ground.folder, 'flood.pcap');
  writeFileSync(file, pcapFile({}, [packet.payload(10).bytes()]));
  const act = async ([auto]: readonly Watcher[]) => {
    const early = openSession(network, { server: servers.shared, name: 'early.site.example' });
    await early.ask();
    const [command, ...words] = [...network.onServers, sender, '-p', `${perSecond}`, '-t', '5', file, 'eth0'];
    const flood = promisify(execFile)(command!, words);
    await until('it is handed over', () => {
      auto!.program.child.kill('SIGUSR1');
      return auto!.program.stderr().includes(' batch captures from now on');
    });
    for (const host of hosts('meanwhile')) await fetchPage(network, host);
    await flood;
    await early.ask();
    for (const host of hosts('after')) await fetchPage(network, host);
    await early.close();
  };
  const seen = await watch(scene, act, { ways: { auto: ['-i', 'eth0'] }, filter: `not port ${floodPort}` });
  const asked = ['early.site.example', ...hosts('meanwhile'), ...hosts('after')];
  return judge(seen, { kind: 'around a hand-over', hosts: asked });
}

/** Between names, so much else that a file is read ahead. */
async function largeFile(ground: Ground): Promise<NamesVerdict> {
  const scene = await openScene(ground);
  const seen = await watch(scene, async () => {
    for (const host of hosts('large')) {
      await fetchPage(scene.network, host, { client: clients[1] });
      await fetchPage(scene.network, host, { path: '/large' });
    }
  });
  const { size } = statSync(seen.file);
  const wrong = size > 4 << 20 ? [] : [`the file has ${size} bytes only`];
  return judge(seen, { kind: 'among much else', hosts: hosts('large'), wrong });
}
