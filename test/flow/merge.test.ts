import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LaneWindow, type MergeLane, WindowMerge } from '../../src/flow/merge.js';
import { type FlowValue, newTable, packetOf, valuesOf } from '../support/flows.js';
import { seededRandom } from '../support/random.js';

interface Closed {
  readonly startUs: number;
  readonly endUs: number;
  readonly flows: FlowValue[];
}

const flow = (source0: number, count: number): FlowValue => ({
  key: `4 ${source0} 0 0 0 17`,
  count,
  length: count,
});

function window(startUs: number, ...sources: number[]): LaneWindow {
  const table = newTable();
  for (const source0 of sources) table.add(packetOf({ source0, protocol: 17, payloadBytes: 1 }));
  return { startUs, endUs: startUs + 10, flows: table.copy() };
}

/** The same, which tells when its rows are merged. */
function watched({ flows, ...bounds }: LaneWindow, merged: () => void): LaneWindow {
  const { rows4, ...rest } = flows;
  const watchedRows = {
    get rows4() {
      merged();
      return rows4;
    },
  };
  return { ...bounds, flows: Object.assign(watchedRows, rest) };
}

/** Merges the windows of lanes that take their time, as threads do; says which they were and how many were held at a time. */
async function mergeAll(lanes: readonly MergeLane[], threads: number, windows: readonly LaneWindow[][]) {
  const random = seededRandom(lanes.length);
  const turns = async () => {
    for (let left = random() % 5; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
  };
  const closed: Closed[] = [];
  const left = windows.map((ofLane) => [...ofLane]);
  const reading = new Set<number>();
  const held = new Set<number>();
  let mostHeld = 0;
  const endTurn = (lane: number) => {
    const next = left[lane]![0];
    if (next === undefined) merge.end(lane);
    else merge.announce(lane, next.startUs);
  };
  const takeTurn = async (lane: number) => {
    const { thread, isPipe } = lanes[lane]!;
    const beside = [...reading].filter((other) => lanes[other]!.thread === thread && !lanes[other]!.isPipe);
    assert.ok(isPipe || beside.length === 0, 'a thread reads one file at a time');
    reading.add(lane);
    held.add(lane);
    mostHeld = Math.max(mostHeld, held.size);
    await turns();
    reading.delete(lane);
    const window = left[lane]!.shift()!;
    if (window.flows.packets > 0)
      merge.offer(
        lane,
        watched(window, () => held.delete(lane)),
      );
    else held.delete(lane);
    endTurn(lane);
  };
  const merge = new WindowMerge({
    lanes,
    threads,
    emptyTable: () => newTable(),
    windowClosed: async ({ startUs, endUs, table }) => {
      closed.push({ startUs, endUs, flows: valuesOf(table) });
      await turns();
    },
    goOn: (lane) => void takeTurn(lane),
  });
  lanes.forEach((_, lane) => {
    endTurn(lane);
  });
  await merge.ended;
  assert.equal(merge.packetsWaiting, 0);
  return { closed, mostHeld };
}

const filesOn = (threads: number, count: number): MergeLane[] =>
  Array.from({ length: count }, (_, lane) => ({ thread: lane % threads, isPipe: false }));

describe('merge', () => {
  test('adds up the windows of captures that overlap, in the order of the captures', async () => {
    const windows = [[window(10, 1, 2), window(30, 1)], [window(0, 9), window(10, 2, 3), window(20, 4)], []];
    for (const threads of [1, 2, 3]) {
      const { closed } = await mergeAll(filesOn(threads, 3), threads, windows);
      assert.deepEqual(closed, [
        { startUs: 0, endUs: 10, flows: [flow(9, 1)] },
        { startUs: 10, endUs: 20, flows: [flow(1, 1), flow(2, 2), flow(3, 1)] },
        { startUs: 20, endUs: 30, flows: [flow(4, 1)] },
        { startUs: 30, endUs: 40, flows: [flow(1, 1)] },
      ]);
    }
  });

  test('gives no record of a window without packets', async () => {
    const windows = [
      [window(0), window(10, 1)],
      [window(0), window(20)],
    ];
    const { closed } = await mergeAll(filesOn(2, 2), 2, windows);
    assert.deepEqual(closed, [{ startUs: 10, endUs: 20, flows: [flow(1, 1)] }]);
  });

  test('ends where no capture has anything', async () => {
    assert.deepEqual((await mergeAll(filesOn(2, 3), 2, [[], [], []])).closed, []);
  });

  test('holds the rows of no more captures than there are threads, however many captures there are', async () => {
    for (const [threads, count] of [
      [1, 40],
      [2, 40],
      [4, 7],
    ] as const) {
      // Some windows are those of few captures, and some of captures that all have the same thread.
      const starts = [0, 10, 20, 30];
      const has = (lane: number, startUs: number) => startUs < 20 || lane % (startUs / 10) === 0;
      const windows = Array.from({ length: count }, (_, lane) =>
        starts.filter((startUs) => has(lane, startUs)).map((startUs) => window(startUs, lane, 1_000)),
      );
      const { closed, mostHeld } = await mergeAll(filesOn(threads, count), threads, windows);
      assert.equal(mostHeld, threads);
      const lanes = Array.from({ length: count }, (_, lane) => lane);
      assert.deepEqual(
        closed.map(({ startUs, flows }) => ({ startUs, keys: flows.map(({ key }) => key).sort() })),
        starts.map((startUs) => {
          const own = lanes.filter((lane) => has(lane, startUs)).map((lane) => flow(lane, 1).key);
          return { startUs, keys: [...own, flow(1_000, 1).key].sort() };
        }),
      );
    }
  });

  test('lets no pipe wait for its turn', async () => {
    const lanes = Array.from({ length: 6 }, () => ({ thread: 0, isPipe: true }));
    const windows = lanes.map((_, lane) => [window(0, lane)]);
    const { closed, mostHeld } = await mergeAll(lanes, 1, windows);
    assert.equal(mostHeld, lanes.length);
    assert.deepEqual(closed, [{ startUs: 0, endUs: 10, flows: lanes.map((_, lane) => flow(lane, 1)) }]);
  });
});
