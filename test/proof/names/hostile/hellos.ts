/** Hellos that come in pieces, or not at all, or with a thousand extensions. */
import { uint16, uint32 } from '../../../support/bytes.js';
import { frame } from '../../../support/frames.js';
import { seededRandom } from '../../../support/random.js';
import { clientHello, extension, padding, randomBytes, tlsRecords } from '../../../support/tls-hellos.js';
import { type Flood, mostHeld } from './flood.js';

/** Where TCP's piece begins in the stream, and its bytes. */
type Piece = readonly [at: number, bytes: Uint8Array];

const firstSequence = 0xffff_fc00; // So that it goes round within a hello.

function segment(client: number, [at, bytes]: Piece): Uint8Array {
  const source = `10.${(client >> 16) & 255}.${(client >> 8) & 255}.${client & 255}`;
  return frame()
    .ethernet()
    .ipv4({ source, target: '192.0.2.1' })
    .tcp({ sourcePort: 20_000 + (client % 40_000), sequence: (firstSequence + at) >>> 0 })
    .payload(bytes)
    .bytes();
}

/** 1.9 kB, as browsers with keys of ML-KEM send; the name is in the second of three pieces. */
const longHello = (name: string, seed: number): Uint8Array =>
  tlsRecords(clientHello({ serverName: name, before: [padding(850)], behind: [padding(800)], seed }));

const pieceBytes = 640;

const piecesOf = (bytes: Uint8Array): Piece[] =>
  [0, 1, 2].map((piece) => {
    const at = piece * pieceBytes;
    return [at, bytes.subarray(at, piece === 2 ? bytes.length : at + pieceBytes)];
  });

const orders = [
  '0 1 2',
  '0 2 1',
  '1 0 2',
  '1 2 0',
  '2 0 1',
  '2 1 0',
  '0 0 1 2',
  '0 1 1 2',
  '0 2',
  '1 2',
  '0 1',
];

export const piecedHellos: Flood = {
  name: 'hellos in three pieces in any order',
  framesPerSecond: 5_000,
  rounds: 4,
  *frames() {
    let client = 0;
    for (let round = 0; round < 60; round++) {
      for (const order of orders) {
        const pieces = piecesOf(longHello(`first${client}.example`, client));
        for (const piece of order.split(' ')) yield segment(client, pieces[Number(piece)]!);
        client++;
      }
      for (const [overlapAt, bytes] of overlaps(client)) {
        const pieces = piecesOf(longHello(`first${client}.example`, client));
        const other = longHello(`other${client}.example`, client);
        const over: Piece = [overlapAt, other.subarray(overlapAt, overlapAt + bytes)];
        for (const piece of [pieces[0]!, over, pieces[1]!, pieces[2]!]) yield segment(client, piece);
        client++;
      }
    }
  },
  expects: ({ parsed }) => [[parsed === 0, 'no hello that came in order was parsed']],
  // Where a piece of the other begins within the name, it came first and stands, as it does for the server.
  shown: /^[firstohe]{5}\d+\.example$/,
};

/** Where a piece of another hello lies over the true one: before, within, across borders, over everything. */
const overlaps = (seed: number): readonly (readonly [at: number, bytes: number])[] => [
  [pieceBytes - 10, 20],
  [pieceBytes, 300],
  [pieceBytes - 200, pieceBytes],
  [0, 3 * pieceBytes],
  [950 + (seed % 40), 40],
];

const halfHelloCount = 10_000;

export const halfHellos: Flood = {
  name: `${halfHelloCount} hellos that are never finished`,
  framesPerSecond: halfHelloCount,
  *frames() {
    const [first] = piecesOf(longHello('never.example', 1));
    const longest = tlsRecords(clientHello({ serverName: 'never.example', before: [padding(60_000)] }));
    const pieces: readonly Piece[] = [first!, [0, longest.subarray(0, 1_400)], [0, longest.subarray(0, 7)]];
    for (let client = 0; client < halfHelloCount; client++) yield segment(client, pieces[client % 3]!);
  },
  expects: ({ parsed }) => [[parsed > 0, `${parsed} hellos were parsed that never came`]],
  shown: /^(?!)/,
};

