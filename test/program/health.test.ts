/** How connections and exchanges went, between hosts of a network of their own, in records of the real program beside what the hosts know. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { judgeDirections } from '../support/health/live/directions.js';
import { type Belongs, judgeGroups } from '../support/health/live/group-sums.js';
import { healthOf, judge, noDelays } from '../support/health/live/judge.js';
import type { Played } from '../support/health/live/play.js';
import { openHealthStage } from '../support/health/live/stage.js';
import type { HealthRecord, HealthWatcher } from '../support/health/live/watcher.js';
import { wrongEnding } from '../support/owners/program.js';
import { offline, runProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { noNetwork } from '../support/veth.js';

const engines = ['cap', 'batch', 'auto'] as const;
const networks = ['--network', 'clients=198.18.1.0/24,fd6a:7063:68:1::/64'] as const;
const outputs = ['full', 'full&group=clients', 'full&group=clients,networks', 'full&biflow=0'] as const;

describe('health, live', { skip: noNetwork }, () => {
  const { path: folder } = temporaryFolder();
  const undoing: (() => unknown)[] = [];
  const ground = { atEnd: (undo: () => unknown) => void undoing.push(undo) };
  let watchers: readonly HealthWatcher[] = [];
  let played: readonly Played[] = [];
  let file = '';

  before(async () => {
    const stage = await openHealthStage(ground, folder);
    watchers = await Promise.all(
      engines.map((name) =>
        stage.watch({
          ...{ name, args: ['--engine', name, ...networks] },
          outputs: name === 'batch' ? outputs : ['full'],
        }),
      ),
    );
    played = await stage.playAll();
    ({ file } = stage);
    await stage.untilAllIsTaken(watchers);
  });
  after(async () => {
    for (const undo of undoing.reverse()) await undo();
  });

  for (const name of engines) {
    test(`${name}: each record tells how it went`, async () => {
      const watcher = watchers.find((each) => each.name === name)!;
      assert.deepEqual(wrongEnding(name, await watcher.stop()), []);
      // cap does not know when a frame was captured.
      const delays = name === 'cap' ? undefined : noDelays;
      assert.deepEqual(judge(played, watcher.records(), delays), []);
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

  test('a file of the same frames tells the same', async () => {
    const { exitCode, stdout, stderr } = await runProgram([
      ...['-r', file, '--interval', '0', '--schema', 'full', ...offline],
    ]);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(judge(played, parsed(stdout), noDelays), []);
  });

  test('records of one direction tell its own counts, and how the conversation went', () => {
    const watcher = watchers.find(({ name }) => name === 'batch')!;
    assert.deepEqual(judgeDirections(watcher.records('full&biflow=0'), watcher.records()), []);
  });

  test("tcpdump's text tells no health", async () => {
    const text = execFileSync('tcpdump', ['-r', file, '-nn', '-tttt'], { encoding: 'utf8', stdio: 'pipe' });
    const { exitCode, stdout, stderr } = await runProgram(
      ['-r', '-', '--interval', '0', '--schema', 'full', ...offline],
      text,
    );
    assert.equal(exitCode, 0, stderr);
    const records = parsed(stdout);
    assert.ok(records.length > 50, stderr);
    assert.deepEqual(
      records.map(healthOf).filter((health) => Object.keys(health).length > 0),
      [],
    );
  });
});

const parsed = (ndjson: string): HealthRecord[] =>
  ndjson
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as HealthRecord);
