/** What a terminal's table counts: a record for each row that is shown, and one for the line of the rest. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ReaderWalk, rowReader } from '../../src/flow/walk.js';
import { Delivery } from '../../src/run/delivery.js';
import { Outbox } from '../../src/sink/outbox.js';
import type { Sink } from '../../src/sink/sink.js';
import { TableView } from '../../src/view/terminal/table.js';
import { groupedDigits } from '../../src/view/terminal/table-text.js';
import { packetOf, testSeed } from '../support/flows.js';

const flows = 5_000;
/** The flow of position n has 1 + n % 7 packets. */
const packetsOf = (position: number) => 1 + (position % 7);
const windowPackets = Array.from({ length: flows }, (_, position) => packetsOf(position)).reduce(
  (sum, packets) => sum + packets,
);

/** Windows of many flows on their way to a terminal of this size, whose records wait until `write`. */
function createRig(columns: number, rows: number) {
  const outbox = new Outbox(1e6);
  const { counts } = outbox;
  const sink: Sink = {
    name: '-',
    counts,
    ready: true,
    write: (encoded, done) => outbox.push(encoded, done),
    tick: () => undefined,
    drained: async () => undefined,
    close: async () => undefined,
  };
  const clock = { nowMs: 0 };
  const consumer = new TableView({
    terminal: { columns, rows },
    colour: false,
    handOn: (records, done) => sink.write(records, done),
  });
  const delivery = new Delivery({
    channels: [
      {
        walk: ({ table }) => new ReaderWalk(rowReader(table)),
        outlets: [{ consumer, sinks: [sink] }],
        counts: { flows: 0, records: 0 },
      },
    ],
    figures: new Set(),
    enrich: () => {
      clock.nowMs += 0.002;
    },
    maxFlows: flows,
    seed: testSeed,
    nowMs: () => clock.nowMs,
    patienceMs: 1_000,
    holdsBack: false,
    hurryAtMs: () => Number.POSITIVE_INFINITY,
  });
  const packetsOpen = () => delivery.packetsOpenFor(sink);
  return {
    counts,
    delivery,
    packetsOpen,
    clock,
    accept(): void {
      const table = delivery.emptyTable();
      for (let source0 = 0; source0 < flows; source0++)
        for (let packet = 0; packet < packetsOf(source0); packet++)
          table.add(packetOf({ family: 4, source0, protocol: 17, payloadBytes: source0 }));
      table.apply();
      delivery.acceptAndSpread({ startUs: 0, endUs: 1e15, table });
    },
    /** Writes what waits, and returns it. */
    write(): string {
      let text = '';
      for (let run = outbox.next(0); run !== undefined; run = outbox.next(0)) {
        text += Buffer.from(run.encoded.bytes.subarray(run.start, run.end)).toString();
        outbox.sent();
      }
      return text;
    },
    /** Packets wherever they are: as many as were accepted, at every moment. */
    accounted(): number {
      const unsent = counts.packetsUnsent.late;
      return packetsOpen() + counts.packetsWaiting + counts.packetsSent + unsent;
    },
  };
}

/** Drains what was accepted, over several turns; `between` is called before each. */
function drain(rig: ReturnType<typeof createRig>, between: () => void): void {
  for (; rig.packetsOpen() > 0; rig.clock.nowMs++) {
    between();
    rig.delivery.tick(rig.clock.nowMs);
  }
}

describe('packets of a window that is shown as a table', () => {
  test('wait until it is there, and then are in its rows and the rest', () => {
    const rig = createRig(80, 10);
    rig.accept();
    rig.accept();
    let moments = 0;
    drain(rig, () => {
      moments++;
      assert.equal(rig.accounted(), 2 * windowPackets);
      assert.equal(rig.counts.packetsWaiting % windowPackets, 0);
    });
    assert.ok(moments > 5, `${moments} moments`);
    assert.deepEqual([rig.counts.recordsWaiting, rig.counts.packetsWaiting], [12, 2 * windowPackets]);
    const lines = rig.write().split('\n');
    // An empty line, the heading, the titles, five rows, and the rest.
    assert.equal(lines.length, 2 * 9 + 1);
    // Those with the most bytes have seven packets each.
    const rest = groupedDigits(windowPackets - 5 * 7);
    assert.match(lines[8]!, new RegExp(`^… and 4,995 more flows, ${rest} packets, `));
    assert.deepEqual([rig.counts.recordsSent, rig.counts.packetsSent], [12, 2 * windowPackets]);
  });

  test('are in the rest alone where the terminal has no room to tell of a flow', () => {
    const rig = createRig(3, 10);
    rig.accept();
    drain(rig, () => undefined);
    const lines = rig.write().split('\n');
    assert.deepEqual([lines.length, lines.at(-2)], [5, '…']);
    assert.deepEqual([rig.counts.recordsSent, rig.counts.packetsSent], [1, windowPackets]);
  });

  test('count as unsent where there was no time to add them up', () => {
    const rig = createRig(80, 10);
    for (let windows = 1; windows <= 10; windows++) {
      rig.accept();
      assert.equal(rig.accounted(), windows * windowPackets);
    }
    drain(rig, () => assert.equal(rig.accounted(), 10 * windowPackets));
    assert.ok(rig.counts.packetsUnsent.late > windowPackets);
    rig.write();
    assert.equal(rig.accounted(), 10 * windowPackets);
    assert.ok(rig.counts.recordsSent >= 10 && rig.counts.recordsSent <= 60, `${rig.counts.recordsSent}`);
  });
});
