import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlowTable } from '../../src/flow/flow-table.js';
import { OpenWindows } from '../../src/flow/open-windows.js';
import { newTable, packetOf, testSeed } from '../support/flows.js';

const bounds = (endUs: number) => ({ startUs: endUs - 10, endUs });

/** What was closed, as [start, end, packets]. */
function createRig(emptyTable = () => newTable()) {
  const closed: [number, number, number][] = [];
  let tables = 0;
  const windows = new OpenWindows({
    emptyTable: () => {
      tables++;
      return emptyTable();
    },
    windowClosed({ startUs, endUs, table }) {
      closed.push([startUs, endUs, table.packetsFrom(0)]);
      return undefined;
    },
  });
  return { windows, closed, tables: () => tables };
}

const packet = packetOf({ protocol: 17 });

describe('windows that are open', () => {
  test('are those of all meters that end at the same time, until the last has left', () => {
    const { windows, closed } = createRig();
    const [one, other] = [windows.enter(bounds(20)), windows.enter({ startUs: 12, endUs: 20 })];
    assert.equal(one, other);
    one.add(packet);
    windows.leave(one, 25);
    const next = windows.enter(bounds(30));
    assert.notEqual(next, one);
    next.add(packet);
    other.add(packet);
    assert.equal(windows.packetsOpen, 3);
    assert.deepEqual(closed, []);
    windows.leave(other, 26);
    assert.deepEqual(closed, [[10, 26, 2]]);
    assert.equal(windows.enter(bounds(30)), next);
    assert.equal(windows.packetsOpen, 1);
  });

  test('close in the order in which they opened, though a later one is left first', () => {
    const { windows, closed } = createRig();
    const slow = windows.enter(bounds(20));
    slow.add(packet);
    for (const endUs of [30, 40]) {
      const quick = windows.enter(bounds(endUs));
      quick.add(packet);
      windows.leave(quick, endUs);
    }
    assert.deepEqual(closed, []);
    windows.leave(slow, 45);
    assert.deepEqual(closed, [
      [10, 45, 1],
      [20, 45, 1],
      [30, 45, 1],
    ]);
  });

  test('hand their table on where there is nothing to send', () => {
    const { windows, closed, tables } = createRig();
    for (let endUs = 20; endUs < 100; endUs += 10) windows.leave(windows.enter(bounds(endUs)), endUs);
    assert.deepEqual(closed, []);
    assert.equal(tables(), 1);
  });

  test('say what was folded in them when they close', () => {
    const { windows } = createRig(() => new FlowTable(1, testSeed));
    const table = windows.enter(bounds(20));
    for (let source0 = 0; source0 < 5; source0++) table.add(packetOf({ source0, protocol: 17 }));
    windows.leave(table, 20);
    assert.deepEqual([windows.counts.packetsFolded, windows.counts.flowsFolded], [4, 4]);
  });
});
