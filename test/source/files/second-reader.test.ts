import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCapture } from '../../../src/source/capture-source.js';
import { pattern } from '../../support/bytes.js';
import * as captures from '../../support/captures.js';
import { fixtureNames, fixturesFolder } from '../../support/fixtures.js';
import { readSource } from '../../support/frame-recorder.js';
import { isReadable, secondReading } from '../../support/second-reader.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();

async function assertSameAsSecondReader(path: string): Promise<void> {
  const { frames } = await readSource((edges) => openCapture(path, edges));
  const ours = frames.map(({ timestampUs, wireBytes, bytes }) => ({
    timestampUs,
    capturedBytes: bytes.length,
    wireBytes,
    bytes,
  }));
  assert.deepEqual(ours, await secondReading(path));
}

describe('pcap-parser finds the same packets', () => {
  const readable = fixtureNames.filter((name) => isReadable(readFileSync(join(fixturesFolder, name))));

  it('in most fixtures', () => assert.ok(readable.length > 50, `${readable.length} can be compared`));

  for (const name of readable) {
    it(`in ${name}`, () => assertSameAsSecondReader(join(fixturesFolder, name)));
  }

  for (const byteOrder of ['little', 'big'] as const) {
    it(`in a ${byteOrder}-endian file of many chunks`, async () => {
      const frames = Array.from({ length: 1_000 }, (_, index) => pattern((index * 7_919) % 1_600));
      await assertSameAsSecondReader(folder.file(byteOrder, captures.pcapFile({ byteOrder }, frames)));
    });
  }
});
