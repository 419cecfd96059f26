/** The largest records of a window, and the rest of each protocol. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Largest } from '../../../src/flow/folding/largest.js';
import {
  allFlows,
  type ReadingValue,
  readingsOf,
  somePackets,
  someSettings,
  walkOver,
  windowOfPackets,
} from '../../support/folds.js';

const seed = 1964;

/** The first `top` of all by one number; of equal ones those that are told first. */
function largest(readings: readonly ReadingValue[], by: 'bytes' | 'packets', top: number): ReadingValue[] {
  return readings.toSorted((one, other) => other[by] - one[by]).slice(0, top);
}

describe('records with the most bytes and with the most packets', () => {
  test('are told in their order, whatever they are folded of, and then one for the rest of each protocol', () => {
    fc.assert(
      fc.property(somePackets, someSettings, fc.constantFrom(5, 1000), (packets, settings, maxFlows) => {
        const window = windowOfPackets(packets, maxFlows);
        const { top, minBytes, minPackets } = settings;
        const all = readingsOf(
          walkOver(window, {
            ...allFlows,
            biflow: settings.biflow,
            roles: settings.roles,
            groups: settings.groups,
          }),
        );
        const large = all.filter((one) => !one.rest && one.bytes >= minBytes && one.packets >= minPackets);
        const expected = new Set([...largest(large, 'bytes', top), ...largest(large, 'packets', top)]);
        const told = readingsOf(walkOver(window, settings));
        const own = told.filter(({ rest }) => !rest);
        assert.deepEqual(
          own,
          all.filter((one) => expected.has(one)),
        );
        assert.deepEqual(told.slice(0, own.length), own, 'rests come last');
        const others = all.filter((one) => !expected.has(one));
        const protocols = new Set(others.map(({ protocol }) => protocol));
        assert.deepEqual(
          told.slice(own.length).map(({ protocol }) => protocol),
          [...protocols],
        );
      }),
      { seed, numRuns: 300 },
    );
  });

  test('are no more than asked for where many are equal: the first ones are told', () => {
    const packets = [1, 2, 3, 4, 5].map((source0) => ({
      source0,
      target0: 9,
      protocol: 6,
      payloadBytes: 10,
    }));
    const told = readingsOf(walkOver(windowOfPackets(packets), { ...allFlows, top: 2 }));
    assert.deepEqual(
      told.map(({ name, flows, packets, bytes }) => [name.slice(0, 3), flows, packets, bytes]),
      [
        ['4 1', 1, 1, 10],
        ['4 2', 1, 1, 10],
        ['* 6', 3, 3, 30],
      ],
    );
  });

  test('are smaller than neither limit, which says of which records', () => {
    const packets = [10, 10, 200, 5].map((payloadBytes, at) => ({
      ...{ source0: Math.max(1, at), target0: 9, protocol: 17, payloadBytes },
    }));
    const namesWith = (limits: object) =>
      readingsOf(walkOver(windowOfPackets(packets), { ...allFlows, ...limits })).map(({ name }) =>
        name.slice(0, 4),
      );
    assert.deepEqual(namesWith({ minBytes: 20 }), ['4 1 ', '4 2 ', '* 17']);
    assert.deepEqual(namesWith({ minPackets: 2 }), ['4 1 ', '* 17']);
    assert.deepEqual(namesWith({ minBytes: 21, minPackets: 2 }), ['* 17'], 'one that is below either');
    assert.deepEqual(
      namesWith({ minBytes: 1, minPackets: 1 }),
      ['4 1 ', '4 2 ', '4 3 '],
      'no rest of nothing',
    );
  });
});

describe('a rest', () => {
  const packets = [1, 2, 3].map((source0) => ({ source0, target0: 9, protocol: 6, payloadBytes: 10 }));

  test('takes in what found the table full, and then nobody knows how many flows it is of', () => {
    const [rest, ...others] = readingsOf(walkOver(windowOfPackets(packets, 2), { ...allFlows, top: 0 }));
    assert.deepEqual([rest?.name, rest?.flows, rest?.packets, rest?.bytes, others], ['* 6', 0, 3, 30, []]);
  });

  test('has no figure that a part of it lacks', () => {
    const counted = packets.map((packet, at) => ({ ...packet, ipBytes: 50, wireBytes: at === 1 ? -1 : 64 }));
    const [rest] = readingsOf(walkOver(windowOfPackets(counted), { ...allFlows, top: 0 }));
    assert.deepEqual([rest?.fromClient.ipBytes, rest?.fromClient.wireBytes], [150, Number.NaN]);
  });
});

test('the largest numbers are found in memory for as many', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 100 }), fc.nat(20), (numbers, most) => {
      const found = new Largest(most);
      for (const number of numbers) found.show(number);
      const expected = numbers.toSorted((a, b) => b - a).slice(0, most);
      for (let round = 0; round < 2; round++, found.restart()) {
        const taken = numbers.filter((number) => found.takes(number));
        assert.deepEqual(
          taken.toSorted((a, b) => b - a),
          expected,
        );
      }
    }),
    { seed, numRuns: 1000 },
  );
});
