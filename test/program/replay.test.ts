/** Every fixture through the real program: whole records, exit code and ledger. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fixtureNames, fixturesFolder, replayFixture } from '../support/fixtures.js';

/** Fixtures that end in an error, by name: cut off or lying about their lengths, or no capture at all. */
const broken =
  /cut-in|-hostile\.pcapng|captured-length-hostile|^gzip-(cut|corrupt)|^nothing-|interface-missing/;

describe('replay', { concurrency: 2 }, () => {
  for (const name of fixtureNames) {
    test(name, async () => {
      const { exitCode, stdout, stderr } = await replayFixture(fixturesFolder + name);
      assert.equal(stdout, readFileSync(`${fixturesFolder}${name}.expected.jsonl`, 'utf8'));
      assert.equal(exitCode, broken.test(name) ? 1 : 0, stderr);
      assert.match(stderr, /^pcap-agg: balanced$/m);
    });
  }
});
