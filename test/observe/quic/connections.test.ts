/** Whose Initials are opened by whose keys, and how many of them at all. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatenate, hexadecimal, pattern, uint32 } from '../../support/bytes.js';
import { cryptoFrame, type InitialOptions, quicInitial } from '../../support/quic-initials.js';
import { seededRandom } from '../../support/random.js';
import { helloFor, lateHelloFor } from '../../support/tls-hellos.js';
import { QuicRig, reversed, reversed6, type Way } from './rig.js';

const name = 'www.example.com';
const id = hexadecimal('8394c8f03e515708');
const otherId = hexadecimal('0001020304050607');
const serverId = hexadecimal('f067a5502a4262b5');
const acknowledgement = hexadecimal('02 00 00 00 00');
const hello = lateHelloFor(name);
const first = cryptoFrame(0, hello.subarray(0, 900));
const second = cryptoFrame(900, hello.subarray(900));
const whole = cryptoFrame(0, hello);

const initial = (options: Partial<InitialOptions>): Buffer => quicInitial({ id, frames: whole, ...options });
/** Its server's, by the keys that are of the client's id. */
const answer = (options: Partial<InitialOptions> = {}): Buffer =>
  initial({
    id: pattern(8),
    sourceId: serverId,
    keysOf: id,
    sender: 'server',
    frames: acknowledgement,
    ...options,
  });

const ways: readonly [Way, Way][] = [
  [{}, reversed],
  [{ family: 6 }, reversed6],
];

describe('a QUIC connection', () => {
  for (const [there, back] of ways) {
    test(`has its keys when the server has answered, by IPv${there.family ?? 4}`, () => {
      const rig = new QuicRig();
      rig.send(initial({ frames: first }), there);
      rig.send(answer(), back);
      rig.send(initial({ id: serverId, keysOf: id, frames: acknowledgement, packetNumber: 1 }), there);
      rig.send(initial({ id: serverId, keysOf: id, frames: second, packetNumber: 2 }), there);
      assert.deepEqual([rig.asked, rig.became], [[name], 'parsed 3']);
      rig.send(answer(), back);
      rig.send(initial({ id: serverId, keysOf: id, frames: acknowledgement, packetNumber: 3 }), there);
      rig.send(initial({ frames: first }), there);
      assert.deepEqual([rig.asked, rig.became], [[name], 'parsed 3']);
    });
  }

  test('has them where nobody saw the answer, and the id of the server is short', () => {
    for (const newId of [serverId, pattern(3), pattern(0)]) {
      const rig = new QuicRig();
      rig.send(initial({ frames: first }));
      rig.send(initial({ id: newId, keysOf: id, frames: second, packetNumber: 1 }));
      assert.deepEqual([rig.asked, rig.became], [[name], 'parsed 2']);
    }
  });

  test('is tried once by an id that is not known when its name is', () => {
    const rig = new QuicRig();
    rig.send(initial({}));
    for (let packetNumber = 1; packetNumber < 5; packetNumber++)
      rig.send(initial({ id: serverId, keysOf: id, frames: acknowledgement, packetNumber }));
    assert.equal(rig.became, 'parsed 1, not-opened 1');
  });

  test('has new keys after a Retry, while it waits and when it does not', () => {
    for (const frames of [first, whole]) {
      const rig = new QuicRig();
      rig.send(initial({ frames }));
      const token = pattern(40);
      rig.send(initial({ id: serverId, token, frames: first, packetNumber: 1 }));
      rig.send(initial({ id: serverId, token, frames: second, packetNumber: 2 }));
      assert.equal(rig.asked.at(-1), name);
      assert.equal(rig.became, frames === first ? 'parsed 2, incomplete 1' : 'parsed 3');
    }
  });

  test('gives way to the next one of the same addresses and ports', () => {
    const rig = new QuicRig();
    rig.send(initial({}));
    rig.send(initial({ id: otherId, frames: cryptoFrame(0, helloFor('b.example')) }));
    assert.deepEqual(rig.asked, [name, 'b.example']);
  });

  test("is not its server's to open", () => {
    const rig = new QuicRig();
    rig.send(answer(), reversed);
    assert.equal(rig.became, 'not-opened 1');
    // By its own keys it would open.
    rig.send(initial({ frames: first }));
    rig.send(initial({ id: otherId }), reversed);
    assert.deepEqual([rig.asked, rig.became], [[], 'not-opened 1, waiting 1']);
  });

  test('is one of the same addresses, ports and direction only', () => {
    for (const other of [
      { sourcePort: 40_001 },
      { targetPort: 444 },
      { source: '10.0.0.3' },
      { target: '10.0.0.3' },
      { family: 6 },
    ] as const) {
      const rig = new QuicRig();
      rig.send(initial({ frames: first }));
      rig.send(initial({ frames: second }), other);
      assert.deepEqual([rig.asked, rig.became], [[], 'waiting 2']);
    }
  });

  test('waits two seconds', () => {
    for (const [waitedUs, became] of [
      [2_000_000, 'parsed 2'],
      [2_000_001, 'incomplete 1, waiting 1'],
    ] as const) {
      const rig = new QuicRig();
      rig.send(initial({ frames: first }), {}, 5_000);
      rig.send(initial({ frames: second }), {}, 5_000 + waitedUs);
      assert.equal(rig.became, became);
    }
  });
});

