/** Real connections, and what tshark makes of these and of made ones: it shares no code with ours. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { concatenate, uint8 } from '../../support/bytes.js';
import { readClassicPcap } from '../../support/classic-pcap.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { cryptoFrame, quicInitial } from '../../support/quic-initials.js';
import { seededRandom } from '../../support/random.js';
import { clientHello, largeKeyShare, serverNames } from '../../support/tls-hellos.js';
import { dissect } from '../../support/tshark-frames.js';
import { datagram, QuicRig } from './rig.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;
const skip = !isInstalled && 'tshark is not installed';
const serverName = 'tls.handshake.extensions_server_name';

const framesOf = (name: string): Uint8Array[] =>
  readClassicPcap(new Uint8Array(readFileSync(`${fixturesFolder}quic-${name}.pcap`))).frames.map(
    ({ bytes }) => bytes,
  );

/** The names that become known with each frame. */
function namesByFrame(frames: readonly Uint8Array[]): string[] {
  const rig = new QuicRig();
  return frames.map((bytes) => rig.frame(bytes).join());
}

const tsharkNames = (frames: readonly Uint8Array[]): string[] =>
  dissect(
    frames.map((bytes, index) => ({ name: `frame ${index}`, linkType: 1, bytes, wireBytes: bytes.length })),
    [serverName],
    ['-d', 'udp.port==443,quic'],
  ).map((row) => row[serverName]);

const captures = {
  split: { names: ['', 'www.quic.example', '', '', ''], became: 'parsed 2' },
  retry: {
    names: ['', 'retry.quic.example', '', '', '', 'retry.quic.example', '', '', ''],
    became: 'parsed 4',
  },
  'version-2': {
    names: ['two.quic.example', '', '', '', 'upgrade.quic.example', '', '', ''],
    became: 'parsed 2',
  },
} as const;

describe('a captured connection of QUIC', () => {
  for (const [capture, { names, became }] of Object.entries(captures)) {
    const frames = framesOf(capture);

    test(`tells its name, and nothing else of it is opened: ${capture}`, () => {
      assert.deepEqual(namesByFrame(frames), names);
      const rig = new QuicRig();
      for (const bytes of frames) rig.frame(bytes);
      assert.equal(rig.became, became);
    });

    test(`has the names that tshark reads: ${capture}`, { skip }, () => {
      const theirs = tsharkNames(frames);
      assert.ok(theirs.some((name) => name !== ''));
      // It does not put together the hello that is sent again after a Retry.
      for (const [index, name] of theirs.entries()) if (name !== '') assert.equal(name, names[index]);
    });
  }

  test("tells its name where a hello's datagrams change places", () => {
    const [first, second, ...others] = framesOf('split');
    assert.deepEqual(namesByFrame([second!, first!, ...others]), ['', 'www.quic.example', '', '', '']);
    assert.deepEqual(namesByFrame([second!, ...others, first!]).at(-1), 'www.quic.example');
  });

  test('tells it with its first datagrams twice, and not with half of them', () => {
    const [first, second, ...others] = framesOf('split');
    assert.deepEqual(namesByFrame([first!, first!, second!, second!]), ['', '', 'www.quic.example', '']);
    assert.deepEqual(namesByFrame([first!, ...others]).join(''), '');
    assert.deepEqual(namesByFrame([second!, ...others]).join(''), '');
  });
});

test('what tshark reads in hellos that are cut into random pieces is what we read', { skip }, () => {
  const random = seededRandom(9_001);
  const whole = Array.from({ length: 60 }, (_, index) => scattered(index + 1, random));
  const frames = whole.flat();
  const ours = namesByFrame(frames).filter((name) => name !== '');
  assert.deepEqual(
    ours,
    whole.map((_, index) => `host-${index + 1}.example`),
  );
  assert.deepEqual(
    tsharkNames(frames).filter((name) => name !== ''),
    ours,
  );
});

/** One connection's hello: in one datagram or two, its pieces shuffled, in a packet of any shape. */
function scattered(number: number, random: () => number): Uint8Array[] {
  const name = serverNames([0, `host-${number}.example`]);
  const hello = clientHello({
    before: random() % 2 === 0 ? [name, largeKeyShare] : [largeKeyShare, name],
  });
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < hello.length; ) {
    const end = Math.min(hello.length, at + 1 + (random() % 400));
    pieces.push(concatenate(cryptoFrame(at, hello.subarray(at, end)), uint8(random() % 2)));
    at = end;
  }
  for (let last = pieces.length - 1; last > 0; last--) {
    const other = random() % (last + 1);
    [pieces[last], pieces[other]] = [pieces[other]!, pieces[last]!];
  }
  const bytesOf = (count: number) => Uint8Array.from({ length: count }, random);
  const shape = {
    version: random() % 2 === 0 ? 1 : 2,
    id: bytesOf(8 + (random() % 13)),
    sourceId: bytesOf(random() % 21),
    token: bytesOf(random() % 60),
  } as const;
  const half = Math.ceil(pieces.length / 2);
  return [pieces.slice(0, half), pieces.slice(half)]
    .filter((part) => part.length > 0)
    .map((part, packetNumber) =>
      datagram(quicInitial({ ...shape, packetNumber, frames: concatenate(...part) }), {
        sourcePort: 1_000 + number,
      }),
    );
}
