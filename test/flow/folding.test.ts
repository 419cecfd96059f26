/** Fewer records and nothing lost: whatever is folded, sums are those of the plain flows. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ConversationKnowledge } from '../../src/flow/conversations/conversation-knowledge.js';
import { nothingKnown } from '../../src/flow/conversations/guessed-roles.js';
import { foldClientPort, foldNetworks, type NamedNetworks } from '../../src/flow/folding/fold.js';
import { Largest } from '../../src/flow/folding/largest.js';
import type { ClosedWindow } from '../../src/flow/open-windows.js';
import { FlowReading } from '../../src/flow/reading.js';
import { END, READING, type Walk } from '../../src/flow/walk.js';
import { type WalkSettings, walkOf } from '../../src/flow/walks.js';
import { newTable, packetOf, testSeed } from '../support/flows.js';

const seed = 1964;

/** Networks 1 and 2 hold the even and the odd addresses below 8. */
const networks: NamedNetworks = {
  names: ['even', 'odd'],
  find4: (word) => (word < 8 ? word & 1 : -1),
  find6: (_word0, _word1, _word2, word3) => (word3 < 8 ? word3 & 1 : -1),
};

const all: WalkSettings = {
  biflow: false,
  roles: false,
  groups: [],
  top: Number.POSITIVE_INFINITY,
  minBytes: 0,
  minPackets: 0,
};

/** A reading as plain values, so that many can be kept and compared. */
function plain(reading: FlowReading) {
  const { key, rest, flows, forward, reverse, client, sourceFold, targetFold } = reading;
  const packets = forward.packets + reverse.packets;
  const bytes = forward.payloadBytes + reverse.payloadBytes;
  const { source0, source3, target0, target3, ports, hasPorts, family, protocol } = key;
  const ends = family === 4 ? [source0, target0] : [source0, source3, target0, target3];
  const folded = [reading.sourcePortFolded, reading.targetPortFolded, sourceFold, targetFold];
  const name = rest
    ? `* ${protocol}`
    : [family, ...ends, ports, hasPorts, protocol, client, ...folded].join(' ');
  return { name, rest, protocol, flows, packets, bytes };
}
type Plain = ReturnType<typeof plain>;

function readingsOf(walk: Walk): Plain[] {
  const reading = new FlowReading();
  const readings: Plain[] = [];
  for (let step = walk.step(reading); step !== END; step = walk.step(reading))
    if (step === READING) readings.push(plain(reading));
  return readings;
}

/** Sums by protocol, of which a rest keeps nothing else. */
function sumsOf(readings: readonly Plain[]): Record<string, readonly [packets: number, bytes: number]> {
  const sums: Record<string, [number, number]> = {};
  for (const { protocol, packets, bytes } of readings) {
    const [packetSum, byteSum] = sums[protocol] ?? [0, 0];
    sums[protocol] = [packetSum + packets, byteSum + bytes];
  }
  return sums;
}

const packets = fc.array(
  fc.record({
    family: fc.constantFrom(4 as const, 6 as const),
    source0: fc.nat(12),
    source3: fc.nat(12),
    target0: fc.nat(12),
    target3: fc.nat(12),
    ports: fc.constantFrom(0, 0xbb0101c0, 0xbb0102c0, 0xbb0103c0, 0x01c0bb01, 0x02c0bb01),
    protocol: fc.constantFrom(6, 17, 1),
    payloadBytes: fc.nat(1500),
  }),
  { maxLength: 300 },
);
const settings = fc.record({
  biflow: fc.boolean(),
  groups: fc.subarray(['clients', 'networks'] as const),
  top: fc.constantFrom(0, 1, 3, 10, Number.POSITIVE_INFINITY),
  minBytes: fc.constantFrom(0, 1000),
  minPackets: fc.constantFrom(0, 2),
});

/** A window of random packets, in a table that may be too small. */
function windowOf(values: readonly object[], maxFlows: number): ClosedWindow {
  const table = newTable(maxFlows);
  for (const value of values) table.add(packetOf({ ...value, hasPorts: 1 }));
  table.apply();
  return { startUs: 0, endUs: 1, table };
}

function walkOver(window: ClosedWindow, settings: WalkSettings): Walk {
  const conversations = new ConversationKnowledge(testSeed, nothingKnown);
  return walkOf(window, settings, { conversations, networks, seed: testSeed });
}

