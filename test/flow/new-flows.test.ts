/** Flows are told of soon after they began: each once in each window, so many at a time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LiveMeter } from '../../src/flow/live-meter.js';
import { mostNewFlows, type NewFlows, NewFlowTeller } from '../../src/flow/new-flows.js';
import { OpenWindows } from '../../src/flow/open-windows.js';
import { FlowTable } from '../../src/flow/table/flow-table.js';
import { type FigureName, SYN_ACK_SEEN, SYN_SEEN } from '../../src/flow/tally.js';
import { MOST_INTERFACE_INDEX } from '../../src/packet/numbers.js';
import { keyOf, newTable, packetOf, tableAndRows, testSeed, valuesOf } from '../support/flows.js';
import { seededRandom } from '../support/random.js';
import { until } from '../support/until.js';

/** What was told of, in order: key and interface of each flow, and where a time was over; and flags, time to live and window of each. */
class Listener implements NewFlows {
  lines: string[] = [];
  flags: number[] = [];
  ttls: number[] = [];
  starts: number[] = [];
  missedFlows: number[] = [];

  flow(...[key, interfaceIndex, tcpFlags, ttl, startUs]: Parameters<NewFlows['flow']>): void {
    this.lines.push(`${keyOf(key)} on ${interfaceIndex}`);
    this.flags.push(tcpFlags);
    this.ttls.push(ttl);
    this.starts.push(startUs);
  }

  told(): void {
    this.lines.push('told');
  }

  missed(flows: number): void {
    this.missedFlows.push(flows);
  }

  /** What came since the last time. */
  take(): string[] {
    return this.lines.splice(0);
  }
}

const withInterface: ReadonlySet<FigureName> = new Set(['ipBytes', 'interface', 'macs']);

const flow4 = (source0: number, captor = 2) => packetOf({ source0, protocol: 17, interface: captor });
const flow6 = (source3: number, captor = 2) =>
  packetOf({ family: 6, source3, protocol: 6, interface: captor });
const told4 = (source0: number, captor = 2) => `4 ${source0} 0 0 0 17 on ${captor}`;
const told6 = (source3: number, captor = 2) => `6 0 0 0 ${source3} 0 0 0 0 0 0 6 on ${captor}`;

