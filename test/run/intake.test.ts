/** How windows of a live capture follow two clocks, one of which may be set at any time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LiveIntake } from '../../src/run/intake.js';
import { type FrameReceiver, nothingLost, type Source } from '../../src/source/source.js';
import { newTable, packetOf } from '../support/flows.js';

const secondUs = 1_000_000;
const hourUs = 3_600 * secondUs;
const defaultIntervalUs = 20 * secondUs;
const lagMs = 250;
/** Midday, and so the start of a window. */
const startUs = 43_200 * secondUs;
const tickMs = 5;

/** Captures on networks of which a test makes every packet, with clocks that it moves. */
function createRig(networks = 1, intervalUs = defaultIntervalUs) {
  let steadyMs = 0;
  let offsetUs = startUs;
  const receivers: FrameReceiver[] = [];
  const enders: (() => void)[] = [];
  let tables = 0;
  const closed: { readonly endUs: number; readonly packets: number }[] = [];
  const sources = Array.from(
    { length: networks },
    (_, network): Source => ({
      name: `network ${network}`,
      lagMs,
      counts: () => nothingLost,
      run(given) {
        receivers[network] = given;
        return new Promise((resolve) => enders.push(resolve));
      },
      stop: () => undefined,
      drain: () => {
        if (network > 0) return true;
        const timestampUs = backlogUs.shift();
        if (timestampUs !== undefined) rig.deliver(timestampUs);
        return backlogUs.length === 0;
      },
    }),
  );
  /** Timestamps of packets that the kernel has of the first network and nobody has taken yet; a call of `drain` takes one. */
  const backlogUs: number[] = [];
  const nowUs = () => steadyMs * 1_000 + offsetUs;
  const intake = new LiveIntake(sources, 'stamps', {
    intervalUs,
    nowUs,
    nowMs: () => steadyMs,
    emptyTable() {
      tables++;
      return newTable();
    },
    windowClosed({ endUs, table }) {
      closed.push({ endUs, packets: table.packetsFrom(0) });
      return undefined;
    },
    breathe: () => undefined,
    failed: (error) => assert.fail(error),
  });
  const ended = intake.run();
  const rig = {
    closed,
    nowUs,
    backlogUs,
    intake,
    tables: () => tables,
    setClock(byUs: number) {
      offsetUs += byUs;
    },
    /** One packet, as a source delivers it. */
    deliver(timestampUs = nowUs(), network = 0) {
      const receiver = receivers[network]!;
      if (timestampUs >= receiver.windowEndUs) receiver.advance(timestampUs);
      receiver.packet(packetOf({ protocol: 17 }), timestampUs);
    },
    /** A packet comes in, behind those that wait. */
    arrive() {
      if (backlogUs.length > 0) backlogUs.push(nowUs());
      else rig.deliver();
    },
    /** Time passes while the process is stopped: the kernel has a packet of the first network for every second. */
    stop(seconds: number) {
      for (let passed = 0; passed < seconds; passed++) {
        steadyMs += 1_000;
        backlogUs.push(nowUs());
      }
    },
    /** All networks end. */
    async end() {
      for (const end of enders) end();
      await ended;
    },
    /** Lets time pass, with a packet of the first network every second. */
    pass(seconds: number) {
      for (let ticks = (seconds * 1_000) / tickMs; ticks > 0; ticks--) {
        steadyMs += tickMs;
        if (steadyMs % 1_000 === 0) rig.arrive();
        intake.closeDueWindow();
      }
    },
  };
  return rig;
}

/** Seconds since midday at which windows were closed, and their packets. */
const summary = (rig: ReturnType<typeof createRig>) =>
  rig.closed.map(({ endUs, packets }) => [Math.floor((endUs - startUs) / secondUs), packets]);

