/** Sockets whose process is elsewhere by now, and ports that somebody else has next. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noCgroups, openCgroups } from '../../support/owners/cgroups.js';
import { ports, startDaemons } from '../../support/owners/daemons.js';
import { openHosts } from '../../support/owners/hosts.js';
import { judge } from '../../support/owners/judge.js';
import { elsewhere } from '../../support/owners/owner-parts.js';
import {
  lastWindow,
  type OwnedRecord,
  type OwnersWatcher,
  startOwnersWatcher,
  untilItWatches,
  wrongEnding,
} from '../../support/owners/program.js';
import { plainGroup, service, session } from '../../support/owners/runtimes.js';
import { ownerOf, startConversation } from '../../support/owners/talks.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { OwnersCase, OwnersVerdict } from './case.js';
import { compileLives, noCompiler, startLives, talkLives } from './lives.js';
import { score } from './scores.js';

export const handedCases: readonly OwnersCase[] = [
  { name: 'handed on: a process that is moved after it connected', skip: noCgroups, run: moved },
  ...(['on', 'syn'] as const).map((owners) => ({
    name: `handed on: ports that another unit has next, ${owners}`,
    skip: noCgroups || noCompiler,
    run: (ground: Ground) => reused(ground, owners),
  })),
];

const clientPort = 26_000;

/** As sshd's process is, which ends up in a session of the user's. */
async function moved(ground: Ground): Promise<OwnersVerdict> {
  const hosts = openHosts(ground);
  const cgroups = openCgroups(ground);
  await startDaemons(ground, hosts.elsewhere, ground.folder, { streams: plainGroup('/elsewhere')(cgroups) });
  const watcher = await startWatcher(ground, [...cgroups.prefix, ...hosts.here.prefix], 'on');
  const runner = { host: hosts.here, by: service('ssh')(cgroups) };
  const words = ['socat', '-', `TCP4:${hosts.elsewhere.ipv4}:${ports.echo},sourceport=${clientPort}`];
  const conversation = startConversation(ground, runner, words);
  await conversation.ask();
  const client = ownerOf(runner);
  await conversationInAWindow(watcher, conversation);
  const login = session(0, 7)(cgroups);
  writeFileSync(join(login.cgroup.folder, 'cgroup.procs'), `${conversation.talker.child.pid}`);
  await conversationInAWindow(watcher, conversation);
  await conversationInAWindow(watcher, conversation);
  const ending = await watcher.stop();
  const talk = {
    name: 'what was moved',
    transport: 'tcp',
    clientPort,
    client: [client],
    server: [elsewhere],
  } as const;
  const { right, wrong } = judge([talk], watcher.records());
  return {
    ...{ count: 1, right, mistaken: wrong.length },
    told: 'it is of the group that it was made in',
    wrong: [...wrongEnding('pcap-agg', ending), ...wrong],
  };
}

async function conversationInAWindow(
  watcher: OwnersWatcher,
  { ask }: { ask(): Promise<void> },
): Promise<void> {
  const last = lastWindow(watcher);
  await until('a window more is told', async () => {
    await ask();
    return lastWindow(watcher) > last;
  });
}

async function startWatcher(
  ground: Ground,
  prefix: readonly string[],
  owners: string,
): Promise<OwnersWatcher> {
  const args = ['-i', 'eth0', '--engine', 'batch', '--owners', owners];
  const watcher = startOwnersWatcher(ground, { name: 'watcher', args, prefix, folder: ground.folder });
  await untilItWatches(watcher);
  return watcher;
}

const count = 300;
const firstPort = 30_000;
const serverPort = 9_000;

/** One unit's connections are seen, and reset; another one's from the same ports to the same server are over before anybody looks. */
async function reused(ground: Ground, owners: 'on' | 'syn'): Promise<OwnersVerdict> {
  const program = compileLives(ground);
  const { here, elsewhere: other } = openHosts(ground);
  const cgroups = openCgroups(ground);
  await startLives(
    ground,
    program,
    { host: other, by: service('server')(cgroups) },
    'serve',
    '0.0.0.0',
    serverPort,
    1,
  );
  const watcher = await startWatcher(ground, [...cgroups.prefix, ...here.prefix], owners);
  const first = { host: here, by: service('first')(cgroups) };
  const second = { host: here, by: service('second')(cgroups) };
  const lives = { address: other.ipv4, port: serverPort, count, workers: count, firstPort, reset: true };
  await talkLives(ground, program, first, { ...lives, lifeMs: 500, perSecond: 1_000 });
  const untilNextWindow = async () => {
    const last = lastWindow(watcher);
    await until('a window more is told', async () => {
      await talkLives(ground, program, first, {
        ...lives,
        count: 1,
        firstPort: clientPort,
        lifeMs: 1,
        perSecond: 100,
      });
      return lastWindow(watcher) > last;
    });
  };
  await untilNextWindow();
  await untilNextWindow();
  const secondUs = Date.now() * 1_000;
  await talkLives(ground, program, second, { ...lives, lifeMs: 0.5, perSecond: 300 });
  const ending = await watcher.stop();
  const truth = (unit: string) =>
    new Map(Array.from({ length: count }, (_, index) => [firstPort + index, unit] as const));
  const isOfSecond = (record: OwnedRecord) => Number(record['last_packet_us']) > secondUs;
  const records = watcher.records();
  const before = score(
    truth('first.service'),
    records.filter((record) => !isOfSecond(record)),
  );
  const after = score(truth('second.service'), records.filter(isOfSecond));
  const least = owners === 'syn' ? 0.95 * count : 0;
  return {
    ...{ count: 2 * count, right: before.right + after.right },
    ...{ mistaken: before.mistaken + after.mistaken, unknown: before.unknown + after.unknown },
    told: `first: ${before.right} right; second: ${after.right} right, ${after.unknown} unknown`,
    wrong: [
      ...wrongEnding('pcap-agg', ending),
      ...(before.right < 0.99 * count ? [`${before.right} of the first are right`] : []),
      ...(after.right < least ? [`${after.right} of the second are right`] : []),
      ...before.examples.slice(0, 5),
      ...after.examples.slice(0, 5),
    ],
  };
}
