/**
 * What has to work under whatever Node there is: npm test runs it with this one, npm run test:nodes with others, for which
 * the bindings were not compiled.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadCap } from '../../src/source/live/cap-module.js';
import { assertCollected } from '../support/accounting.js';
import { runProgram } from '../support/program.js';
import { smallPcap } from '../support/small-captures.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { noNetwork } from '../support/veth.js';
import { openCaptureRig } from './capture-rig.js';

describe('under any Node', () => {
  const folder = temporaryFolder();

  test('a file becomes records', async () => {
    const file = folder.file('small.pcap', smallPcap);
    const { exitCode, stdout, stderr } = await runProgram(['-r', file, '--interval', '0', '--to', '-']);
    assert.equal(exitCode, 0, stderr);
    assert.ok(stdout.split('\n').length > 1, stdout);
    assert.match(stderr, /^pcap-agg: balanced$/m);
  });

  for (const words of [[], ['--engine', 'batch']]) {
    test(`an interface is captured: ${words.join(' ') || 'the default'}`, {
      skip: noNetwork,
    }, async (context) => {
      const { collector, capture, send } = await openCaptureRig(context);
      const program = await capture(...words);
      await send(100);
      program.child.kill('SIGTERM');
      const finished = await program.finished;
      const { frames } = await assertCollected(finished, collector);
      assert.equal(frames, 100);
      const isBatchInstead =
        /^pcap-agg: batch captures in place of cap: .*it was built for Node's module version \d+, and v[\d.]+ has \d+\); build it with "npm run bindings"$/m;
      const wantsCap = words.length === 0 && loadCap().cap === undefined;
      assert.equal(isBatchInstead.test(finished.stderr), wantsCap, finished.stderr);
    });
  }
});
