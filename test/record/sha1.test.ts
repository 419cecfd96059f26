import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { digestBytes, hashBlock, longestMessageBytes } from '../../src/record/sha1.js';
import { seededRandom } from '../support/random.js';

test('a message of a block hashes as it does with OpenSSL', () => {
  const random = seededRandom(41);
  const block = new Uint8Array(64);
  const digest = Buffer.alloc(digestBytes);
  const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let messageBytes = 0; messageBytes <= longestMessageBytes; messageBytes++) {
    for (let i = 0; i < block.length; i++) block[i] = random();
    const theirs = createHash('sha1').update(block.subarray(0, messageBytes)).digest('hex');
    hashBlock(viewOf(block), messageBytes, viewOf(digest));
    assert.equal(digest.toString('hex'), theirs, `${messageBytes} bytes`);
  }
});
