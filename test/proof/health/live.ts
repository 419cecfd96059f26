/** Connections and exchanges of every outcome between real hosts, captured in each way. */
import { judge, noDelays } from '../../support/health/live/judge.js';
import type { Played } from '../../support/health/live/play.js';
import type { Delays } from '../../support/health/live/scene.js';
import { openHealthStage } from '../../support/health/live/stage.js';
import type { HealthWatcher } from '../../support/health/live/watcher.js';
import { noLink } from '../../support/link/program.js';
import { wrongEnding } from '../../support/owners/program.js';
import type { Ground } from '../ground.js';
import type { HealthCase, HealthVerdict } from './case.js';
import { directionCases } from './live-directions.js';
import { lossCases } from './live-loss.js';
import { ownerCases } from './live-owners.js';
import { scanCases } from './live-scan.js';
import { windowCases } from './live-windows.js';

/** cap stamps frames when it takes them. */
const engines: Readonly<Record<string, Delays | undefined>> = {
  batch: noDelays,
  auto: noDelays,
  cap: undefined,
};

export const liveCases: readonly HealthCase[] = [
  ...Object.entries(engines).map(
    ([engine, delays]): HealthCase => ({
      name: `live: every outcome, ${engine}`,
      run: (ground) => runEngine(ground, engine, delays),
    }),
  ),
  { name: 'live: at three places of a slow network', skip: noLink, run: runPlaces },
  ...directionCases,
  ...scanCases,
  ...windowCases,
  ...ownerCases,
  ...lossCases,
];

async function runEngine(ground: Ground, engine: string, delays: Delays | undefined): Promise<HealthVerdict> {
  const stage = await openHealthStage(ground, ground.folder);
  const watcher = await stage.watch({ name: engine, args: ['--engine', engine] });
  const played = await stage.playAll();
  await stage.untilAllIsTaken([watcher]);
  return verdictOf(watcher, played, delays);
}

/** One way from the router to the client and to the server. */
const delayMs = { client: 10, server: 15 } as const;

async function runPlaces(ground: Ground): Promise<HealthVerdict> {
  const stage = await openHealthStage(ground, ground.folder, {
    client: { delayMs: delayMs.client },
    server: { delayMs: delayMs.server },
  });
  const { client, router, server } = stage.network;
  const [atClient, atRouter, atServer] = await Promise.all(
    Object.entries({ client, router, server }).map(([name, place]) =>
      stage.watch({ name: `at the ${name}`, place, args: ['--engine', 'batch'] }),
    ),
  );
  const played = await stage.playAll();
  await stage.untilAllIsTaken([atClient!, atRouter!]);
  const [clientUs, serverUs] = [delayMs.client * 2_000, delayMs.server * 2_000];
  const wholeUs = clientUs + serverUs;
  // What firewall and router refuse never gets to the server.
  const arrived = played.filter(({ times }) => Object.keys(times(noDelays)).length > 0);
  const verdicts = [
    await verdictOf(atClient!, played, { clientUs: 0, serverUs: wholeUs }),
    await verdictOf(atRouter!, played, { clientUs, serverUs }),
    await verdictOf(atServer!, arrived, { clientUs: wholeUs, serverUs: 0 }),
  ];
  const near = timesOf(atServer!, 'server_nw_latency_us');
  // Its kernel answers a SYN at once.
  const usual = near[near.length >> 1] ?? Number.NaN;
  return {
    compared: sum(verdicts.map(({ compared = 0 }) => compared)),
    right: sum(verdicts.map(({ right = 0 }) => right)),
    told: `${delayMs.client} and ${delayMs.server} ms away; the server is ${usual} µs from itself`,
    wrong: [
      ...verdicts.flatMap(({ wrong }) => wrong),
      ...(usual < delayMs.client * 1_000 ? [] : [`the server is ${usual} µs from itself`]),
    ],
  };
}

export async function verdictOf(
  watcher: HealthWatcher,
  played: readonly Played[],
  delays: Delays | undefined,
): Promise<HealthVerdict> {
  const ending = await watcher.stop();
  const wrong = judge(played, watcher.records(), delays).map((text) => `${watcher.name}: ${text}`);
  const times = timesOf(watcher, 'handshake_rtt_us');
  return {
    compared: played.length,
    right: played.length - new Set(wrong.map((text) => text.split(': ').slice(0, 3).join())).size,
    told: times.length === 0 ? 'no times' : `handshakes ${times[0]} to ${times.at(-1)} µs`,
    wrong: [...wrongEnding(watcher.name, ending), ...wrong],
  };
}

/** In ascending order. */
function timesOf(watcher: HealthWatcher, name: string): readonly number[] {
  const told = watcher.records().flatMap((record) => (name in record ? [Number(record[name])] : []));
  return told.sort((one, other) => one - other);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
