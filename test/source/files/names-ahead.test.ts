/** Where somebody looks for names, frames of a large file that may carry one are packed whole, and all others as otherwise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCapture } from '../../../src/source/capture-source.js';
import { concatenate, uint8, uint16, uint32 } from '../../support/bytes.js';
import { type CapturedFrame, pcapFile } from '../../support/captures.js';
import { readSource } from '../../support/frame-recorder.js';
import { frame } from '../../support/frames.js';
import { changedByChance, ethernetFrames } from '../../support/name-frames.js';
import { mayCarryName } from '../../support/name-rule.js';
import { seededRandom } from '../../support/random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();
const ethernet = frame().ethernet();

/** A record with a hello of so many bytes in all, of which only the headers are such. */
const clientHello = (bytes: number): Uint8Array =>
  concatenate(
    uint8(0x16, 3, 1),
    uint16(bytes - 5),
    uint32(0x01000000 + bytes - 9),
    new Uint8Array(bytes - 9).fill(0x77),
  );

/** Sometimes, of three pieces or more, the second is sent twice, or comes after the third. */
function sentAgain<Piece>(pieces: readonly Piece[], client: number): readonly Piece[] {
  const [first, second, third, ...others] = pieces;
  if (first === undefined || second === undefined || third === undefined) return pieces;
  if (client % 5 === 1) return [first, second, second, third, ...others];
  return client % 5 === 2 ? [first, third, second, ...others] : pieces;
}

/** Some are cut; of some, the length on the wire is less than what there is of them. */
function randomFrames(seed: number): CapturedFrame[] {
  const random = seededRandom(seed);
  const made = ethernetFrames();
  return [...made, ...changedByChance(made, 12_000, 12, seed)].map((whole) => {
    const bytes = random() % 4 === 0 ? whole.subarray(0, random() % (whole.length + 1)) : whole;
    return { bytes, wireBytes: random() % 50 === 0 ? random() % 100 : whole.length };
  });
}

async function read(path: string, namesToo: boolean, tunnels: 'outer' | 'inner' = 'outer') {
  const { frames, failure } = await readSource((edges) => openCapture(path, edges, { namesToo, tunnels }));
  assert.equal(failure, undefined);
  return frames.map(
    ({ bytes, wireBytes }) => `${wireBytes}, ${bytes.length}: ${Buffer.from(bytes).toString('hex')}`,
  );
}

test('a large file gives frames that may carry a name whole, and others as without names', async () => {
  const written = randomFrames(11);
  const bytes = pcapFile({}, written);
  assert.ok(bytes.length > 5 << 20, `${bytes.length} bytes are read ahead`);
  const path = folder.file('names.pcap', bytes);
  const [whole, without, withNames] = [
    await read(path, false, 'inner'),
    await read(path, false),
    await read(path, true),
  ];
  const isName = written.map(({ bytes: captured, wireBytes }) =>
    mayCarryName(captured, { typeAt: 12, mostTags: 2 }, wireBytes),
  );
  const wrong = withNames.filter((frame, index) =>
    // What is no name by itself may be the rest of a hello that chance has begun.
    isName[index] ? frame !== whole[index] : frame !== without[index] && frame !== whole[index],
  );
  assert.deepEqual(wrong, []);
  const more = withNames.filter((frame, index) => !isName[index] && frame !== without[index]);
  const names = isName.filter(Boolean).length;
  assert.ok(names > 3_000 && more.length < names / 10, `${names} of ${written.length}, ${more.length} more`);
  assert.deepEqual(await read(path, true, 'inner'), whole);
});

test('a large file gives hellos in pieces whole, on any port, and nothing else of their connections', async () => {
  const piecesOf = [1, 2, 3, 5];
  const links = [ethernet.ipv4(), ethernet.ipv6(), ethernet.vlan(5).ipv4(), ethernet.vlan(5).vlan(6).ipv6()];
  const written: { readonly bytes: Uint8Array; readonly isHello: boolean }[] = [];
  for (let client = 0; written.length < 8_000; client++) {
    const link = links[client % links.length]!;
    // Two connections take turns, and each sends something before its hello and behind it.
    const segments = [1, 2].map((offset) => {
      const tcp = (sequence: number) =>
        link.tcp({ sourcePort: 20_000 + 2 * client + offset, targetPort: 7_001, flags: 0x10, sequence });
      // Some begin just before the numbers do again.
      const start = (2 ** 32 - 200 * (client % 3)) % 2 ** 32;
      const hello = clientHello(700 + 300 * (client % 9));
      const pieces = piecesOf[(client + offset) % piecesOf.length]!;
      const step = Math.ceil(hello.length / pieces);
      const parts = Array.from({ length: pieces }, (_, at) => hello.subarray(at * step, (at + 1) * step));
      const other = (sequence: number) => ({ bytes: tcp(sequence).payload(900).bytes(), isHello: false });
      const hellos = parts.map((part, at) => ({
        bytes: tcp((start + at * step) % 2 ** 32)
          .payload(part)
          .bytes(),
        isHello: true,
      }));
      const before = other((start + 2 ** 32 - 900) % 2 ** 32);
      const end = (start + hello.length) % 2 ** 32;
      return [before, ...sentAgain(hellos, client), other(end), other(end + 900)];
    });
    for (let at = 0; at < 10; at++) for (const of of segments) written.push(...of.slice(at, at + 1));
  }
  const path = folder.file('hellos.pcap', pcapFile({}, written));
  const [whole, without, withNames] = [
    await read(path, false, 'inner'),
    await read(path, false),
    await read(path, true),
  ];
  assert.deepEqual(
    withNames,
    written.map(({ isHello }, index) => (isHello ? whole : without)[index]),
  );
});

test('a large file of another link type is packed whole', async () => {
  const path = folder.file('raw.pcap', pcapFile({ linkType: 101 }, randomFrames(12)));
  assert.deepEqual(await read(path, true), await read(path, false, 'inner'));
});
