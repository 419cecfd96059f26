import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OpenWindows } from '../../src/flow/open-windows.js';
import { FlowTable } from '../../src/flow/table/flow-table.js';
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
    one.table.add(packet);
    windows.leave(one, 25, 30);
    const next = windows.enter(bounds(30), one);
    assert.notEqual(next.table, one.table);
    next.table.add(packet);
    other.table.add(packet);
    assert.equal(windows.packetsOpen, 3);
    assert.deepEqual(closed, []);
    windows.leave(other, 26, 30);
    assert.deepEqual(closed, [[10, 26, 2]]);
    assert.equal(windows.enter(bounds(30), other), next);
    assert.equal(windows.packetsOpen, 1);
  });

  test('wait for those before them, and close in the order in which they opened, each with a time of its own', () => {
    const { windows, closed } = createRig();
    const slow = windows.enter(bounds(20));
    slow.table.add(packet);
    for (const endUs of [30, 40]) {
      const quick = windows.enter(bounds(endUs));
      quick.table.add(packet);
      windows.leave(quick, endUs, endUs + 10);
    }
    assert.deepEqual(closed, []);
    windows.leave(slow, 45, 40);
    assert.deepEqual(closed, [
      [10, 45, 1],
      [20, 46, 1],
    ]);
    windows.leave(windows.enter(bounds(40), slow), 47);
    assert.deepEqual(closed.slice(2), [[30, 47, 1]]);
  });

  test('do not wait for one that opened later, though it ends sooner', () => {
    const { windows, closed } = createRig();
    const ahead = windows.enter(bounds(100));
    for (const endUs of [20, 30]) {
      const behind = windows.enter(bounds(endUs));
      behind.table.add(packet);
      windows.leave(behind, 90, endUs + 10);
    }
    assert.deepEqual(closed, [
      [10, 90, 1],
      [20, 91, 1],
    ]);
    ahead.table.add(packet);
    windows.enter(bounds(40));
    windows.leave(ahead, 101, 110);
    assert.deepEqual(closed.slice(2), [[90, 101, 1]]);
  });

  test('are others by a clock that was set back, though they end at the same time', () => {
    const { windows, closed } = createRig();
    const [one, other] = [windows.enter(bounds(20)), windows.enter(bounds(20))];
    one.table.add(packet);
    windows.leave(one, 15, 20);
    const again = windows.enter(bounds(20), one);
    assert.notEqual(again, one);
    windows.leave(other, 16, 20);
    assert.deepEqual(closed, [[10, 16, 1]]);
    assert.equal(windows.enter(bounds(20), other), again);
  });

  test('are not more than four: the newest is made longer', () => {
    const { windows, closed, tables } = createRig();
    const slow = windows.enter(bounds(20));
    slow.table.add(packet);
    let quick = slow;
    for (let endUs = 30; endUs <= 100; endUs += 10) {
      if (quick !== slow) windows.leave(quick, endUs - 10, endUs);
      quick = windows.enter(bounds(endUs), quick);
      quick.table.add(packet);
    }
    assert.equal(tables(), 4);
    windows.leave(slow, 101);
    windows.leave(quick, 110);
    assert.deepEqual(closed, [
      [10, 101, 1],
      [20, 102, 1],
      [30, 103, 1],
      [40, 110, 6],
    ]);
  });

  test('are others by a clock that was set back, though one of before is still open and ends at the same time', () => {
    const { windows, closed } = createRig();
    const [ahead, behind] = [windows.enter(bounds(20)), windows.enter(bounds(20))];
    windows.leave(ahead, 20, 40);
    const before = windows.enter(bounds(40), ahead);
    before.table.add(packet);
    windows.leave(behind, 21, 20);
    const back = windows.enter(bounds(20), behind);
    windows.leave(back, 22, 40);
    const next = windows.enter(bounds(40), back);
    assert.notEqual(next, before);
    windows.leave(before, 23, 40);
    assert.equal(windows.enter(bounds(40), before), next);
    assert.deepEqual(closed, [[30, 23, 1]]);
  });

  test('have a time of their own each, also where the clock has not moved', () => {
    const { windows, closed } = createRig();
    for (const [endUs, nowUs] of [
      [20, 20],
      [30, 20],
      [40, 19],
      [50, 50],
      [60, 5_000_000],
      [50, 1_000_000],
    ] as const) {
      const window = windows.enter(bounds(endUs));
      window.table.add(packet);
      windows.leave(window, nowUs);
    }
    assert.deepEqual(
      closed.map(([, time]) => time),
      [20, 21, 22, 50, 5_000_000, 1_000_000],
    );
  });

  test('hand their tables on where there is nothing to send, each to one other', () => {
    const { windows, closed, tables } = createRig();
    for (let endUs = 20; endUs < 200; endUs += 20) {
      const [early, late] = [windows.enter(bounds(endUs)), windows.enter(bounds(endUs + 10))];
      assert.notEqual(early.table, late.table);
      windows.leave(late, endUs + 10);
      windows.leave(early, endUs + 10);
    }
    assert.deepEqual(closed, []);
    assert.equal(tables(), 2);
  });

  test('say what was folded in them when they close', () => {
    const { windows } = createRig(() => new FlowTable(1, testSeed));
    const window = windows.enter(bounds(20));
    for (let source0 = 0; source0 < 5; source0++) window.table.add(packetOf({ source0, protocol: 17 }));
    windows.leave(window, 20);
    assert.equal(windows.counts.packetsFolded, 4);
  });
});
