import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlowReading } from '../../../src/flow/reading.js';
import type { FlowTable } from '../../../src/flow/table/flow-table.js';
import { type FigureName, figureNames } from '../../../src/flow/tally.js';
import type { Packet } from '../../../src/packet/packet.js';
import { keyOf, newTable, packetOf, tableAndRows } from '../../support/flows.js';
import { seededRandom } from '../../support/random.js';

const health: ReadonlySet<FigureName> = new Set(['health']);

/** Keys that differ in any one of their parts. */
function randomKey(random: () => number, distinct: number): Packet {
  const word = () => (random() % distinct) * 0x01010101;
  const hasPorts = random() % 3 === 0 ? 0 : 1;
  return packetOf({
    family: random() % 2 === 0 ? 6 : 4,
    source0: word() | 0,
    source1: random() % 2,
    source2: random() % 2,
    source3: word() | 0,
    target0: word() | 0,
    target1: random() % 2,
    target2: random() % 2,
    target3: word() | 0,
    ports: hasPorts ? (random() % 2) * 0x10000 + (random() % 2) : 0,
    hasPorts,
    protocol: [6, 17][random() % 2]!,
  });
}

/** The last error of each record that has one. */
function errorsOf(table: FlowTable): Map<string, number> {
  table.apply();
  const reading = new FlowReading();
  const errors = new Map<string, number>();
  for (let position = 0; position < table.size; position++) {
    table.read(position, reading);
    const { icmpError } = reading.forward.health;
    if (icmpError !== 0) errors.set(reading.rest ? 'rest' : keyOf(reading.key), icmpError);
  }
  return errors;
}

const inOrder = (errors: Map<string, number>) => [...errors].toSorted();

describe('the flow that an ICMP error quotes', () => {
  for (const { name, distinct, figures } of [
    { name: 'few', distinct: 2, figures: health },
    { name: 'many', distinct: 60, figures: health },
    { name: 'many, with all figures', distinct: 60, figures: new Set(figureNames) },
  ]) {
    test(`is the one that a plain map has, if any: ${name}`, () => {
      const random = seededRandom(distinct);
      const table = newTable(100_000, figures);
      const flows = new Set<string>();
      const expected = new Map<string, number>();
      let missed = 0;
      for (let i = 0; i < 20_000; i++) {
        const key = randomKey(random, distinct);
        // Half of the errors come soon after their packet, while that is still staged.
        if (random() % 4 !== 0) {
          table.add(key);
          flows.add(keyOf(key));
          if (random() % 4 !== 0) continue;
        }
        const error = 1 + (random() % 6);
        table.noteError(key, error);
        if (flows.has(keyOf(key))) expected.set(keyOf(key), error);
        else missed++;
      }
      assert.ok(expected.size > 100 && missed > 10);
      assert.deepEqual(inOrder(errorsOf(table)), inOrder(expected));
    });
  }

  test('is none in a table that has no flows of its IP version, or was emptied', () => {
    const table = newTable(10, health);
    const key = packetOf({ family: 4, source0: 1 });
    table.noteError(key, 1);
    table.noteError(packetOf({ ...key, family: 6 }), 1);
    table.add(key);
    table.clear();
    table.noteError(key, 1);
    table.add(key);
    assert.deepEqual(errorsOf(table), new Map());
  });

  test('is none where it found the table full', () => {
    const table = newTable(1, health);
    const [first, second] = [1, 2].map((source0) => packetOf({ source0, protocol: 17 }));
    for (const key of [first!, second!]) table.add(key);
    for (const key of [first!, second!]) table.noteError(key, 5);
    assert.deepEqual(errorsOf(table), new Map([[keyOf(first!), 5]]));
  });

  test('is the first of several records', () => {
    for (const family of [4, 6] as const) {
      const key = packetOf({ family, source0: 1, protocol: 17 });
      const { table, rows } = tableAndRows(key, health);
      const countWord = 4;
      rows[countWord] = -1;
      table.add(key);
      table.noteError(key, 3);
      table.apply();
      const reading = new FlowReading();
      const errors = [0, 1].map((position) => {
        table.read(position, reading);
        return reading.forward.health.icmpError;
      });
      assert.deepEqual(errors, [3, 0]);
    }
  });

  test('is left as it was where nobody asks for health', () => {
    const key = packetOf({ source0: 1, protocol: 17 });
    for (const figures of [new Set<FigureName>(), new Set<FigureName>(['times'])]) {
      const table = newTable(10, figures);
      table.add(key);
      table.noteError(key, 3);
      assert.deepEqual(errorsOf(table), new Map());
    }
  });
});
