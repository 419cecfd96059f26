/** Bodies that share a compressor and memory: each is whole, whatever came before it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Compressor } from '../../../src/sink/http/compressor.js';
import { datadog } from '../../../src/sink/http/dialects/datadog.js';
import { recordsOf } from '../../support/readers/http-reader.js';
import { numberedLines } from '../encoded.js';
import { openHttpRig, runOf } from './http-rig.js';

test('each body is a gzip file of its own, long or short', async () => {
  const compressor = new Compressor();
  after(() => compressor.close());
  // What cannot be compressed comes out in several pieces.
  for (const bytes of [1, 2_000_000, 0, 70_000, 3]) {
    const body = randomBytes(bytes);
    const pieces = [body.subarray(0, bytes >> 1), body.subarray(bytes >> 1)];
    const compressed = Buffer.from(await compressor.compress(pieces));
    assert.ok(gunzipSync(compressed).equals(body), String(bytes));
  }
});

test('memory grows to what is asked for, and is the same again', () => {
  const compressor = new Compressor();
  after(() => compressor.close());
  const first = compressor.memory(100);
  assert.deepEqual([first.length, compressor.memory(50).length], [100, 50]);
  assert.equal(compressor.memory(50).buffer, first.buffer);
  assert.equal(compressor.memory(1_000).length, 1_000);
});

test('a body that is made while another is on its way changes nothing of it', async () => {
  const { reader, transport } = await openHttpRig({ dialect: datadog });
  for (let from = 0; from < 40; from += 2) {
    const runs = [runOf(numberedLines(from, 1, 90_000)), runOf(numberedLines(from + 1, 1, 50))];
    await Promise.all(runs.map((run) => transport.send(run)));
  }
  assert.deepEqual(
    recordsOf(reader.requests).map(({ n }) => n),
    Array.from({ length: 40 }, (_, n) => n),
  );
});
