/** Whoever asks for new flows hears of them soon after their frames, from each engine, and with the interface that captured them. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { NewFlows } from '../../../src/flow/new-flows.js';
import type { FigureName } from '../../../src/flow/tally.js';
import { steadyMs } from '../../../src/host/clock.js';
import { formatIPv4 } from '../../../src/packet/address.js';
import { sourcePortOf } from '../../../src/packet/packet.js';
import { LiveIntake } from '../../../src/run/intake.js';
import { batchEngine } from '../../../src/source/live/batch.js';
import { capEngine } from '../../../src/source/live/cap.js';
import { HostInterfaces } from '../../../src/source/live/interfaces/host-interfaces.js';
import { openLive } from '../../../src/source/live/live-source.js';
import { FlowSums } from '../../support/flow-sums.js';
import { newTable } from '../../support/flows.js';
import { autoEngine, engines, liveClocks, liveOptions, runLive } from '../../support/live.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendTraffic, startTraffic, type Veth } from '../../support/veth.js';

/** Other tests send as well: a port that is this file's. */
const port = randomInt(28_000, 30_000);
const filter = `udp dst port ${port}`;
const silent = { line: () => undefined, limited: () => undefined };

const sendFrom = (veth: Veth, sourcePort: number, count = 1) =>
  sendTraffic(veth, {
    datagrams: [{ target: veth.hostIPv4, targetPort: port, sourcePort, count, payloadBytes: 10 }],
  });

/** Notes how many frames came when it was told that they had, and how many at the most before it was. */
class ToldSums extends FlowSums {
  toldFrames = 0;
  mostUntold = 0;
  readonly delivered = () => {
    this.mostUntold = Math.max(this.mostUntold, this.frames - this.toldFrames);
    this.toldFrames = this.frames;
  };
}

describe('after frames were delivered', { skip: noNetwork }, () => {
  for (const engine of engines) {
    test(`their receiver is told so, with ${engine.name}`, async (context) => {
      const veth = openVeth();
      context.after(() => veth.close());
      const receiver = new ToldSums();
      const running = await runLive(engine, { interface: veth.host, filter }, receiver);
      for (const frames of [3, 6]) {
        await sendFrom(veth, 5_001, 3);
        await until('it is told of all', () => receiver.toldFrames === frames);
      }
      await running.stop();
      assert.deepEqual([receiver.frames, receiver.toldFrames], [6, 6]);
    });
  }

  test('it is told so also while cap keeps the event loop from turning', async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    const frameMs = 0.2;
    const receiver = new ToldSums(() => {
      const endMs = performance.now() + frameMs;
      while (performance.now() < endMs);
    });
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    context.after(() => clearInterval(turning));
    const running = await runLive(capEngine, { interface: veth.host, filter }, receiver);
    const traffic = startTraffic(veth, {
      datagrams: [
        { target: veth.hostIPv4, targetPort: port, count: null, payloadBytes: 10, perSecond: 20_000 },
      ],
    });
    await until('many frames came', () => receiver.frames >= 3_000);
    traffic.kill();
    await running.stop();
    assert.ok(receiver.frames > 20 * turns, `${receiver.frames} frames in ${turns} turns`);
    assert.ok(receiver.mostUntold < 500, `${receiver.mostUntold} frames before it was told`);
  });
});

const figures: ReadonlySet<FigureName> = new Set(['interface']);

/** Captures on the interfaces into one table, until `told` has a line for each new flow that `send` makes. */
async function toldOf(
  engine: typeof capEngine,
  names: readonly string[],
  flows: number,
  send: () => Promise<void>,
) {
  const open = (name: string) =>
    openLive(engine, liveOptions({ interface: name, filter }), silent, liveClocks);
  const interfaces = new HostInterfaces();
  interfaces.open();
  const lines: string[] = [];
  const newFlows: NewFlows = {
    flow: ({ source0, ports }, index) =>
      lines.push(`${formatIPv4(source0)}:${sourcePortOf(ports)} on ${index}`),
    told: () => undefined,
    missed: (count) => assert.fail(`${count} missed`),
  };
  const intake = new LiveIntake(await Promise.all(names.map(open)), 'stamps', {
    ...{ intervalUs: 3_600_000_000, nowUs: () => Date.now() * 1_000, nowMs: steadyMs },
    ...{ interfaces, newFlows },
    emptyTable: () => newTable(100, figures),
    windowClosed: () => undefined,
    breathe: () => undefined,
    failed: (error) => assert.fail(error),
  });
  const ended = intake.run();
  await send();
  await until(`${flows} flows are told of`, () => lines.length >= flows);
  intake.stop();
  await ended;
  interfaces.close();
  return lines;
}

const indexOf = (name: string): number => Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8'));

describe('new flows', { skip: noNetwork }, () => {
  test('of several interfaces are told of once, with the one that each came in by', async (context) => {
    const [one, other] = [openVeth(), openVeth()];
    context.after(() => [one, other].map((veth) => veth.close()));
    const captors = [
      { engine: capEngine, names: [one.host, other.host] },
      { engine: autoEngine, names: [one.host, other.host] },
      { engine: batchEngine, names: ['any'] },
    ];
    for (const { engine, names } of captors) {
      const lines = await toldOf(engine, names, 3, async () => {
        await sendFrom(one, 5_001, 2);
        await sendFrom(other, 5_002, 2);
        await sendFrom(one, 5_003, 2);
      });
      assert.deepEqual(
        lines.sort(),
        [
          ...[5_001, 5_003].map((source) => `${one.peerIPv4}:${source} on ${indexOf(one.host)}`),
          `${other.peerIPv4}:5002 on ${indexOf(other.host)}`,
        ].sort(),
      );
    }
  });
});
