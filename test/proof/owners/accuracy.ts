/** How many connections of a given life have the right owner: three units that ask the same server, or each one of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openCgroups } from '../../support/owners/cgroups.js';
import { openHosts } from '../../support/owners/hosts.js';
import {
  type OwnersWatcher,
  startOwnersWatcher,
  untilItWatches,
  wrongEnding,
} from '../../support/owners/program.js';
import { plainGroup, type RunBy, service } from '../../support/owners/runtimes.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { OwnersCase, OwnersVerdict } from './case.js';
import { compileLives, type MeasuredLives, noCompiler, startLives, talkLives } from './lives.js';
import { type Scores, score } from './scores.js';

interface Conditions {
  readonly owners: 'on' | 'syn';
  readonly engine: 'batch' | 'auto';
  readonly lifeMs: number;
  readonly servers: 'the same server' | 'servers of their own';
  /** Other sockets that are open on the host. */
  readonly others?: number;
  /** Both ends are on this host. */
  readonly loopback?: boolean;
  /** How many of a hundred have to be right. */
  readonly least: number;
}

const total = 2_000;
const units = ['backup', 'fetch', 'sync'] as const;
const firstPort = 20_000;
const portsEach = 1_000;
const serverPort = 9_000;
const crowdPort = 9_100;
/** A process has so many files at the most in some places. */
const mostKept = 4_000;

const targets = [
  { lifeMs: 0.5, on: 0, syn: 95 },
  { lifeMs: 5, on: 0, syn: 99 },
  { lifeMs: 100, on: 0, syn: 99 },
  { lifeMs: 1_000, on: 99, syn: 99 },
] as const;

function* allConditions(): Generator<Conditions> {
  for (const engine of ['batch', 'auto'] as const)
    for (const owners of ['syn', 'on'] as const)
      for (const target of targets)
        for (const servers of ['the same server', 'servers of their own'] as const)
          yield { owners, engine, lifeMs: target.lifeMs, servers, least: target[owners] };
  for (const owners of ['syn', 'on'] as const)
    for (const target of targets) {
      const conditions: Conditions = {
        ...{ owners, engine: 'batch', lifeMs: target.lifeMs },
        ...{ servers: 'the same server', least: target[owners] },
      };
      yield { ...conditions, others: 10_000 };
      yield { ...conditions, loopback: true };
    }
}

export const accuracyCases: readonly OwnersCase[] = [...allConditions()].map((conditions) => ({
  name: nameOf(conditions),
  skip: noCompiler,
  run: (ground) => run(ground, conditions),
}));

function nameOf({ owners, engine, lifeMs, servers, others, loopback }: Conditions): string {
  const where = [servers, others === undefined ? '' : `${others} others`, loopback ? 'loopback' : ''];
  return `${owners}, ${engine}, ${lifeMs} ms: ${where.filter(Boolean).join(', ')}`;
}

async function run(ground: Ground, conditions: Conditions): Promise<OwnersVerdict> {
  const { owners, engine, lifeMs, servers, others = 0, loopback = false, least } = conditions;
  const program = compileLives(ground);
  const { here, elsewhere } = openHosts(ground);
  const cgroups = openCgroups(ground);
  const server = { host: loopback ? here : elsewhere, by: service('server')(cgroups) };
  const address = loopback ? '127.0.0.1' : elsewhere.ipv4;
  await startLives(
    ground,
    program,
    server,
    'serve',
    loopback ? '127.0.0.1' : '0.0.0.0',
    serverPort,
    units.length,
  );
  await openOthers(ground, program, { host: here, by: plainGroup('/crowd')(cgroups) }, others);
  const args = ['-i', loopback ? 'lo' : 'eth0', '--engine', engine, '--owners', owners];
  const watcher = startOwnersWatcher(ground, {
    ...{ name: 'watcher', args, prefix: [...cgroups.prefix, ...here.prefix], folder: ground.folder },
  });
  await untilItWatches(watcher);
  const each = Math.ceil(total / units.length);
  const truth = new Map<number, string>();
  const measured = await Promise.all(
    units.map((unit, index) => {
      const from = firstPort + index * portsEach;
      const by = service(unit)(cgroups);
      for (let port = from; port < from + each; port++) truth.set(port, by.whose.name);
      return talkLives(
        ground,
        program,
        { host: here, by },
        {
          ...{ address, port: serverPort + (servers === 'the same server' ? 0 : index), count: each, lifeMs },
          // In all 300 a second: a busy host, and slow enough for two cores that are not all the program's.
          ...{ perSecond: 100, workers: Math.min(1_000, 50 + lifeMs), firstPort: from },
        },
      );
    }),
  );
  const lastPorts = units.map((_, index) => firstPort + index * portsEach + each - 1);
  await untilTold(watcher, lastPorts);
  const ending = await watcher.stop();
  const scores = score(truth, watcher.records());
  return verdict(scores, truth.size, least, measured, wrongEnding('pcap-agg', ending));
}

/** Resolves when records tell the last ones in both directions; they are many, and are looked at seldom. */
async function untilTold(watcher: OwnersWatcher, lastPorts: readonly number[]): Promise<void> {
  await until('the last are told', async () => {
    await sleep(lookEveryMs);
    const told = new Set(watcher.records().map(({ target_port }) => target_port));
    return lastPorts.every((port) => told.has(port));
  });
}

const lookEveryMs = 300;

/** Connections to a server of their own, whose both ends are here. */
async function openOthers(
  ground: Ground,
  program: string,
  where: { readonly host: ReturnType<typeof openHosts>['here']; readonly by: RunBy },
  others: number,
): Promise<void> {
  if (others === 0) return;
  await startLives(ground, program, where, 'serve', '127.0.0.1', crowdPort, 1);
  for (let left = others / 2; left > 0; left -= mostKept)
    await startLives(ground, program, where, 'keep', '127.0.0.1', crowdPort, Math.min(left, mostKept));
}

function verdict(
  { right, mistaken, unknown, origins, reasons, examples }: Scores,
  count: number,
  least: number,
  measured: readonly MeasuredLives[],
  wrong: readonly string[],
): OwnersVerdict {
  const failed = measured.reduce((sum, one) => sum + one.failed, 0);
  const late = measured.reduce((sum, one) => sum + one.late, 0);
  const share = (100 * right) / count;
  const lives = measured.map(({ lifeUs }) => lifeUs.p50 / 1_000);
  const counted = (what: Readonly<Record<string, number>>) =>
    Object.entries(what).map(([name, number]) => `${number} ${name}`);
  return {
    ...{ count, right, mistaken, unknown },
    told: [
      `${share.toFixed(2)} %`,
      ...counted(origins),
      ...counted(reasons),
      `median life ${(lives.reduce((sum, life) => sum + life, 0) / lives.length).toFixed(2)} ms`,
      ...(late > 0 ? [`${late} began late`] : []),
    ].join(', '),
    wrong: [
      ...wrong,
      ...(failed > 0 ? [`${failed} connections failed`] : []),
      ...(share < least ? [`${share.toFixed(2)} % are right, not ${least} %`] : []),
      ...examples.slice(0, 10),
    ],
  };
}
