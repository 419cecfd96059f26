/** What `npm run fuzz` does for hours, for seconds and without chance: known inputs, and the same mutations in every run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../support/random.js';
import { readCorpus, seedsOf } from './corpus.js';
import { mutator } from './mutate.js';
import type { Target } from './targets/target.js';
import { targets } from './targets.js';

/** So many mutations take about a third of a second each. */
const mutations: Readonly<Record<string, number>> = {
  frames: 25_000,
  pcap: 1_200,
  pcapng: 1_500,
  gzip: 300,
  text: 1_500,
  long: 100,
  dns: 20_000,
  ranges: 6_000,
  networks: 6_000,
  schemas: 6_000,
  options: 200,
  verify: 5_000,
  'http-dialects': 3_000,
  'http-answers': 300,
  spool: 3_000,
  'dns-answers': 8_000,
  'client-hello': 20_000,
  'hello-segments': 4_000,
  'quic-frames': 6_000,
  'quic-datagrams': 6_000,
  'owner-texts': 6_000,
  'owner-answers': 1_500,
};

async function attempt(target: Target, input: Uint8Array): Promise<void> {
  try {
    await target.run(input);
  } catch (cause) {
    const base64 = Buffer.from(input).toString('base64');
    throw new Error(`${target.name}: ${(cause as Error).message}; the input in base64: ${base64}`, { cause });
  }
}

describe('whatever comes in', () => {
  test('has a number of mutations for each kind', () => {
    assert.deepEqual(
      Object.keys(mutations),
      targets.map(({ name }) => name),
    );
  });

  for (const target of targets) {
    test(`keeps its promises: ${target.name}`, async () => {
      const pool = [...seedsOf(target), ...readCorpus(target)];
      for (const input of pool) await attempt(target, input);
      const random = seededRandom(20_160_908);
      const mutate = mutator({ pool, words: target.words, maxBytes: target.maxBytes }, random);
      for (let count = 0; count < mutations[target.name]!; count++) {
        await attempt(target, mutate(pool[random() % pool.length]!));
      }
    });
  }
});
