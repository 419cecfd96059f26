/** A small one of the links that `npm run proof:health` tries, so that neither the link's truth nor the rules change unseen. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noLink } from '../../support/link/program.js';
import { openGround } from '../ground.js';
import { agree } from './agreement.js';
import { play } from './scene.js';

describe('a link that loses and reorders', { skip: noLink }, () => {
  test('has its retransmissions counted by both kernels, and told by the program, live and segment by segment', async () => {
    const ground = openGround();
    try {
      const name = 'small';
      const link = { drop: 0.02, reorder: 0.02, delayMs: 2, seed: 17 };
      const talks = { count: 4, atOnce: 4, up: 200_000, down: 100_000, write: 5_000 };
      const seen = await play(ground, { name, link, talks });
      const { arriving, leaving, wrong } = await agree(name, seen);
      assert.deepEqual(wrong, []);
      assert.equal(seen.counts.in + seen.counts.doubled, seen.counts.out + seen.counts.dropped);
      const { truly } = leaving.retransmitted;
      assert.deepEqual(leaving.retransmitted, { truly, told: truly, right: truly });
      assert.equal(arriving.retransmitted.told, arriving.retransmitted.right);
      // Of what the link did, there is enough; and nearly all is found.
      assert.ok(truly > 10 && arriving.late.truly > 5, JSON.stringify({ arriving, leaving }));
      assert.ok(arriving.retransmitted.right >= 0.7 * arriving.retransmitted.truly, JSON.stringify(arriving));
    } finally {
      await ground.close();
    }
  });
});
