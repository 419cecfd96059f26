/** How connections and exchanges went, between hosts of a network of their own, in records of the real program beside what the hosts know. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Belongs, judgeGroups } from '../support/health/live/group-sums.js';
import { judge, noDelays } from '../support/health/live/judge.js';
import type { Played } from '../support/health/live/play.js';
import { openHealthStage } from '../support/health/live/stage.js';
import type { HealthWatcher } from '../support/health/live/watcher.js';
import { wrongEnding } from '../support/owners/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { noNetwork } from '../support/veth.js';

const engines = ['batch'] as const;
const networks = ['--network', 'clients=198.18.1.0/24,fd6a:7063:68:1::/64'] as const;
const outputs = ['full', 'full&group=clients', 'full&group=clients,networks'] as const;

describe('health, live', { skip: noNetwork }, () => {
  const { path: folder } = temporaryFolder();
  const undoing: (() => unknown)[] = [];
  const ground = { atEnd: (undo: () => unknown) => void undoing.push(undo) };
  let watchers: readonly HealthWatcher[] = [];
  let played: readonly Played[] = [];

  before(async () => {
    const stage = await openHealthStage(ground, folder);
    watchers = await Promise.all(
      engines.map((name) => stage.watch({ name, args: ['--engine', name, ...networks], outputs })),
    );
    played = await stage.playAll();
    await stage.untilAllIsTaken(watchers);
  });
  after(async () => {
    for (const undo of undoing.reverse()) await undo();
  });

  for (const name of engines) {
    test(`${name}: each record tells how it went`, async () => {
      const watcher = watchers.find((each) => each.name === name)!;
      assert.deepEqual(wrongEnding(name, await watcher.stop()), []);
      assert.deepEqual(judge(played, watcher.records(), noDelays), []);
    });
  }

  test('records of several tell means and counts', async () => {
    const watcher = watchers.find(({ name }) => name === 'batch')!;
    const [conversations, byClient, byNetwork] = outputs.map((settings) => watcher.records(settings));
    const isToService: Belongs = (one, group) =>
      one.transport === group.transport &&
      one.target_address === group.target_address &&
      one.target_port === group.target_port;
    const isOfClient: Belongs = (one, group) =>
      isToService(one, group) && one.source_address === group.source_address;
    assert.deepEqual(judgeGroups(byClient!, conversations!, isOfClient, 2), []);
    assert.deepEqual(judgeGroups(byNetwork!, conversations!, isToService, 2), []);
  });
});
