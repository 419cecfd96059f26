import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LiveEngine } from '../../../src/source/live/live.js';
import { FlowSums } from '../../support/flow-sums.js';
import { engines, type RunningSource, runLive } from '../../support/live.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendTraffic, type Veth } from '../../support/veth.js';

describe('an interface that is lost', { skip: noNetwork }, () => {
  let veth: Veth;
  before(() => {
    veth = openVeth();
  });
  after(() => veth.close());

  const start = (engine: LiveEngine, receiver: FlowSums, exitOnInterfaceLoss = false) =>
    runLive(engine, { interface: veth.host, filter: 'udp port 4001', exitOnInterfaceLoss }, receiver);

  const send = (count: number) =>
    sendTraffic(veth, { datagrams: [{ target: veth.hostIPv4, targetPort: 4001, count, payloadBytes: 10 }] });

  /** Where the machine is busy enough, auto hands over to batch meanwhile, which is a line and a gap more. */
  const isHandOver = (line: string) => line.includes('batch captures from now on');
  const told = ({ lines }: RunningSource) => lines.filter((line) => !isHandOver(line));
  const gaps = ({ source, lines }: RunningSource) => source.counts().gaps - lines.filter(isHandOver).length;

  for (const engine of engines) {
    describe(engine.name, () => {
      test('by going down is captured on again when it is up', async () => {
        const receiver = new FlowSums();
        const running = await start(engine, receiver);
        await send(30);
        veth.down();
        await until('the loss is noticed', () => told(running).length === 1);
        veth.up();
        await until('it is captured on again', () => gaps(running) === 1);
        await send(20);
        await running.stop();

        assert.equal(receiver.frames, 50);
        assert.equal(
          told(running)[0],
          `-i ${veth.host}: the interface went down or away; waiting for it to come back`,
        );
        assert.match(told(running)[1] ?? '', /: capturing again after \d+\.\d s without the interface$/);
        const { gapMs, droppedByKernel } = running.source.counts();
        assert.deepEqual([gaps(running), droppedByKernel], [1, 0]);
        assert.ok(gapMs > 0);
      });

      test('for a moment only loses nothing before and after', async () => {
        const receiver = new FlowSums();
        const running = await start(engine, receiver);
        await send(30);
        veth.down();
        veth.up();
        await send(20);
        await running.stop();
        assert.equal(receiver.frames, 50);
      });

      test('by being deleted is captured on again when it is made anew, each time', async () => {
        const receiver = new FlowSums();
        const running = await start(engine, receiver);
        await send(10);
        for (const round of [1, 2, 3]) {
          veth.remove();
          await until('the loss is noticed', () => told(running).length === 2 * round - 1);
          veth.recreate();
          await until('it is captured on again', () => gaps(running) === round);
          await send(10);
        }
        await running.stop();
        assert.equal(receiver.frames, 40);
        if (engine.name === 'batch') assert.equal(running.source.counts().offeredByKernel, 40);
      });

      test('can be stopped while it is away', async () => {
        const running = await start(engine, new FlowSums());
        veth.remove();
        await until('the loss is noticed', () => told(running).length === 1);
        await running.stop();
        veth.recreate();
      });

      test('ends the capture where that is wanted', async () => {
        const receiver = new FlowSums();
        const running = await start(engine, receiver, true);
        await send(10);
        veth.down();
        await assert.rejects(running.ended, {
          name: 'SourceError',
          kind: 'input',
          message: `-i ${veth.host}: the interface went down or away`,
        });
        veth.up();
        assert.equal(receiver.frames, 10);
      });
    });
  }
});
