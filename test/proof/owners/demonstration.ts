/** Everybody who may have a socket, in each way that the program can watch: whole parts of records beside what is true. */
import { askIn, askOut, orMissed } from '../../support/owners/brief-talks.js';
import { type CgroupView, noCgroups } from '../../support/owners/cgroups.js';
import { type HeldTalk, holdTalks, untilAWindowIsTold } from '../../support/owners/held-talks.js';
import { judge } from '../../support/owners/judge.js';
import {
  type OwnersWatcher,
  startOwnersWatcher,
  untilItWatches,
  wrongEnding,
} from '../../support/owners/program.js';
import { openStage, type Stage, type Talk } from '../../support/owners/stage.js';
import { harmless, nobody, rightsOf } from '../../support/rights.js';
import type { Ground } from '../ground.js';
import type { OwnersCase, OwnersVerdict } from './case.js';

const bothInterfaces = ['-i', 'eth0', '-i', 'lo'] as const;

const ways = {
  cap: [...bothInterfaces, '--engine', 'cap'],
  batch: [...bothInterfaces, '--engine', 'batch'],
  auto: bothInterfaces,
  'any, cap': ['-i', 'any', '--engine', 'cap'],
  'any, batch': ['-i', 'any', '--engine', 'batch'],
} as const;

export const demonstrationCases: readonly OwnersCase[] = [
  ...Object.entries(ways).flatMap(([name, args]) =>
    (['on', 'syn'] as const).map((owners) => demonstration(name, args, owners, 'own')),
  ),
  demonstration("any, batch, the host's whole hierarchy", ways['any, batch'], 'syn', 'whole'),
];

function demonstration(
  name: string,
  args: readonly string[],
  owners: 'on' | 'syn',
  view: CgroupView,
): OwnersCase {
  return {
    name: `the demonstration: ${name}, ${owners}`,
    skip: noCgroups,
    run: (ground) => run(ground, [...args, '--owners', owners], view),
  };
}

async function run(ground: Ground, args: readonly string[], view: CgroupView): Promise<OwnersVerdict> {
  const stage = await openStage(ground, ground.folder, view);
  const { prefix } = stage;
  const older = await holdTalks(stage);
  const watcher = startOwnersWatcher(ground, { name: 'watcher', args, prefix, folder: ground.folder });
  await untilItWatches(watcher);
  const rights = JSON.stringify(rightsOf(watcher.program.child.pid));
  const talks = await talkAll(stage, watcher, older);
  const ending = await watcher.stop();
  const { right, wrong } = judge(talks, watcher.records());
  return {
    ...{ count: talks.length, right, mistaken: wrong.length },
    told: /^pcap-agg: (owners: .*)$/m.exec(ending.stderr)?.[1] ?? 'no line of owners',
    wrong: [
      ...wrongEnding('pcap-agg', ending),
      ...(rights === JSON.stringify(harmless(nobody)) ? [] : [`it has rights: ${rights}`]),
      ...wrong,
    ],
  };
}

/** Some began before it watched, which are told of as soon as they say something. */
async function talkAll(
  stage: Stage,
  watcher: OwnersWatcher,
  held: readonly HeldTalk[],
): Promise<readonly Talk[]> {
  const told = () => untilAWindowIsTold([watcher], held);
  await told();
  await told();
  const talks = held.map(({ talk }) => talk());
  // How many of these SYNs tell of is counted by accuracy.ts: on a busy machine one of three may be missed.
  const out = await askOut(stage);
  const brief = [...orMissed(out), ...(await askIn(stage))];
  await told();
  return [...talks, ...brief];
}