describe('windows of a live capture', () => {
  test('end with the interval of a clock that is left alone', () => {
    const rig = createRig();
    rig.pass(61);
    assert.deepEqual(summary(rig), [
      [20, 19],
      [40, 20],
      [60, 20],
    ]);
  });

  test('go on in a clock that is set back an hour: the one that is open ends in time', () => {
    const rig = createRig();
    rig.pass(10);
    rig.setClock(-hourUs);
    rig.pass(51);
    assert.deepEqual(summary(rig), [
      [20 - 3_600, 20],
      [40 - 3_600, 19],
      [60 - 3_600, 20],
    ]);
  });

  test('go on in a clock that is set forward an hour: the one that is open ends at once', () => {
    const rig = createRig();
    rig.pass(10);
    rig.setClock(hourUs);
    rig.pass(51);
    assert.deepEqual(summary(rig), [
      [10 + 3_600, 10],
      [20 + 3_600, 9],
      [40 + 3_600, 20],
      [60 + 3_600, 20],
    ]);
  });

  test('do not wait for the time of packets that a clock set back has left in the future', () => {
    const rig = createRig();
    rig.pass(19);
    const beforeUs = rig.nowUs();
    rig.setClock(-hourUs);
    // The kernel has kept packets from before, longer than its time-out says.
    rig.pass(2);
    for (let packet = 0; packet < 10; packet++) rig.deliver(beforeUs);
    rig.pass(40);
    // The window of those packets ends when the longest one would, and the next are in step with the clock again.
    assert.deepEqual(summary(rig), [
      [20 - 3_600, 20],
      [21 - 3_600, 1],
      [43 - 3_600, 32],
      [60 - 3_600, 16],
    ]);
  });

  test('wait for packets that the kernel had before their end, as long as there are more', () => {
    const rig = createRig();
    rig.pass(19);
    for (let packet = 0; packet < 100; packet++) rig.backlogUs.push(rig.nowUs() + packet);
    rig.pass(22);
    assert.deepEqual(summary(rig), [
      [20, 119],
      [40, 20],
    ]);
  });

  test('end with the first packet of the next, though more wait', () => {
    const rig = createRig();
    rig.pass(19.005);
    rig.backlogUs.push(rig.nowUs(), startUs + defaultIntervalUs, startUs + defaultIntervalUs + 1);
    rig.pass(22);
    assert.deepEqual(summary(rig), [
      [20, 20],
      [40, 22],
    ]);
  });

  test('do not wait for longer than a second for packets that never get any later', () => {
    const rig = createRig();
    rig.pass(19);
    for (let packet = 0; packet < 1_000; packet++) rig.backlogUs.push(rig.nowUs());
    rig.pass(3);
    assert.equal(rig.closed.length, 1);
    assert.equal(rig.backlogUs.length > 500, true);
  });

  test('last their time in a clock that is set back a little, though the next has the same end', () => {
    const rig = createRig();
    rig.pass(10);
    rig.setClock(-5 * secondUs);
    rig.pass(41);
    assert.deepEqual(summary(rig), [
      [15, 20],
      [20, 4],
      [40, 20],
    ]);
  });
});

