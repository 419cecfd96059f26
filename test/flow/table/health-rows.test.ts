import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FlowHealth } from '../../../src/flow/health/flow-health.js';
import { FlowReading } from '../../../src/flow/reading.js';
import type { FlowTable } from '../../../src/flow/table/flow-table.js';
import { type FigureName, figureNames } from '../../../src/flow/tally.js';
import type { Packet } from '../../../src/packet/packet.js';
import { keyOf, newTable, packetOf, tableAndRows } from '../../support/flows.js';
import { healthOf } from '../../support/health-model.js';
import { healthTraffic, type Random } from '../../support/health-traffic.js';
import { seededRandom } from '../../support/random.js';

const health: ReadonlySet<FigureName> = new Set(['health']);
const all: ReadonlySet<FigureName> = new Set(figureNames);

/** What the table tells of each flow, and of each protocol's rest under `* PROTOCOL`. */
function healthsOf(table: FlowTable): Map<string, FlowHealth> {
  table.apply();
  const reading = new FlowReading();
  return new Map(
    Array.from({ length: table.size }, (_, position) => {
      table.read(position, reading);
      const key = reading.rest ? `* ${reading.key.protocol}` : keyOf(reading.key);
      return [key, structuredClone(reading.forward.health)] as const;
    }),
  );
}

function modelOf(packets: readonly Packet[]): Map<string, FlowHealth> {
  const flows = new Map<string, Packet[]>();
  for (const packet of packets) {
    const key = keyOf(packet);
    const others = flows.get(key);
    if (others === undefined) flows.set(key, [packet]);
    else others.push(packet);
  }
  return new Map([...flows].map(([key, own]) => [key, structuredClone(healthOf(own))]));
}

/** Flow by flow, for a failure shows both whole. */
function compare(told: ReadonlyMap<string, FlowHealth>, packets: readonly Packet[]): void {
  const model = modelOf(packets);
  assert.deepEqual([...told.keys()].toSorted(), [...model.keys()].toSorted());
  for (const [key, expected] of model) assert.deepEqual({ key, ...told.get(key) }, { key, ...expected });
}

function addAll(table: FlowTable, packets: readonly Packet[], random: Random): void {
  for (const packet of packets) {
    table.add(packet);
    // What has a row is added at once from then on, where the table is small.
    if (random() % 100 === 0) table.apply();
  }
}

/** Flows of an address that no other traffic has: with so many, the index is too large for the cache. */
function fill(table: FlowTable, family: 4 | 6, flows: number): void {
  for (let i = 0; i < flows; i++)
    table.add(packetOf({ family, source0: i, source3: i, target0: -99, protocol: 17 }));
  table.apply();
}

describe('health of flows', () => {
  for (const { name, families, filled, seeds } of [
    { name: 'IPv4, each packet at once', families: [4], filled: 0, seeds: 6 },
    { name: 'IPv4, in a table too large for the cache', families: [4], filled: 40_000, seeds: 3 },
    { name: 'IPv6', families: [6], filled: 0, seeds: 6 },
    { name: 'both', families: [4, 6], filled: 0, seeds: 6 },
  ] as const) {
    test(`is what the rules make of all its packets: ${name}`, () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const random = seededRandom(seed);
        const flows = [1, 5, 300][seed % 3]!;
        const packets = healthTraffic(random, { flows, packets: flows === 300 ? 6_000 : 1_500, families });
        const table = newTable(100_000, seed % 2 === 0 ? all : health);
        fill(table, families[0], filled);
        addAll(table, packets, random);
        const told = healthsOf(table);
        for (const key of told.keys()) if (key.includes(' -99 ')) told.delete(key);
        compare(told, packets);
      }
    });
  }

  test('begins anew after clear', () => {
    const random = seededRandom(20);
    const table = newTable(1_000, health);
    for (let window = 0; window < 5; window++) {
      const packets = healthTraffic(random, { flows: 50, packets: 3_000, families: [4, 6] });
      addAll(table, packets, random);
      compare(healthsOf(table), packets);
      table.clear();
    }
  });

  test('is not told of what finds the table full', () => {
    const random = seededRandom(21);
    const packets = healthTraffic(random, { flows: 100, packets: 5_000, families: [4] });
    const table = newTable(40, all);
    addAll(table, packets, random);
    const model = modelOf(packets);
    const told = healthsOf(table);
    assert.deepEqual([told.get('* 6')?.marks, told.get('* 17')?.marks], [0, 0]);
    const rows = [...told].filter(([key]) => !key.startsWith('*'));
    assert.equal(rows.length, 40);
    assert.deepEqual(
      rows,
      rows.map(([key]) => [key, model.get(key)]),
    );
  });

  test('begins anew in the second record of a flow that has more packets than one can count', () => {
    const random = seededRandom(22);
    for (const family of [4, 6] as const) {
      const packets = healthTraffic(random, { flows: 1, packets: 400, families: [family] });
      const { table, rows } = tableAndRows(packets[0]!, health);
      const countWord = 4;
      for (const packet of packets.slice(1, 200)) table.add(packet);
      table.apply();
      rows[countWord] = -1;
      for (const packet of packets.slice(200)) table.add(packet);
      table.apply();
      const reading = new FlowReading();
      const told = [0, 1].map((position) => {
        table.read(position, reading);
        return structuredClone(reading.forward.health);
      });
      const parts = [packets.slice(0, 200), packets.slice(200)];
      assert.deepEqual(
        told,
        parts.map((part) => structuredClone(healthOf(part))),
      );
    }
  });
});
