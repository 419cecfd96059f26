/** Small fixtures, cut off at every byte, through all stages. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fixtureNames, fixturesFolder } from '../support/fixtures.js';
import { readCapture } from './targets/captures.js';

/** Larger ones have more of the same. */
const mostBytes = 400;

const small = fixtureNames
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(fixturesFolder + name)) }))
  .filter(({ bytes }) => bytes.length <= mostBytes);

const frames = (byOutcome: readonly number[]): number => byOutcome.reduce((sum, count) => sum + count, 0);

describe('a file that is cut at every byte', () => {
  for (const { name, bytes } of small) {
    test(`keeps its promises, and gives no less the more of it is there: ${name}`, async () => {
      let most = 0;
      for (let length = 0; length <= bytes.length; length++) {
        const { byOutcome, failure } = await readCapture(bytes.subarray(0, length));
        if (length === 0) assert.match(failure, /is empty/);
        // zlib drops what it inflated of the piece in which it finds a wrong checksum.
        if (/gzip data are damaged/.test(failure)) continue;
        const count = frames(byOutcome);
        assert.ok(count >= most, `${count} frames of ${length} bytes, ${most} of fewer`);
        most = count;
      }
    });
  }
});
