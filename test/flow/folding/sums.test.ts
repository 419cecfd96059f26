/** Fewer records and nothing lost: whatever is folded, sums are those of the plain flows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FlowOwners } from '../../../src/flow/folding/fold.js';
import type { Tally } from '../../../src/flow/tally.js';
import {
  allFlows,
  owners,
  type ReadingValue,
  readingsOf,
  somePackets,
  someSettings,
  walkOver,
  windowOfPackets,
} from '../../support/folds.js';
import { seededRandom } from '../../support/random.js';

const seed = 1964;

const additive = ['packets', 'payloadBytes', 'ipBytes', 'wireBytes'] as const;

/** Sums by protocol, of which a rest keeps nothing else. Where nothing went, the absent figures count as 0. */
function sumsOf(readings: readonly ReadingValue[], tallies: (reading: ReadingValue) => readonly Tally[]) {
  const sums: Record<string, number> = {};
  for (const reading of readings) {
    for (const tally of tallies(reading).filter(({ packets }) => packets > 0)) {
      for (const name of additive) {
        const key = `${name} of protocol ${reading.protocol}`;
        sums[key] = (sums[key] ?? 0) + tally[name];
      }
    }
  }
  return sums;
}

const bothWays = ({ fromClient, fromServer }: ReadingValue) => [fromClient, fromServer] as Tally[];
const fromClient = (reading: ReadingValue) => [reading.fromClient as Tally];

const flowsIn = (readings: readonly ReadingValue[]) => readings.reduce((sum, { flows }) => sum + flows, 0);

test('folded records add up to the flows that they tell of', () => {
  fc.assert(
    fc.property(somePackets, someSettings, fc.constantFrom(5, 1000), (packets, settings, maxFlows) => {
      const window = windowOfPackets(packets, maxFlows);
      const flows = readingsOf(walkOver(window, allFlows));
      const walk = walkOver(window, settings);
      const told = readingsOf(walk);
      assert.deepEqual(sumsOf(told, bothWays), sumsOf(flows, bothWays));
      assert.ok(told.length <= flows.length, 'no more records than flows');
      assert.equal(new Set(told.map(({ name }) => name)).size, told.length, 'each is told once');
      if (told.every((reading) => reading.flows > 0)) assert.equal(flowsIn(told), flowsIn(flows));
      walk.restart();
      assert.deepEqual(readingsOf(walk), told, 'the same once more');
      assert.deepEqual(readingsOf(walkOver(window, settings)), told, 'and by another walk');
    }),
    { seed, numRuns: 300 },
  );
});

test('what came from clients stays apart from what came from servers', () => {
  const withRoles = { ...allFlows, roles: true };
  fc.assert(
    fc.property(somePackets, someSettings, (packets, settings) => {
      const window = windowOfPackets(packets);
      const flows = readingsOf(walkOver(window, withRoles));
      const told = readingsOf(walkOver(window, { ...settings, roles: true }));
      assert.deepEqual(sumsOf(told, fromClient), sumsOf(flows, fromClient));
    }),
    { seed, numRuns: 200 },
  );
});

/** Knows somebody else, or nobody, each time that it is asked. */
function fickleOwners(random: () => number): FlowOwners {
  const any = () => owners[random() % owners.length]!;
  return { sourceOwner: any, targetOwner: any };
}

test('owners that become known or are forgotten meanwhile change no sums, and no group between two readings of it', () => {
  const ofOwners = someSettings.map((settings) => ({
    ...settings,
    groups: [...settings.groups, 'owner' as const],
  }));
  fc.assert(
    fc.property(somePackets, ofOwners, fc.integer(), (packets, settings, start) => {
      const window = windowOfPackets(packets);
      const flows = readingsOf(walkOver(window, allFlows));
      const walk = walkOver(window, settings, fickleOwners(seededRandom(start)));
      const told = readingsOf(walk);
      assert.deepEqual(sumsOf(told, bothWays), sumsOf(flows, bothWays));
      assert.equal(new Set(told.map(({ name }) => name)).size, told.length, 'each is told once');
      assert.equal(flowsIn(told), flowsIn(flows));
      walk.restart();
      assert.deepEqual(readingsOf(walk), told, 'the same once more');
    }),
    { seed, numRuns: 300 },
  );
});
