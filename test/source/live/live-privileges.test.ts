import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { engines } from '../../support/live.js';
import { startLiveProcess } from '../../support/live-process.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendTraffic, type Veth } from '../../support/veth.js';

const nobody = 65_534;

describe('a capture whose process gave up root', { skip: noNetwork }, () => {
  let veth: Veth;
  before(() => {
    veth = openVeth();
  });
  after(() => veth.close());

  const send = (count: number) =>
    sendTraffic(veth, { datagrams: [{ target: veth.hostIPv4, targetPort: 4001, count, payloadBytes: 10 }] });

  for (const { name: engine } of engines) {
    test(`goes on with ${engine} when its interface is deleted and made anew`, async () => {
      const live = startLiveProcess({
        engine,
        options: { interface: veth.host, filter: 'udp port 4001' },
        uid: nobody,
        uidFrom: 'after-open',
      });
      await until('it captures', () => live.report() !== undefined);
      await send(10);
      veth.remove();
      await until('the loss is noticed', () => live.report()?.lines.length === 1);
      veth.recreate();
      await until('it is captured on again', () => live.report()?.counts?.gaps === 1);
      await send(10);
      const { frames, failure, counts } = await live.stop();
      assert.deepEqual([frames, failure, counts?.droppedByKernel], [20, undefined, 0]);
    });

    test(`is refused by ${engine} when it did so before, and told what would help`, async () => {
      const live = startLiveProcess({
        engine,
        options: { interface: veth.host },
        uid: nobody,
        uidFrom: 'before-open',
      });
      const { failure } = await live.stop();
      assert.deepEqual(
        [failure?.kind, failure?.message],
        [
          'permission',
          `-i ${veth.host}: no right to capture packets (CAP_NET_RAW); run it with sudo, or give the right to a service ` +
            'or to a copy of node, as docs/permissions.md shows',
        ],
      );
    });
  }
});