describe('what is bounded', () => {
  const numbered = (number: number): Uint8Array => concatenate(hexadecimal('5152 5354'), uint32(number));

  test('256 connections wait, the latest', () => {
    const rig = new QuicRig();
    for (let port = 1; port <= 300; port++)
      rig.send(initial({ id: numbered(port), frames: first }), { sourcePort: 1_000 + port });
    assert.equal(rig.became, 'too-many 44, waiting 256');
    for (let port = 300; port >= 1; port--)
      rig.send(initial({ id: numbered(port), frames: second }), { sourcePort: 1_000 + port });
    assert.equal(rig.asked.length, 256);
    assert.equal(rig.became, 'parsed 512, too-many 44, waiting 44');
  });

  test('1,024 connections are remembered', () => {
    const rig = new QuicRig();
    for (let port = 1; port <= 5_000; port++)
      rig.send(initial({ id: numbered(port) }), { sourcePort: 1_000 + port });
    assert.equal(rig.asked.length, 5_000);
    for (let port = 5_000; port > 0; port--) {
      rig.send(initial({ id: numbered(port) }), { sourcePort: 1_000 + port });
      if (port > 5_000 - 1_024) assert.equal(rig.asked.length, 5_000, `${port}`);
    }
    assert.equal(rig.asked.length, 5_000 + 5_000 - 1_024);
  });

  test('so many connections are opened in a second, and those that wait are not kept from it', () => {
    const rig = new QuicRig(10);
    for (let port = 1; port <= 30; port++)
      rig.send(
        initial({ id: numbered(port), frames: first }),
        { sourcePort: 1_000 + port },
        1_000_000 + port,
      );
    assert.equal(rig.became, 'too-many 20, waiting 10');
    for (let port = 1; port <= 30; port++)
      rig.send(
        initial({ id: numbered(port), frames: second }),
        { sourcePort: 1_000 + port },
        1_100_000 + port,
      );
    assert.deepEqual([rig.asked.length, rig.became], [10, 'parsed 20, too-many 40']);
    for (let port = 31; port <= 50; port++)
      rig.send(initial({ id: numbered(port) }), { sourcePort: 1_000 + port }, 2_000_001 + port);
    assert.equal(rig.asked.length, 20);
  });

  test('and so many of those that do not open', () => {
    const rig = new QuicRig(10);
    for (let port = 1; port <= 30; port++) rig.send(initial({ id: numbered(port), keysOf: id }), {}, port);
    assert.equal(rig.became, 'too-many 20, not-opened 10');
  });

  test('further datagrams of a connection, and pieces of its hello', () => {
    const rig = new QuicRig(10);
    for (let packetNumber = 0; packetNumber < 30; packetNumber++)
      rig.send(initial({ frames: first, packetNumber }));
    assert.equal(rig.became, 'too-many 9, waiting 21');
    const scattered = Array.from({ length: 65 }, (_, at) => cryptoFrame(1 + 2 * at, pattern(1)));
    const other = new QuicRig();
    other.send(initial({ frames: concatenate(...scattered.slice(1)) }));
    assert.equal(other.became, 'waiting 1');
    other.send(initial({ frames: scattered[0]! }));
    assert.equal(other.became, 'too-many 2');
  });

  test('packets of one datagram: four, and no more than may be opened', () => {
    const parts = [0, 300, 600, 900, 1_200].map((at) => cryptoFrame(at, hello.subarray(at, at + 300)));
    const packets = parts.map((frames, packetNumber) => initial({ frames, packetNumber, datagramBytes: 0 }));
    for (const [mostPerSecond, lastFirst] of [
      [1, packets.slice(3)],
      [2, packets.slice(4)],
      [9, packets.slice(4)],
    ] as const) {
      const rig = new QuicRig(mostPerSecond);
      rig.send(concatenate(...packets));
      assert.equal(rig.became, 'waiting 1');
      rig.send(concatenate(...lastFirst, new Uint8Array(1_200)), {}, 1_000_000);
      assert.deepEqual([rig.asked, rig.became], [[name], 'parsed 2']);
    }
  });

  test('a hello of 8 KiB, whatever offset its pieces claim', () => {
    const rig = new QuicRig();
    rig.send(initial({ frames: first }));
    for (const offset of [8_191, 8_192, 8_193, 2 ** 30, 2 ** 53, 2 ** 61])
      rig.send(initial({ frames: cryptoFrame(offset, pattern(100)) }));
    assert.equal(rig.became, 'waiting 7');
    rig.send(initial({ frames: second }));
    assert.deepEqual([rig.asked, rig.became], [[name], 'parsed 8']);
  });

  test('the time that random bytes take, and nothing comes of them', () => {
    const random = seededRandom(9_369);
    const rig = new QuicRig();
    const start = initial({}).subarray(0, 24);
    for (let round = 0; round < 3_000; round++) {
      const bytes = uint32(...Array.from({ length: 300 + (random() % 40) }, random));
      bytes.set(start.subarray(0, random() % start.length));
      rig.send(bytes, { sourcePort: random() % 64 });
    }
    assert.deepEqual(rig.asked, []);
    assert.match(rig.became, /^malformed \d+, not-opened \d+$/);
  });
});
