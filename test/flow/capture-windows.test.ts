/** Windows of captures whose times go forward, back and astray. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CaptureMeter } from '../../src/flow/capture-meter.js';
import { CaptureWindows, mostOpenWindows } from '../../src/flow/capture-windows.js';
import { Turns } from '../../src/flow/turns.js';
import { NOT_IP, PACKET } from '../../src/packet/packet.js';
import { newTable, packetOf } from '../support/flows.js';
import { seededRandom } from '../support/random.js';

const second = 1_000_000;
const year2100 = 4_102_444_800;

/** What was closed, as [end in seconds, packets]. */
function createRig(
  intervalUs = 20 * second,
  windowClosed: () => Promise<void> | undefined = () => undefined,
) {
  const closed: [number, number][] = [];
  let tables = 0;
  const windows = new CaptureWindows({
    emptyTable: () => {
      tables++;
      return newTable();
    },
    windowClosed: ({ endUs, table }) => {
      closed.push([endUs / second, table.packetsFrom(0)]);
      return windowClosed();
    },
  });
  const meter = new CaptureMeter({ intervalUs, windows, turns: new Turns([false]), position: 0 });
  /** Delivers packets at so many seconds, as a source does. */
  const deliver = async (...seconds: readonly number[]) => {
    for (const at of seconds) {
      const timestampUs = at * second;
      while (timestampUs >= meter.windowEndUs || timestampUs < meter.windowStartUs) {
        await meter.advance(timestampUs);
      }
      meter.packet(packetOf({ source0: 1, protocol: 17 }), timestampUs);
    }
  };
  const end = async () => {
    meter.end();
    await windows.close();
  };
  return { windows, meter, closed, deliver, end, tables: () => tables };
}

