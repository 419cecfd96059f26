import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LiveMeter } from '../../src/flow/live-meter.js';
import { type ClosedWindow, OpenWindows } from '../../src/flow/open-windows.js';
import { windowAt, windowFrom } from '../../src/flow/window.js';
import { NOT_IP, PACKET } from '../../src/packet/packet.js';
import { type FlowValue, newTable, packetOf, valuesOf } from '../support/flows.js';

const second = 1_000_000;

interface Closed {
  readonly startUs: number;
  readonly endUs: number;
  readonly flows: FlowValue[];
}

function liveMeter(nowUs: () => number) {
  const closed: Closed[] = [];
  const windows = new OpenWindows({
    emptyTable: () => newTable(),
    windowClosed: ({ startUs, endUs, table }: ClosedWindow) => {
      closed.push({ startUs, endUs, flows: valuesOf(table) });
    },
  });
  const intervalUs = 10 * second;
  const meter = new LiveMeter({ intervalUs, nowUs, windows, leaves: () => {}, breathe: () => {} });
  meter.open();
  /** Delivers as a source does. */
  const deliver = (timestampUs: number, source0: number, payloadBytes: number) => {
    if (timestampUs >= meter.windowEndUs) meter.advance(timestampUs);
    meter.packet(packetOf({ source0, protocol: 17, payloadBytes }), timestampUs);
  };
  return { meter, windows, closed, deliver };
}

const flow = (source0: number, count: number, length: number): FlowValue => ({
  key: `4 ${source0} 0 0 0 17`,
  count,
  length,
});

describe('windows', () => {
  test('of a capture are aligned to the clock', () => {
    assert.deepEqual(windowAt(47.5 * second, 20 * second), { startUs: 40 * second, endUs: 60 * second });
    assert.deepEqual(windowAt(40 * second, 20 * second), { startUs: 40 * second, endUs: 60 * second });
    assert.deepEqual(windowAt(-1, 20 * second), { startUs: -20 * second, endUs: 0 });
    assert.deepEqual(windowAt(5, 0), { startUs: 0, endUs: Number.POSITIVE_INFINITY });
  });

  test('of the wall clock end at its intervals, and are not made shorter than a tenth', () => {
    assert.deepEqual(windowFrom(41 * second, 20 * second), { startUs: 41 * second, endUs: 60 * second });
    assert.deepEqual(windowFrom(59 * second, 20 * second), { startUs: 59 * second, endUs: 80 * second });
  });
});

describe('meter of a live source', () => {
  test('stamps a live window with the moment of its closing', () => {
    let now = 101 * second;
    const { meter, closed, deliver } = liveMeter(() => now);
    assert.equal(meter.windowEndUs, 110 * second);
    deliver(102 * second, 1, 5);
    now = 110.25 * second;
    meter.advance(now);
    assert.deepEqual(closed, [{ startUs: 101 * second, endUs: 110.25 * second, flows: [flow(1, 1, 5)] }]);
    assert.equal(meter.windowEndUs, 120 * second);
  });

  test('goes on when the wall clock jumps an hour back or forward', () => {
    let now = 10_001 * second;
    const { meter, closed, deliver } = liveMeter(() => now);
    deliver(now, 1, 1);
    now -= 3_600 * second;
    meter.advance(now);
    assert.equal(meter.windowEndUs, 6_410 * second);
    deliver(now, 2, 2);
    now += 7_200 * second;
    deliver(now, 3, 3);
    meter.close();
    assert.deepEqual(
      closed.map(({ flows }) => flows),
      [[flow(1, 1, 1)], [flow(2, 1, 2)], [flow(3, 1, 3)]],
    );
  });

  test('counts every frame once, by what became of it', () => {
    const { meter, windows, deliver } = liveMeter(() => 0);
    const view = new DataView(new ArrayBuffer(60));
    deliver(1, 1, 1);
    meter.undecoded(NOT_IP);
    meter.frame(() => 4, view, 0, 60, 60, 2);
    meter.frame(() => PACKET, view, 0, 60, 60, 3);
    assert.equal(windows.counts.framesReceived, 4);
    assert.equal(windows.counts.packetsAggregated, 2);
    assert.deepEqual([...windows.counts.byOutcome].slice(0, 5), [0, 1, 0, 0, 1]);
    assert.equal(windows.packetsOpen, 2);
  });
});