function tellerOver(table: FlowTable) {
  let nowMs = 0;
  const listener = new Listener();
  const teller = new NewFlowTeller(listener, () => nowMs);
  const tell = () => {
    const isWaiting = teller.tell([{ table, startUs: 0 }]);
    return { isWaiting, lines: listener.take() };
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { listener, teller, tell, pass };
}

describe('new flows of a table', () => {
  test('are told of once, in the order in which they were first seen, with the interface of the first packet', () => {
    const table = newTable(1000, withInterface);
    const { tell } = tellerOver(table);
    for (const packet of [flow4(1, 3), flow6(7), flow4(2), flow4(1, 9), flow6(8, -1)]) table.add(packet);
    assert.deepEqual(tell(), {
      isWaiting: false,
      lines: [told4(1, 3), told4(2), told6(7), told6(8, 0), 'told'],
    });
    for (const packet of [flow6(8), flow4(1), flow4(3, MOST_INTERFACE_INDEX + 1), flow6(9)])
      table.add(packet);
    assert.deepEqual(tell().lines, [told4(3, 0), told6(9), 'told']);
    assert.deepEqual(tell().lines, []);
  });

  test('have no interface where nobody counts it', () => {
    for (const figures of [new Set<FigureName>(), new Set<FigureName>(['ipBytes'])]) {
      const table = newTable(10, figures);
      table.add(flow4(1, 3));
      assert.deepEqual(tellerOver(table).tell().lines, [told4(1, 0), 'told']);
    }
  });

  test('have the flags of all packets so far', () => {
    for (const { figures, flags } of [
      {
        figures: new Set<FigureName>(['ipBytes', 'tcpFlags', 'interface']),
        flags: [SYN_SEEN | 0x12, SYN_ACK_SEEN | 0x12, -1],
      },
      { figures: new Set<FigureName>(['interface']), flags: [-1, -1, -1] },
    ]) {
      const table = newTable(10, figures);
      const segment = { protocol: 6, hasPorts: 1 } as const;
      table.add(packetOf({ ...segment, source0: 1, tcpFlags: 0x02 }));
      table.add(packetOf({ ...segment, source0: 1, tcpFlags: 0x10 }));
      table.add(packetOf({ ...segment, family: 6, source3: 1, tcpFlags: 0x12 }));
      table.add(packetOf({ family: 6, source3: 2, protocol: 17, hasPorts: 1 }));
      const { listener, tell } = tellerOver(table);
      tell();
      assert.deepEqual(listener.flags, flags);
    }
  });

  test('have the time to live of all packets so far, where it is one', () => {
    for (const { figures, ttls } of [
      { figures: new Set<FigureName>(['ttl', 'interface']), ttls: [64, 0, 63] },
      { figures: new Set<FigureName>(['interface']), ttls: [-1, -1, -1] },
    ]) {
      const table = newTable(10, figures);
      for (const ttl of [64, 64]) table.add(packetOf({ source0: 1, ttl }));
      for (const ttl of [63, 64]) table.add(packetOf({ source0: 2, ttl }));
      table.add(packetOf({ family: 6, source3: 1, ttl: 63 }));
      const { listener, tell } = tellerOver(table);
      tell();
      assert.deepEqual(listener.ttls, ttls);
    }
  });

  test('come again when the table is cleared for another window', () => {
    const table = newTable(1000, withInterface);
    const { tell } = tellerOver(table);
    table.add(flow4(1));
    table.add(flow6(1));
    tell();
    table.clear();
    assert.deepEqual(tell().lines, []);
    table.add(flow6(1));
    table.add(flow4(2));
    assert.deepEqual(tell().lines, [told4(2), told6(1), 'told']);
  });

  test('are those that have a row: what finds the table full is in none', () => {
    const table = newTable(2, withInterface);
    const { listener, tell, teller } = tellerOver(table);
    for (let source0 = 0; source0 < 5; source0++) table.add(flow4(source0));
    assert.deepEqual(tell().lines, [told4(0), told4(1), 'told']);
    teller.close({ table, startUs: 0 });
    assert.deepEqual([listener.take(), listener.missedFlows], [[], []]);
  });

  test('come once more where one goes on in a second row', () => {
    for (const family of [4, 6] as const) {
      const packet = packetOf({ family, source0: 1, protocol: 17 });
      const { table, rows } = tableAndRows(packet);
      const { tell } = tellerOver(table);
      const told = [`${keyOf(packet)} on 0`, 'told'];
      assert.deepEqual(tell().lines, told);
      const countWord = 4;
      rows[countWord] = 0xffff_fffe;
      for (let i = 0; i < 3; i++) table.add(packet);
      assert.deepEqual(tell().lines, told);
      assert.deepEqual(tell().lines, []);
    }
  });
});

describe('a flood of new flows', () => {
  const flood = (table: FlowTable, from: number, to: number, flow = flow4) => {
    for (let number = from; number < to; number++) table.add(flow(number));
  };

  test('is told of as fast as there is room, and what is left when the window closes is missed', () => {
    const table = newTable(20_000, withInterface);
    const { listener, teller, tell, pass } = tellerOver(table);
    flood(table, 0, 10_000);
    const first = tell();
    assert.deepEqual([first.isWaiting, first.lines.length], [true, mostNewFlows + 1]);
    assert.equal(first.lines[mostNewFlows - 1], told4(mostNewFlows - 1));
    assert.deepEqual(tell(), { isWaiting: true, lines: [] });
    pass(25);
    const second = tell();
    assert.deepEqual([second.isWaiting, second.lines.length], [true, 1_001]);
    assert.equal(second.lines[0], told4(mostNewFlows));
    pass(60_000);
    assert.equal(tell().lines.length, mostNewFlows + 1);
    flood(table, 10_000, 10_100);
    teller.close({ table, startUs: 0 });
    assert.deepEqual(listener.missedFlows, [10_100 - 2 * mostNewFlows - 1_000]);
  });

  test('of one IP version leaves room for the other', () => {
    const half = mostNewFlows / 2;
    const shares = (new4: number, new6: number) => {
      const table = newTable(20_000, withInterface);
      const { tell } = tellerOver(table);
      flood(table, 0, new4);
      flood(table, 0, new6, flow6);
      const { lines } = tell();
      return ['4 ', '6 '].map((family) => lines.filter((line) => line.startsWith(family)).length);
    };
    assert.deepEqual(shares(10_000, 10_000), [half, half]);
    assert.deepEqual(shares(10_000, 5), [mostNewFlows - 5, 5]);
    assert.deepEqual(shares(5, 10_000), [5, mostNewFlows - 5]);
    assert.deepEqual(shares(10_000, 0), [mostNewFlows, 0]);
    assert.deepEqual(shares(0, 10_000), [0, mostNewFlows]);
  });
});

describe('open windows', () => {
  const bounds = (endUs: number) => ({ startUs: endUs - 10, endUs });

  test('tell of flows of all of them, of what two meters share once, and of the last ones when they close', () => {
    const listener = new Listener();
    const windows = new OpenWindows({
      emptyTable: () => newTable(1000, withInterface),
      windowClosed: () => undefined,
      teller: new NewFlowTeller(listener, () => 0),
    });
    const [one, other] = [windows.enter(bounds(20)), windows.enter(bounds(20))];
    one.table.add(flow4(1));
    windows.tellNew!();
    windows.leave(one, 20, 30);
    const next = windows.enter(bounds(30), one);
    next.table.add(flow4(1));
    other.table.add(flow4(1));
    other.table.add(flow4(2));
    windows.tellNew!();
    assert.deepEqual(listener.take(), [told4(1), 'told', told4(2), told4(1), 'told']);
    assert.deepEqual(listener.starts, [10, 10, 20]);
    other.table.add(flow6(3));
    windows.leave(other, 21, 30);
    assert.deepEqual(listener.take(), [told6(3), 'told']);
    windows.enter(bounds(30), other);
    windows.tellNew!();
    assert.deepEqual(listener.take(), []);
  });

  test('tell of what has waited though nothing comes', async () => {
    let nowMs = 0;
    const listener = new Listener();
    const windows = new OpenWindows({
      emptyTable: () => newTable(10_000, withInterface),
      windowClosed: () => undefined,
      teller: new NewFlowTeller(listener, () => nowMs),
    });
    const { table } = windows.enter(bounds(20));
    for (let source0 = 0; source0 < 5_000; source0++) table.add(flow4(source0));
    windows.tellNew!();
    assert.equal(listener.take().length, mostNewFlows + 1);
    nowMs += 60_000;
    await until('all are told of', () => listener.lines.includes('told'));
    assert.deepEqual(
      [listener.lines[0], listener.lines.length],
      [told4(mostNewFlows), 5_000 - mostNewFlows + 1],
    );
  });

  test('do nothing of it where nobody asks', () => {
    const windows = new OpenWindows({ emptyTable: () => newTable(), windowClosed: () => undefined });
    const options = { windows, intervalUs: 10, nowUs: () => 0, leaves: () => {}, breathe: () => {} };
    assert.equal(new LiveMeter(options).delivered, undefined);
  });

  test('tell of each flow once a window, whatever meters do', () => {
    for (let seed = 1; seed <= 12; seed++) checkRandomRun(seededRandom(seed));
  });
});

/** Three meters that come from window to window as they like, by a clock that may be set back. */
function checkRandomRun(random: () => number): void {
  const below = (count: number) => random() % count;
  const listener = new Listener();
  const told = new Map<FlowTable, string[]>();
  let nowMs = 0;
  let closed = 0;
  const check = ({ table }: { readonly table: FlowTable }) => {
    closed++;
    const expected = valuesOf(table).flatMap(({ key }) => (key.startsWith('*') ? [] : [key]));
    const lines = told.get(table) ?? [];
    // Everything is told of or missed; and of each IP version the earliest ones are told of.
    const missed = listener.missedFlows.splice(0).reduce((sum, flows) => sum + flows, 0);
    assert.equal(lines.length + missed, expected.length);
    for (const family of ['4 ', '6 ']) {
      const ofFamily = (keys: readonly string[]) => keys.filter((key) => key.startsWith(family));
      assert.deepEqual(ofFamily(lines), ofFamily(expected).slice(0, ofFamily(lines).length));
    }
    told.delete(table);
    table.clear();
    spare.push(table);
  };
  const spare: FlowTable[] = [];
  const teller = new (class extends NewFlowTeller {
    override tell(windows: Parameters<NewFlowTeller['tell']>[0]): boolean {
      // Of which table a flow is told, the order says: one table after the other is told of by itself.
      return windows
        .map((window) => {
          const { table, startUs } = window;
          const isWaiting = super.tell([window]);
          assert.deepEqual(
            new Set(listener.starts.splice(0)),
            new Set(listener.lines.length > 0 ? [startUs] : []),
          );
          const keys = listener.take().filter((line) => line !== 'told');
          told.set(table, [...(told.get(table) ?? []), ...keys.map((line) => line.replace(/ on .*/, ''))]);
          return isWaiting;
        })
        .includes(true);
    }
  })(listener, () => nowMs);
  const emptyTable = () => spare.pop() ?? new FlowTable(6_000, testSeed, withInterface);
  const windows = new OpenWindows({ emptyTable, windowClosed: check, teller });
  let nowUs = 0;
  const options = { windows, intervalUs: 100, nowUs: () => nowUs, leaves: () => {}, breathe: () => {} };
  const meters = Array.from({ length: 3 }, () => new LiveMeter(options));
  for (const meter of meters) meter.open();
  for (let step = 0; step < 200; step++) {
    nowMs += below(20);
    nowUs += below(20) === 0 ? -150 : below(30);
    const meter = meters[below(3)]!;
    if (nowUs >= meter.windowEndUs || below(30) === 0) meter.advance(nowUs);
    const flows = below(40) === 0 ? 7_000 : below(50);
    for (let i = 0; i < flows; i++)
      meter.packet(below(2) === 0 ? flow4(below(8_000)) : flow6(below(8_000)), nowUs);
    if (below(2) === 0) meter.delivered!();
  }
  for (const meter of meters) meter.close();
  assert.ok(closed > 5, `${closed} windows`);
}
