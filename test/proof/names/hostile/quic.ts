/** Initials by the thousand: such that open, such that do not, and what only looks like one. */
import { concatenate, uint8, uint16, uint32 } from '../../../support/bytes.js';
import { frame } from '../../../support/frames.js';
import { cryptoFrame, quicInitial } from '../../../support/quic-initials.js';
import { seededRandom } from '../../../support/random.js';
import { clientHello, padding, randomBytes } from '../../../support/tls-hellos.js';
import type { Flood } from './flood.js';

const perSecond = 20_000;
const seconds = 3;
/** As SECURITY.md states it. */
const mostOpenedPerSecond = 500;

const datagram = (client: number, payload: Uint8Array): Uint8Array =>
  frame()
    .ethernet()
    .ipv4({
      source: `10.${(client >> 16) & 255}.${(client >> 8) & 255}.${client & 255}`,
      target: '192.0.2.1',
    })
    .udp({ sourcePort: 1_024 + (client % 60_000), targetPort: 443 })
    .payload(payload)
    .bytes();

export const initialFlood: Flood = {
  name: `${perSecond} QUIC Initials a second`,
  framesPerSecond: perSecond,
  rounds: seconds,
  *frames() {
    const random = seededRandom(9_001);
    for (let client = 0; client < perSecond; client++)
      yield datagram(client, kinds[client % kinds.length]!(client, random));
  },
  expects: ({ parsed, refused }, { seconds: took, isFile, frames }) => {
    const opened = parsed + (refused['not-opened'] ?? 0);
    const most = mostOpenedPerSecond * (Math.ceil(took) + 1);
    return [
      [parsed === 0, 'none was opened'],
      [!isFile && opened > most, `${opened} were opened, of ${most} at the most`],
      [!isFile && (refused['too-many'] ?? 0) === 0, `of ${frames}, none was too many`],
    ];
  },
  shown: /^quic\d+\.example$/,
};

type Kind = (client: number, random: () => number) => Uint8Array;

const hello = (client: number): Uint8Array =>
  clientHello({ serverName: `quic${client}.example`, seed: client });

/** Of an id that nobody has chosen: the keys are derived before it turns out that nothing opens with them. */
const garbage: Kind = (client, random) => {
  const bytes = randomBytes(client, 1_200);
  const version = [1, 0x6b3343cf][random() % 2]!;
  bytes.set(concatenate(uint8(version === 1 ? 0xc3 : 0xd3), uint32(version), uint8(8)));
  bytes.set(uint8(0, 0), 14);
  bytes.set(uint16(0x4000 | (1_200 - 18)), 16);
  return bytes;
};

const whole: Kind = (client) =>
  quicInitial({
    id: randomBytes(client, 8),
    version: client % 2 === 0 ? 1 : 2,
    frames: cryptoFrame(0, hello(client)),
  });

/** It opens, and waits for the rest for ever. */
const half: Kind = (client) =>
  quicInitial({ id: randomBytes(client, 20), frames: cryptoFrame(0, hello(client).subarray(0, 60)) });

/** In pieces of a byte, from the last to the first. */
const crumbs: Kind = (client) => {
  const bytes = hello(client).subarray(0, 110);
  const frames = [...bytes.keys()].reverse().map((at) => cryptoFrame(at, bytes.subarray(at, at + 1)));
  return quicInitial({ id: randomBytes(client, 8), frames: concatenate(...frames) });
};

/** Of pieces that lie where no hello ends. */
const farAway: Kind = (client) =>
  quicInitial({
    id: randomBytes(client, 8),
    frames: concatenate(
      cryptoFrame(2 ** 40, hello(client).subarray(0, 50)),
      cryptoFrame(65_000, hello(client)),
    ),
  });

/** A hello that says it is long. */
const long: Kind = (client) => {
  const bytes = clientHello({ before: [padding(60_000)], seed: client });
  return quicInitial({ id: randomBytes(client, 8), frames: cryptoFrame(0, bytes.subarray(0, 1_000)) });
};

/** Frames that no Initial has, lengths beyond the end. */
const odd: Kind = (client, random) =>
  quicInitial({ id: randomBytes(client, 8), frames: randomBytes(random(), 40 + (random() % 900)) });

/** Sealed, then damaged. */
const damaged: Kind = (client, random) => {
  const bytes = whole(client, random);
  bytes.set(randomBytes(random(), 2), random() % (bytes.length - 2));
  return bytes;
};

const cut: Kind = (client, random) => whole(client, random).subarray(0, 1 + (random() % 1_100));

const kinds: readonly Kind[] = [
  garbage,
  whole,
  garbage,
  half,
  garbage,
  crumbs,
  farAway,
  long,
  odd,
  damaged,
  cut,
];
