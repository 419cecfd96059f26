import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Packet } from '../../../src/packet/packet.js';
import { type FlowValue, keyOf, newTable, packetOf, tableAndRows, valuesOf } from '../../support/flows.js';
import { seededRandom } from '../../support/random.js';

/** What a plain Map makes of the same packets: flows in the order of their first packet, IPv4 before IPv6. */
class NaiveTable {
  readonly #flows = new Map<string, { count: number; length: number; family: number }>();

  add(packet: Packet): void {
    const key = keyOf(packet);
    const flow = this.#flows.get(key) ?? { count: 0, length: 0, family: packet.family };
    this.#flows.set(key, flow);
    flow.count++;
    flow.length += packet.payloadBytes;
  }

  values(): FlowValue[] {
    const flows = [...this.#flows].map(([key, flow]) => ({ key, ...flow }));
    const ofFamily = (family: number) => flows.filter((flow) => flow.family === family);
    return [...ofFamily(4), ...ofFamily(6)].map(({ key, count, length }) => ({ key, count, length }));
  }
}

/** Packets of few distinct values, so that flows repeat, collide in parts of their keys, and mix families. */
function randomPacket(random: () => number, distinct: number): Packet {
  const word = () => (random() % distinct) * 0x01010101;
  const hasPorts = random() % 3 === 0 ? 0 : 1;
  return packetOf({
    family: random() % 4 === 0 ? 6 : 4,
    source0: word() | 0,
    source1: random() % 2,
    source2: 0,
    source3: word() | 0,
    target0: word() | 0,
    target1: 0,
    target2: random() % 2,
    target3: word() | 0,
    ports: hasPorts ? word() | 0 : 0,
    hasPorts,
    protocol: [1, 6, 17, 58][random() % 4]!,
    payloadBytes: random() % 65_536,
  });
}

describe('flow table', () => {
  test('sums what a plain map sums, at every size of its index', () => {
    for (const distinct of [1, 2, 5, 20]) {
      const random = seededRandom(distinct);
      const table = newTable(1_000_000);
      const naive = new NaiveTable();
      for (let i = 0; i < 60_000; i++) {
        const packet = randomPacket(random, distinct);
        table.add(packet);
        naive.add(packet);
      }
      assert.deepEqual(valuesOf(table), naive.values());
    }
  });

  test('sums what a plain map sums in a table too large for the cache', () => {
    const random = seededRandom(99);
    const table = newTable(200_000);
    const naive = new NaiveTable();
    for (let i = 0; i < 200_000; i++) {
      const packet = packetOf({
        source0: random() % 100_000,
        target0: 7,
        protocol: 17,
        hasPorts: 1,
        payloadBytes: i % 9,
      });
      table.add(packet);
      naive.add(packet);
    }
    assert.deepEqual(valuesOf(table), naive.values());
  });

  test('begins anew after clear, however far its next index was filled', () => {
    for (let flows = 300; flows < 5_000; flows += 97) {
      const table = newTable(10_000);
      for (const first of [0, 1_000_000]) {
        const naive = new NaiveTable();
        for (let i = 0; i < 2 * flows; i++) {
          const packet = packetOf({ source0: first + (i % flows), protocol: 6, payloadBytes: i });
          table.add(packet);
          naive.add(packet);
        }
        assert.deepEqual(valuesOf(table), naive.values());
        table.clear();
      }
    }
  });

  test('keeps sums exact when it is full, per protocol', () => {
    const table = newTable(2);
    const add = (source0: number, protocol: number, payloadBytes: number) =>
      table.add(packetOf({ source0, protocol, payloadBytes }));
    add(1, 6, 10);
    add(2, 6, 20);
    add(3, 6, 30);
    add(4, 17, 40);
    add(1, 6, 50);
    add(5, 6, 60);
    assert.deepEqual(valuesOf(table), [
      { key: '4 1 0 0 0 6', count: 2, length: 60 },
      { key: '4 2 0 0 0 6', count: 1, length: 20 },
      { key: '* 6', count: 2, length: 90 },
      { key: '* 17', count: 1, length: 40 },
    ]);
    assert.equal(table.packetsFolded, 3);
    assert.equal(table.packetsFrom(0), 6);
    assert.equal(table.packetsFrom(2), 3);
  });

  test('is empty after clear and can be filled again', () => {
    const table = newTable(5_000);
    for (let source0 = 0; source0 < 5_001; source0++) table.add(packetOf({ source0, protocol: 6 }));
    table.apply();
    table.clear();
    assert.deepEqual(valuesOf(table), []);
    table.add(packetOf({ source0: 3, protocol: 6, payloadBytes: 1 }));
    assert.deepEqual(valuesOf(table), [{ key: '4 3 0 0 0 6', count: 1, length: 1 }]);
  });

  test('goes on in another record where a flow has more packets than one can count', () => {
    for (const family of [4, 6] as const) {
      const packet = packetOf({ family, source0: 1, protocol: 17, payloadBytes: 10 });
      const { table, rows } = tableAndRows(packet);
      const countWord = 4;
      rows[countWord] = 0xffff_fffe;
      for (let i = 0; i < 3; i++) table.add(packet);
      assert.deepEqual(
        valuesOf(table).map(({ count, length }) => [count, length]),
        [
          [0xffff_ffff, 20],
          [2, 20],
        ],
      );
    }
  });

  test('reserves rows that V8 does not count: it would answer with collections', () => {
    const before = process.memoryUsage().external;
    newTable(1_000_000).add(packetOf({ family: 4, source0: 1 }));
    assert.ok(process.memoryUsage().external - before < 1_000_000);
  });

  test('takes less than 72 bytes a flow at a million flows', () => {
    const table = newTable(1_000_000);
    for (let source0 = 0; source0 < 1_000_000; source0++) table.add(packetOf({ source0, protocol: 6 }));
    table.apply();
    assert.equal(table.size, 1_000_000);
    assert.ok(table.bytes / 1_000_000 <= 72, `${table.bytes / 1_000_000} bytes a flow`);
  });
});
