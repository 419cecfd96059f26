/** Whatever part of each frame the addon packs, decoding makes the same of it as of the frame that was sent. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeEthernet } from '../../../src/packet/link/ethernet.js';
import { batchEngine } from '../../../src/source/live/batch.js';
import { interfaceIndex } from '../../../src/source/live/interfaces/interfaces.js';
import type { LiveEngine, LiveOptions } from '../../../src/source/live/live.js';
import { DecodingRecorder } from '../../support/decoding-recorder.js';
import { autoEngine, runLive } from '../../support/live.js';
import { senderAddress } from '../../support/name-frames.js';
import { nearFrames } from '../../support/near-frames.js';
import { sendFrames } from '../../support/send-frames.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, type Veth } from '../../support/veth.js';

const frames = nearFrames.map((builder) => builder.bytes());
const filter = `ether src ${senderAddress}`;

/** What decoding makes of the frames cut to `snapshotBytes`. */
function decoded(snapshotBytes: number, healthToo: boolean): DecodingRecorder {
  const recorder = new DecodingRecorder();
  recorder.healthToo = healthToo;
  recorder.from({ linkType: 1, interfaceName: undefined });
  recorder.advance(0);
  for (const bytes of frames) {
    const captured = Math.min(bytes.length, snapshotBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    recorder.frame(decodeEthernet, view, 0, captured, bytes.length, 0);
  }
  return recorder;
}

const withoutTime = ({ lines }: DecodingRecorder) => lines.map((line) => line.replace(/^\d+ /, ''));

describe('parts of frames', { skip: noNetwork }, () => {
  let veth: Veth;
  before(() => {
    veth = openVeth();
  });
  after(() => veth.close());

  /** What each of several captures makes of the frames. */
  const captured = async (
    engine: LiveEngine,
    wishes: readonly Partial<LiveOptions>[],
  ): Promise<DecodingRecorder[]> => {
    const recorders = wishes.map(() => new DecodingRecorder());
    const running = await Promise.all(
      wishes.map((wish, index) => {
        recorders[index]!.healthToo = wish.healthToo === true;
        return runLive(engine, { interface: veth.host, filter, ...wish }, recorders[index]!);
      }),
    );
    sendFrames(veth.peer, frames, veth.namespace);
    for (const { lines } of recorders) await until('all are there', () => lines.length >= frames.length);
    await Promise.all(running.map((one) => one.stop()));
    return recorders;
  };

  const wishes = [false, true].flatMap((namesToo) =>
    [false, true].map((healthToo) => ({ namesToo, healthToo })),
  );

  for (const snapshotBytes of [60, 128, 262_144]) {
    test(`of ${snapshotBytes} bytes at the most`, async () => {
      // With names, some frames come whole.
      const asked = wishes.filter(({ namesToo }) => !namesToo || snapshotBytes > 128);
      const recorders = await captured(
        batchEngine,
        asked.map((wish) => ({ ...wish, snapshotBytes })),
      );
      for (const [index, recorder] of recorders.entries())
        assert.deepEqual(withoutTime(recorder), withoutTime(decoded(snapshotBytes, asked[index]!.healthToo)));
      const [headers, withHealth] = recorders;
      assert.ok(headers!.capturedBytes < withHealth!.capturedBytes, 'less is packed where nobody asks');
    });
  }

  test('by any engine, and from all interfaces at once', async () => {
    const whole = { snapshotBytes: 262_144, healthToo: true };
    const [auto] = await captured(autoEngine, [whole]);
    assert.deepEqual(withoutTime(auto!), withoutTime(decoded(whole.snapshotBytes, true)));
    // Without what the other end's kernel says of itself: messages for neighbours and groups.
    const quiet = 'not arp and not (ip and ip[16] & 0xf0 == 0xe0) and not (ip6 and ip6[24] == 0xff)';
    const all = `ifindex ${interfaceIndex(veth.host)} and ${quiet}`;
    const [cooked] = await captured(batchEngine, [
      { ...whole, interface: 'any', direction: 'in', filter: all },
    ]);
    // Of two tags, some kernels hand over the second with the EtherType behind it.
    const isTaggedTwice = frames.map((bytes) => bytes[12] === 0x81 && bytes[16] === 0x81);
    const ofOne = ({ packets }: DecodingRecorder) => packets.filter((_, index) => !isTaggedTwice[index]);
    assert.deepEqual(ofOne(cooked!), ofOne(decoded(whole.snapshotBytes, true)));
  });
});