describe('folded records', () => {
  test('add up to the flows that they tell of', () => {
    fc.assert(
      fc.property(packets, settings, fc.constantFrom(5, 1000), (values, chosen, maxFlows) => {
        const window = windowOf(values, maxFlows);
        const flows = readingsOf(walkOver(window, all));
        const walk = walkOver(window, { ...all, ...chosen });
        const most = walk.mostReadings;
        const folded = readingsOf(walk);
        assert.deepEqual(sumsOf(folded), sumsOf(flows));
        assert.ok(folded.length <= most && folded.length <= flows.length, 'no more records than flows');
        assert.equal(new Set(folded.map(({ name }) => name)).size, folded.length, 'each is told once');
        const isCounted = folded.every((reading) => reading.flows > 0);
        const flowsIn = (readings: readonly Plain[]) => readings.reduce((sum, one) => sum + one.flows, 0);
        if (isCounted) assert.equal(flowsIn(folded), flowsIn(flows));
        walk.restart();
        assert.deepEqual(readingsOf(walk), folded, 'the same once more');
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('are those with the most bytes and with the most packets, and one for the rest of each protocol', () => {
    fc.assert(
      fc.property(packets, fc.nat(10), (values, top) => {
        const window = windowOf(values, 1000);
        const flows = readingsOf(walkOver(window, all));
        const largest = (of: 'bytes' | 'packets') =>
          flows.toSorted((one, other) => other[of] - one[of]).slice(0, top);
        const expected = new Set([...largest('bytes'), ...largest('packets')].map(({ name }) => name));
        const told = readingsOf(walkOver(window, { ...all, top }));
        const own = told.filter(({ rest }) => !rest);
        assert.deepEqual(new Set(own.map(({ name }) => name)), expected);
        const others = flows.filter(({ name }) => !expected.has(name));
        const protocols = new Set(others.map(({ protocol }) => protocol));
        assert.equal(told.length - own.length, protocols.size);
      }),
      { seed, numRuns: 1000 },
    );
  });

  test('leave out what they stand for', () => {
    const flow = (source0: number, target0: number, sourcePort: number) => ({
      family: 4 as const,
      source0,
      target0,
      ports: (0xbb01 << 16) | sourcePort,
      protocol: 6,
      payloadBytes: 100,
    });
    // From ports of 49,153 and above, to 443.
    const values = [1, 2, 1, 1, 9].map((port, at) => flow([2, 4, 3, 2, 50][at]!, 100, (port << 8) | 0xc0));
    const names = (groups: WalkSettings['groups']) =>
      readingsOf(walkOver(windowOf(values, 1000), { ...all, groups })).map(({ name, flows, packets }) => [
        name,
        flows,
        packets,
      ]);
    const port = 0xbb01 << 16;
    assert.deepEqual(names(['clients']), [
      [`4 2 100 ${port} 1 6 source true false  `, 1, 2],
      [`4 4 100 ${port} 1 6 source true false  `, 1, 1],
      [`4 3 100 ${port} 1 6 source true false  `, 1, 1],
      [`4 50 100 ${port} 1 6 source true false  `, 1, 1],
    ]);
    assert.deepEqual(names(['clients', 'networks']), [
      [`4 0 100 ${port} 1 6 source true false even `, 2, 3],
      [`4 1 100 ${port} 1 6 source true false odd `, 1, 1],
      [`4 50 100 ${port} 1 6 source true false  `, 1, 1],
    ]);
  });
});

test('the largest numbers are found in memory for as many', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 100 }), fc.nat(20), (numbers, most) => {
      const largest = new Largest(most);
      for (const number of numbers) largest.show(number);
      const expected = numbers.toSorted((a, b) => b - a).slice(0, most);
      for (let round = 0; round < 2; round++, largest.restart()) {
        const taken = numbers.filter((number) => largest.takes(number));
        assert.deepEqual(
          taken.toSorted((a, b) => b - a),
          expected,
        );
      }
    }),
    { seed, numRuns: 1000 },
  );
});

test('folds leave the rest of a protocol as it is', () => {
  const rest = Object.assign(new FlowReading(), { rest: true, sourceFold: 'left over' });
  foldClientPort(rest);
  foldNetworks(networks)(rest);
  assert.deepEqual([rest.sourcePortFolded, rest.sourceFold, rest.targetFold], [false, null, null]);
});
