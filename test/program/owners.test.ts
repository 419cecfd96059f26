/** On whose behalf real programs talk, in real control groups: whole parts of records beside what the test knows. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { askIn, askOut } from '../support/owners/brief-talks.js';
import { noCgroups } from '../support/owners/cgroups.js';
import { type HeldTalk, holdTalks } from '../support/owners/held-talks.js';
import { judge } from '../support/owners/judge.js';
import {
  lastWindow,
  type OwnersWatcher,
  startOwnersWatcher,
  untilItWatches,
  wrongEnding,
} from '../support/owners/program.js';
import { openStage, type Talk } from '../support/owners/stage.js';
import { harmless, nobody, rightsOf } from '../support/rights.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

/** By their names: what the program is told. */
const ways = {
  cap: ['-i', 'eth0', '-i', 'lo', '--engine', 'cap'],
  'any, batch, with SYNs': ['-i', 'any', '--engine', 'batch', '--owners', 'syn'],
} as const;

describe('owners of flows', { skip: noCgroups }, () => {
  const { path: folder } = temporaryFolder();
  const undoing: (() => unknown)[] = [];
  const ground = { atEnd: (undo: () => unknown) => void undoing.push(undo) };
  let watchers: readonly OwnersWatcher[] = [];
  let talks: readonly Talk[] = [];
  let brief: readonly Talk[] = [];

  before(async () => {
    const stage = await openStage(ground, folder);
    const { prefix } = stage.hosts.here;
    watchers = Object.entries(ways).map(([name, args]) =>
      startOwnersWatcher(ground, { name, args, prefix, folder }),
    );
    await Promise.all(watchers.map(untilItWatches));
    const held = await holdTalks(stage);
    await untilTold(held);
    talks = held.map(({ talk }) => talk());
    brief = [...(await askOut(stage, true)), ...(await askIn(stage))];
    await untilTold(held);
  });
  after(async () => {
    for (const undo of undoing.reverse()) await undo();
  });

  /** Resolves when all that was said before is in records. */
  async function untilTold(held: readonly HeldTalk[]): Promise<void> {
    const last = Math.max(...watchers.map(lastWindow));
    const isTold = () => watchers.every((watcher) => lastWindow(watcher) > last);
    await until('a window more is told', async () => {
      await Promise.all(held.map(({ conversation }) => conversation.ask()));
      return isTold();
    });
  }

  test('they are asked for by nobody, who has no rights', () => {
    for (const { program } of watchers) assert.deepEqual(rightsOf(program.child.pid), harmless(nobody));
  });

  for (const name of Object.keys(ways)) {
    test(`${name}: each record tells whose sockets its ends are`, async () => {
      const watcher = watchers.find((each) => each.name === name)!;
      const ending = await watcher.stop();
      assert.deepEqual(wrongEnding(name, ending), []);
      const all = [...talks, ...brief];
      const { right, wrong } = judge(all, watcher.records());
      assert.ok(wrong.length === 0, [...wrong, ending.stderr].join('\n'));
      assert.equal(right, all.length);
    });
  }
});
