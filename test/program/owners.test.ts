/** On whose behalf real programs talk, in real control groups: whole parts of records beside what the test knows. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { askIn, askOut, orMissed } from '../support/owners/brief-talks.js';
import { noCgroups } from '../support/owners/cgroups.js';
import { holdTalks, untilAWindowIsTold } from '../support/owners/held-talks.js';
import { judge } from '../support/owners/judge.js';
import {
  type OwnersWatcher,
  startOwnersWatcher,
  untilItWatches,
  wrongEnding,
} from '../support/owners/program.js';
import { openStage, type Talk } from '../support/owners/stage.js';
import { harmless, nobody, rightsOf } from '../support/rights.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ways: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly seesSyns: boolean;
}[] = [
  { name: 'cap', args: ['-i', 'eth0', '-i', 'lo', '--engine', 'cap'], seesSyns: false },
  {
    name: 'any, batch, with SYNs',
    args: ['-i', 'any', '--engine', 'batch', '--owners', 'syn'],
    seesSyns: true,
  },
];

describe('owners of flows', { skip: noCgroups }, () => {
  const { path: folder } = temporaryFolder();
  const undoing: (() => unknown)[] = [];
  const ground = { atEnd: (undo: () => unknown) => void undoing.push(undo) };
  let watchers: readonly OwnersWatcher[] = [];
  let talks: readonly Talk[] = [];
  let brief: readonly Talk[] = [];
  let incoming: readonly Talk[] = [];

  before(async () => {
    const stage = await openStage(ground, folder);
    const { prefix } = stage;
    watchers = ways.map(({ name, args }) => startOwnersWatcher(ground, { name, args, prefix, folder }));
    await Promise.all(watchers.map(untilItWatches));
    const held = await holdTalks(stage);
    await untilAWindowIsTold(watchers, held);
    talks = held.map(({ talk }) => talk());
    brief = await askOut(stage);
    incoming = await askIn(stage);
    await untilAWindowIsTold(watchers, held);
  });
  after(async () => {
    for (const undo of undoing.reverse()) await undo();
  });

  test('they are asked for by nobody, who has no rights', () => {
    for (const { program } of watchers) assert.deepEqual(rightsOf(program.child.pid), harmless(nobody));
  });

  for (const { name, seesSyns } of ways) {
    test(`${name}: each record tells whose sockets its ends are`, async () => {
      const watcher = watchers.find((each) => each.name === name)!;
      const ending = await watcher.stop();
      assert.deepEqual(wrongEnding(name, ending), []);
      const all = [...talks, ...orMissed(brief), ...incoming];
      const { right, wrong } = judge(all, watcher.records());
      assert.ok(wrong.length === 0, [...wrong, ending.stderr].join('\n'));
      assert.equal(right, all.length);
      // How many of brief ones are seen is a matter of how busy the machine is: npm run proof:owners counts.
      if (seesSyns) assert.match(ending.stderr, / [1-9]\d* found by their SYN, /);
    });
  }
});