describe('windows of a live capture on several interfaces', () => {
  test('have the packets of both that belong to them, in whatever order they are delivered', () => {
    const rig = createRig(2);
    // The first is beyond the window's end when the other one's packets from before it are handed over.
    rig.pass(20.1);
    const deliverLate = (count: number) => {
      for (let packet = 0; packet < count; packet++)
        rig.deliver(startUs + defaultIntervalUs - 50 + packet, 1);
    };
    deliverLate(50);
    assert.deepEqual(rig.closed, []);
    rig.deliver(startUs + defaultIntervalUs, 1);
    assert.deepEqual(summary(rig), [[20, 19 + 50]]);
    rig.pass(20.9);
    assert.deepEqual(summary(rig), [
      [20, 19 + 50],
      [40, 20 + 1],
    ]);
    assert.equal(rig.intake.packetsOpen, 2);
    assert.equal(rig.intake.counts.packetsAggregated, 41 + 51);
  });

  test('end on an interface without packets when the clock says so', () => {
    const rig = createRig(3);
    rig.pass(20.2);
    assert.deepEqual(summary(rig), []);
    rig.pass(0.1);
    assert.deepEqual(summary(rig), [[20, 19]]);
    rig.pass(41);
    assert.deepEqual(summary(rig), [
      [20, 19],
      [40, 20],
      [60, 20],
    ]);
  });

  test('end in time in a clock that is set back an hour, on each of them', () => {
    const rig = createRig(2);
    rig.pass(19);
    const beforeUs = rig.nowUs();
    rig.setClock(-hourUs);
    rig.pass(2);
    for (let packet = 0; packet < 10; packet++) rig.deliver(beforeUs, 1);
    rig.pass(60);
    // The future packets' window ends when the longest one would.
    assert.deepEqual(summary(rig), [
      [20 - 3_600, 20],
      [40 - 3_600, 19],
      [43 - 3_600, 10],
      [60 - 3_600, 20],
      [80 - 3_600, 20],
    ]);
  });

  /** Packets of each window that was closed. */
  const packetsOf = (rig: ReturnType<typeof createRig>) => rig.closed.map(({ packets }) => packets);

  const stories: Record<string, (rig: ReturnType<typeof createRig>) => void> = {
    'a process that was stopped for three windows': (rig) => {
      rig.pass(10);
      rig.stop(70);
      rig.pass(45);
    },
    'a clock that is set back by less than a window': (rig) => {
      rig.pass(18);
      rig.setClock(-15 * secondUs);
      rig.pass(62);
    },
    'a clock that is set back again and again': (rig) => {
      for (let times = 0; times < 6; times++) {
        rig.pass(30);
        rig.setClock(-30 * secondUs);
      }
    },
    'a clock that is set forward': (rig) => {
      rig.pass(10);
      rig.setClock(95 * secondUs);
      rig.pass(40);
    },
  };
  for (const [name, tell] of Object.entries(stories)) {
    test(`are those of one interface where the others have no packets: ${name}`, () => {
      const [one, three] = [createRig(), createRig(3)];
      tell(one);
      tell(three);
      assert.ok(one.closed.length >= 3);
      assert.deepEqual(packetsOf(three), packetsOf(one));
      const times = (rig: ReturnType<typeof createRig>) => new Set(rig.closed.map(({ endUs }) => endUs)).size;
      assert.equal(times(three), times(one));
    });
  }

  test('are the same for a frame near their end, whichever comes first', () => {
    const rig = createRig(2);
    rig.pass(19.9);
    rig.stop(21);
    rig.deliver(startUs + 39.5 * secondUs, 1);
    rig.pass(5);
    assert.deepEqual(packetsOf(rig), [19, 20 + 1]);
  });

  test('are those that hold the moment for an interface that the clock moves on, however near their end', () => {
    const rig = createRig(2);
    rig.pass(9.9);
    rig.stop(29);
    rig.pass(0.7);
    rig.deliver(startUs + 39.5 * secondUs, 1);
    rig.pass(5);
    assert.deepEqual(packetsOf(rig), [19, 20 + 1]);
  });

  const shortUs = secondUs / 10;

  test('are those of their time where they are shorter than packets may be late', () => {
    const rig = createRig(2, shortUs);
    rig.pass(1.02);
    for (let packet = 0; packet < 10; packet++) rig.deliver(rig.nowUs() - 220_000, 1);
    rig.pass(2);
    // From 0.8 s to 0.9; and the one second that there is a packet of the first.
    assert.deepEqual(
      rig.closed.slice(0, 2).map(({ endUs, packets }) => [Math.floor((endUs - startUs) / shortUs), packets]),
      [
        [11, 10],
        [13, 1],
      ],
    );
  });

  test('are those of their time where the first of many frames are taken before the clock is looked at', () => {
    const rig = createRig(2, shortUs);
    rig.pass(1);
    rig.stop(30);
    for (const timestampUs of rig.backlogUs.splice(0)) rig.deliver(timestampUs);
    rig.pass(1);
    assert.deepEqual(packetsOf(rig), Array(31).fill(1));
  });

  test('are closed at the end, one after the other', async () => {
    const rig = createRig(2);
    rig.pass(20.1);
    rig.deliver(startUs + 1, 1);
    assert.deepEqual(summary(rig), []);
    await rig.end();
    assert.deepEqual(packetsOf(rig), [20, 1]);
    assert.ok(rig.closed[0]!.endUs < rig.closed[1]!.endUs);
    assert.equal(rig.intake.packetsOpen, 0);
    // None is opened any more.
    const tables = rig.tables();
    rig.pass(0.1);
    assert.equal(rig.tables(), tables);
  });
});