const extensionCount = 1_000;

export const manyExtensions: Flood = {
  name: `hellos of ${extensionCount} extensions`,
  framesPerSecond: 2_000,
  rounds: 3,
  *frames() {
    const random = seededRandom(443);
    const extensions = Array.from({ length: extensionCount }, (_, at) =>
      extension(0x1000 + at, randomBytes(at, at % 5)),
    );
    const front = tlsRecords(clientHello({ serverName: 'front.example', behind: extensions }));
    const end = tlsRecords(clientHello({ serverName: 'end.example', before: extensions }));
    const twice = tlsRecords(clientHello({ serverName: 'one.example', behind: [extension(0, uint16(0))] }));
    let client = 1 << 20;
    for (const bytes of [front, end, twice]) {
      for (let at = 0; at < bytes.length; at += 1_400)
        yield segment(client, [at, bytes.subarray(at, at + 1_400)]);
      client++;
    }
    const small = tlsRecords(clientHello({ serverName: 'small.example', before: [padding(20)] }));
    const inSmallRecords = tlsRecords(clientHello({ serverName: 'records.example' }), 1);
    yield segment(client++, [0, inSmallRecords.subarray(0, 1_400)]);
    for (let end = 1; end < small.length; end++) yield segment(client++, [0, small.subarray(0, end)]);
    for (let change = 0; change < 5_000; change++) {
      const bytes = Uint8Array.from(small);
      // Rather in the front, where lengths are.
      bytes.set(randomBytes(random(), 1 + (random() % 2)), random() % (bytes.length - 2));
      bytes.set(randomBytes(random(), 1), random() % 9);
      yield segment(client++, [0, bytes]);
    }
  },
};

const crumbsPerSecond = 20_000;

/** Hellos of nothing but empty extensions, of which the last byte is sent again and again. */
export const crumbs: Flood = {
  name: 'one byte of long hellos again and again',
  framesPerSecond: crumbsPerSecond,
  rounds: 3,
  *frames() {
    const empty = Array.from({ length: 2_500 }, (_, at) => extension(0x1000 + at));
    const bytes = tlsRecords(clientHello({ serverName: 'never.example', before: empty }));
    const clients = 20;
    for (let client = 0; client < clients; client++) {
      for (let at = 0; at < 8_100; at += 1_350) yield segment(client, [at, bytes.subarray(at, at + 1_350)]);
      const crumb = segment(client, [8_050, bytes.subarray(8_050, 8_051)]);
      for (let again = 0; again < crumbsPerSecond / clients; again++) yield crumb;
    }
  },
  expects: ({ parsed }) => [[parsed > 0, `${parsed} hellos were parsed that never came`]],
  shown: /^(?!)/,
};

const connectionCount = 100_000;
const connectionsPerSecond = 20_000;

/** More connections with names than are remembered. */
export const connectionFlood: Flood = {
  name: `${connectionCount} connections with a name each`,
  framesPerSecond: connectionsPerSecond,
  *frames() {
    const template = Buffer.from(
      segment(0, [0, tlsRecords(clientHello({ serverName: 'name000000.example' }))]),
    );
    const nameAt = template.indexOf('name000000') + 4;
    const [sourceAt, portAt] = [26, 34];
    for (let index = 0; index < connectionCount; index++) {
      const bytes = Buffer.from(template);
      bytes.set(uint32(0x0a00_0000 + index * 3), sourceAt);
      bytes.writeUInt16BE(1_024 + (index % 60_000), portAt);
      bytes.write(String(index).padStart(6, '0'), nameAt, 'latin1');
      yield bytes;
    }
  },
  expects: ({ parsed, evicted }, { frames }) => [
    [parsed < frames, `${parsed} of ${frames} hellos were parsed`],
    [frames > mostHeld && evicted === 0, 'nothing was evicted'],
  ],
  shown: /^name\d{6}\.example$/,
};
