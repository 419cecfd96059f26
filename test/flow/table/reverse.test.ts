import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlowReading } from '../../../src/flow/reading.js';
import type { FlowTable } from '../../../src/flow/table/flow-table.js';
import type { Packet } from '../../../src/packet/packet.js';
import { keyOf, newTable, packetOf, reverseKeyOf, tableAndRows } from '../../support/flows.js';
import { seededRandom } from '../../support/random.js';

/** Few ends, so that many flows have a reverse, and some lead back to where they begin. */
function randomPacket(random: () => number, distinct: number): Packet {
  const word = () => (random() % distinct) * 0x01010101;
  const hasPorts = random() % 3 === 0 ? 0 : 1;
  return packetOf({
    family: random() % 3 === 0 ? 6 : 4,
    source0: word() | 0,
    source1: random() % 2,
    source3: word() | 0,
    target0: word() | 0,
    target1: random() % 2,
    target3: word() | 0,
    ports: hasPorts ? (random() % 4) * 0x10000 + (random() % 4) : 0,
    hasPorts,
    protocol: [6, 17][random() % 2]!,
  });
}

/** For each record the one of the way back, by a plain map. */
function naiveReverses(table: FlowTable): number[] {
  const reading = new FlowReading();
  const keys: string[] = [];
  const reversed: string[] = [];
  for (let position = 0; position < table.size; position++) {
    table.read(position, reading);
    keys.push(reading.rest ? '' : keyOf(reading.key));
    reversed.push(reading.rest ? 'none' : reverseKeyOf(reading.key));
  }
  const positions = new Map(keys.map((key, position) => [key, position]));
  return reversed.map((key, position) => (key === keys[position] ? -1 : (positions.get(key) ?? -1)));
}

function reverses(table: FlowTable): number[] {
  return Array.from({ length: table.size }, (_, position) => table.reverseOf(position));
}

describe('the reverse of a flow', () => {
  test('is found where a plain map finds it, at every size of the index', () => {
    for (const distinct of [2, 4, 40]) {
      const random = seededRandom(distinct);
      const table = newTable(20_000);
      for (let i = 0; i < 60_000; i++) table.add(randomPacket(random, distinct));
      table.apply();
      const expected = naiveReverses(table);
      assert.ok(expected.some((position) => position >= 0) && expected.includes(-1));
      assert.deepEqual(reverses(table), expected);
    }
  });

  test('is none for what found the table full', () => {
    const table = newTable(1);
    for (const source0 of [1, 2]) table.add(packetOf({ source0, target0: 9, protocol: 6 }));
    table.apply();
    assert.deepEqual(reverses(table), [-1, -1]);
  });

  test('is that of the first rows, where both directions have several', () => {
    for (const family of [4, 6] as const) {
      const there = packetOf({
        family,
        source0: 1,
        target0: 2,
        protocol: 17,
        hasPorts: 1,
        ports: 0x5000_0001,
      });
      const back = packetOf({ ...there, source0: 2, target0: 1, ports: 0x0001_5000 });
      const { table, rows } = tableAndRows(there);
      const [countWord, rowWords] = [4, family === 4 ? 8 : 16];
      rows[countWord] = -1;
      table.add(back);
      table.add(there);
      table.apply();
      rows[countWord + rowWords] = -1;
      table.add(back);
      table.apply();
      assert.deepEqual(reverses(table), [1, 0, -1, -1]);
      table.clear();
      for (const packet of [there, back]) table.add(packet);
      table.apply();
      assert.deepEqual(reverses(table), [1, 0]);
    }
  });
});
