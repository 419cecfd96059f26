import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatenate, hexadecimal, pattern, uint8 } from '../../support/bytes.js';
import { cryptoFrame, type InitialOptions, quicInitial } from '../../support/quic-initials.js';
import { clientHello, helloFor, lateHelloFor, otherExtensions } from '../../support/tls-hellos.js';
import { datagram, QuicRig } from './rig.js';

const name = 'www.example.com';
const id = hexadecimal('8394c8f03e515708');
const whole = cryptoFrame(0, helloFor(name));

/** One of the client's, of `id`'s keys. */
const initial = (options: Partial<InitialOptions>): Buffer => quicInitial({ id, frames: whole, ...options });

/** A hello that takes two datagrams, in pieces that are out of order, with pings between them. */
const long = lateHelloFor(name);
const piece = (from: number, to: number): Uint8Array => cryptoFrame(from, long.subarray(from, to));
const ping = uint8(1);
const [firstHalf, secondHalf] = [
  concatenate(piece(700, 1_000), ping, piece(0, 20), piece(20, 100), ping, ping),
  concatenate(piece(1_300, long.length), ping, piece(100, 700), piece(1_000, 1_300)),
];

/** A type that is in no Initial, and what goes on behind its end. */
const malformedFrames = ['08 00', '02 05 00 4fff 00', '03 05 00 4fff 00', '1c 01 06 7fff', '06 00 7fff'];

/** RFC 9001, A.2 and RFC 9369, A.2: a hello, and how the Initial with it starts and ends, its tag included. */
const published = {
  frames: hexadecimal(`060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868
    04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a
    00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fba
    baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408
    050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff08011001048000
    75300901100f088394c8f03e51570806048000ffff`),
  packets: {
    1: /^c000000001088394c8f03e5157080000449e7b9aec34d1b1c98d.*e221af44860018ab0856972e194cd934$/,
    2: /^d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6a.*a18b2faa745b6fe189cf772a9f84cbfc$/,
  },
} as const;

for (const version of [1, 2] as const) {
  describe(`QUIC version ${version}`, () => {
    test('is opened as its RFC says', () => {
      const packet = initial({ version, packetNumber: 2, frames: published.frames });
      assert.match(packet.toString('hex'), published.packets[version]);
      const rig = new QuicRig();
      rig.send(packet);
      assert.deepEqual(rig.asked, ['example.com']);
      assert.equal(rig.became, 'parsed 1');
    });

    test('tells a name that is in two datagrams, in either order', () => {
      const halves = [firstHalf, secondHalf].map((frames, packetNumber) =>
        initial({ version, frames, packetNumber }),
      );
      for (const payloads of [halves, halves.toReversed()]) {
        const rig = new QuicRig();
        rig.send(payloads[0]!);
        assert.deepEqual([rig.asked, rig.became], [[], 'waiting 1']);
        rig.send(payloads[1]!);
        assert.deepEqual([rig.asked, rig.became], [[name], 'parsed 2']);
      }
    });
  });
}

describe("a client's Initial", () => {
  test('tells that no name is asked for, and that a name is not shown', () => {
    const rig = new QuicRig();
    rig.send(initial({ frames: cryptoFrame(0, clientHello({ before: otherExtensions })) }));
    assert.deepEqual([rig.asked, rig.became], [['none'], 'without-name 1']);
    rig.send(initial({ frames: cryptoFrame(0, helloFor('<b>')) }), { sourcePort: 2 });
    assert.deepEqual(rig.asked, ['none', 'none']);
    assert.equal(rig.became, 'without-name 1, unfit-name 1');
  });

  test('may have a token, a long id, and other packets behind it', () => {
    const options = { id: pattern(20), sourceId: pattern(20), token: pattern(60) };
    const handshake = hexadecimal('e0 00000001 00 00 05 0102030405');
    const rig = new QuicRig();
    rig.send(
      concatenate(
        initial({ ...options, frames: firstHalf, datagramBytes: 0 }),
        handshake,
        initial({ ...options, frames: secondHalf, packetNumber: 1 }),
      ),
    );
    assert.deepEqual([rig.asked, rig.became], [[name], 'parsed 1']);
  });

  test('has acknowledgements, and the end of a connection, beside what TLS sends', () => {
    const others = hexadecimal('02 05 40ff 01 00 8000 0001 05  03 05 00 00 00 01 02 03  1c 4001 06 02 6f6b');
    const rig = new QuicRig();
    rig.send(initial({ frames: concatenate(others, ping, whole) }));
    assert.equal(rig.became, 'parsed 1');
    for (const [port, bytes] of malformedFrames.entries())
      rig.send(initial({ frames: concatenate(hexadecimal(bytes), uint8(0xff)) }), { sourcePort: port });
    assert.equal(rig.became, `parsed 1, malformed ${malformedFrames.length}`);
  });

  test('is not opened with a bit of it changed', () => {
    const packet = initial({});
    for (let at = 0; at < packet.length; at += 7) {
      const changed = Buffer.from(packet);
      changed[at]! ^= 1 << (at & 7);
      const rig = new QuicRig();
      rig.send(changed);
      assert.deepEqual(rig.asked, [], `byte ${at}`);
      assert.doesNotMatch(rig.became, /parsed|waiting|without-name/, `byte ${at}`);
    }
  });

  test('is refused, or not seen, where it is cut anywhere', () => {
    const frame = datagram(initial({ frames: published.frames }));
    const rig = new QuicRig();
    for (let length = 0; length < frame.length; length++) rig.frame(frame, 0, length);
    // From where its ids end on it is seen.
    assert.equal(rig.became, `cut ${frame.length - 57}`);
    rig.frame(frame);
    assert.equal(rig.became, `parsed 1, cut ${frame.length - 57}`);
  });

  test('has a datagram of 1,200 bytes, an id of 8 at least, and a version that is known', () => {
    const rig = new QuicRig();
    rig.send(initial({ frames: published.frames, datagramBytes: 1_199 }));
    rig.send(initial({ id: pattern(7) }));
    for (const version of ['00000000', '00000002', '709a50c4', 'ff00001d', '1a2a3a4a']) {
      const packet = initial({});
      packet.set(hexadecimal(version), 1);
      rig.send(packet);
    }
    assert.equal(rig.counts.seen, 0);
  });
});