describe('windows of a capture', () => {
  test('close in order where times go forward, and gaps have none', async () => {
    const { deliver, end, closed, windows } = createRig();
    await deliver(0, 19.999999, 20, 45, 60, 200, 219);
    assert.deepEqual(closed, [
      [20, 2],
      [40, 1],
    ]);
    assert.equal(windows.packetsOpen, 4);
    await end();
    assert.deepEqual(closed.slice(2), [
      [60, 1],
      [80, 1],
      [220, 2],
    ]);
    assert.equal(windows.packetsOpen, 0);
  });

  test('have the packets of their time, though those come a little late', async () => {
    const { deliver, end, closed, windows } = createRig();
    await deliver(19, 21, 18, 22, 41, 39, 19, 42);
    await end();
    assert.deepEqual(closed, [
      [20, 3],
      [40, 3],
      [60, 2],
    ]);
    assert.equal(windows.counts.windowsOpenedAgain, 0);
  });

  test('are not spoilt by one stamp that is wrong', async () => {
    for (const wrong of [0, year2100]) {
      const { deliver, end, closed, windows } = createRig();
      await deliver(1_000, 1_001, wrong, 1_002, 1_021, 1_040, 1_060, 1_080, 1_100);
      await end();
      assert.deepEqual(
        closed.toSorted(([one], [other]) => one - other).filter(([at]) => at > 20 && at < year2100),
        [
          [1_020, 3],
          [1_040, 1],
          [1_060, 1],
          [1_080, 1],
          [1_100, 1],
          [1_120, 1],
        ],
      );
      assert.ok(closed.some(([at, packets]) => at === wrong + 20 && packets === 1));
      assert.equal(windows.counts.windowsOpenedAgain, 0);
    }
  });

  test('of two clocks that are far apart are each those of one', async () => {
    const { deliver, end, closed, windows } = createRig();
    for (let at = 0; at < 100; at++) await deliver(at, at + 3_600, at + 3_600.5);
    await end();
    assert.equal(windows.counts.windowsOpenedAgain, 0);
    const packets = (from: number) => closed.filter(([at]) => at > from && at <= from + 100);
    assert.deepEqual(
      packets(0).map(([, count]) => count),
      Array(5).fill(20),
    );
    assert.deepEqual(
      packets(3_600).map(([, count]) => count),
      Array(5).fill(40),
    );
  });

  test('open again for what comes too late, which is counted, and the sums are exact', async () => {
    const { deliver, end, closed, windows } = createRig();
    await deliver(0, 20, 40, 60, 80, 5, 6, 100, 120, 140, 7);
    await end();
    assert.deepEqual(
      closed.filter(([at]) => at === 20).map(([, packets]) => packets),
      [1, 2, 1],
    );
    assert.equal(windows.counts.windowsOpenedAgain, 2);
  });

  test('take no more tables than are open at once', async () => {
    const { deliver, closed, tables } = createRig();
    for (let at = 0; at < 1_000; at += 7) await deliver(at);
    assert.equal(tables() - closed.length, mostOpenWindows);
  });

  test('without packets hand their tables on, and are not told', async () => {
    const { meter, windows, closed, end, tables } = createRig();
    const view = new DataView(new ArrayBuffer(60));
    for (let at = 0; at < 10 * 20 * second; at += 20 * second) {
      meter.advance(at);
      meter.frame(() => NOT_IP, view, 0, 60, 60, at);
    }
    await end();
    assert.deepEqual(closed, []);
    assert.equal(tables(), mostOpenWindows);
    assert.equal(windows.counts.windowsOpenedAgain, 0);
  });

  test('are one with an interval of 0, which ends with the latest packet', async () => {
    const { meter, deliver, end, closed } = createRig(0);
    await deliver(12, 99, 50);
    const view = new DataView(new ArrayBuffer(60));
    meter.frame(() => NOT_IP, view, 0, 60, 60, 120 * second);
    meter.frame(() => PACKET, view, 0, 60, 60, 0);
    await end();
    assert.deepEqual(closed, [[99, 4]]);
  });

  test('hold the capture back until the one that closed has been taken over', async () => {
    let taken = () => {};
    const { meter, deliver, closed } = createRig(
      20 * second,
      () => new Promise((resolve) => (taken = resolve)),
    );
    await deliver(0, 20, 40);
    const held = meter.advance(60 * second);
    assert.ok(held instanceof Promise);
    assert.equal(meter.advance(60 * second), held);
    assert.equal(closed.length, 1);
    taken();
    await held;
    assert.equal(meter.advance(60 * second), undefined);
  });

  test('add up to what a plain sum by window says, whatever the times are', async () => {
    const random = seededRandom(11);
    for (let run = 0; run < 200; run++) {
      const { deliver, end, closed, windows } = createRig();
      const expected = new Map<number, number>();
      let clock = 10_000;
      for (let packet = 0; packet < 200; packet++) {
        const chance = random() % 50;
        clock += chance === 0 ? (random() % 400) - 200 : random() % 6;
        const at = chance === 1 ? random() % year2100 : chance < 8 ? clock - (random() % 25) : clock;
        const endOf = Math.floor(at / 20) * 20 + 20;
        expected.set(endOf, (expected.get(endOf) ?? 0) + 1);
        await deliver(at);
      }
      await end();
      const sums = new Map<number, number>();
      for (const [at, packets] of closed) sums.set(at, (sums.get(at) ?? 0) + packets);
      assert.deepEqual(sums, expected);
      assert.equal(closed.length - sums.size, windows.counts.windowsOpenedAgain);
    }
  });
});

describe('captures that are read at once', () => {
  test('share windows, and none closes that a meter is in', async () => {
    const closed: number[] = [];
    const windows = new CaptureWindows({
      emptyTable: () => newTable(),
      windowClosed: ({ endUs }) => {
        closed.push(endUs);
        return undefined;
      },
    });
    const turns = new Turns([true, true]);
    const [one, other] = [0, 1].map(
      (position) => new CaptureMeter({ intervalUs: 20, windows, turns, position }),
    );
    const add = (meter: CaptureMeter | undefined, at: number) =>
      meter!.packet(packetOf({ source0: at, protocol: 17 }), at);
    const entering = one!.advance(100);
    other!.advance(100);
    await entering;
    one!.advance(100);
    add(one, 101);
    // The other goes back further and further, while the first waits for data.
    for (const at of [80, 60, 40, 20, 0]) {
      assert.equal(other!.advance(at), undefined);
      add(other, at);
    }
    assert.deepEqual(closed, [100, 80, 60]);
    add(one, 102);
    one!.end();
    other!.end();
    await windows.close();
    assert.deepEqual(closed, [100, 80, 60, 20, 40, 120]);
  });
});
