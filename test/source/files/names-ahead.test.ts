/** Where somebody looks for names, frames of a large file that may carry one are packed whole, and all others as otherwise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCapture } from '../../../src/source/capture-source.js';
import { type CapturedFrame, pcapFile } from '../../support/captures.js';
import { readSource } from '../../support/frame-recorder.js';
import { changedByChance, ethernetFrames } from '../../support/name-frames.js';
import { mayCarryName } from '../../support/name-rule.js';
import { seededRandom } from '../../support/random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();

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
    mayCarryName(captured, { typeAt: 12, mostTags: 2 }, { anyPort: true, wireBytes: wireBytes! }),
  );
  assert.deepEqual(
    withNames,
    isName.map((is, index) => (is ? whole : without)[index]),
  );
  const names = isName.filter(Boolean).length;
  assert.ok(
    names > 3_000 && names < written.length / 2 + 1_000,
    `${names} of ${written.length} may carry a name`,
  );
  assert.deepEqual(await read(path, true, 'inner'), whole);
});

test('a large file of another link type is packed whole', async () => {
  const path = folder.file('raw.pcap', pcapFile({ linkType: 101 }, randomFrames(12)));
  assert.deepEqual(await read(path, true), await read(path, false, 'inner'));
});
