/** An interface that goes down or away under the whole program, which has given up root by then. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertCollected } from '../../support/accounting.js';
import { printedLedgers } from '../../support/ledger-text.js';
import type { RunningProgram } from '../../support/program.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';
import { openCaptureRig } from '../capture-rig.js';

/** Resolves when the program says of itself that its capture was interrupted so often. */
async function gaps(program: RunningProgram, count: number): Promise<void> {
  await until(`it goes on after gap ${count}`, () => {
    program.child.kill('SIGUSR1');
    return printedLedgers(program.stderr()).at(-1)?.sources[0]?.gaps === count;
  });
}

describe('an interface that is lost', { skip: noNetwork, concurrency: true }, () => {
  for (const engine of ['cap', 'batch']) {
    test(`is waited for with ${engine}: down, and deleted and made anew`, async (context) => {
      const { veth, collector, capture, send } = await openCaptureRig(context);
      const program = await capture('--engine', engine);
      await send(100);
      veth.down();
      const loss = `pcap-agg: -i ${veth.host}: the interface went down or away; waiting for it to come back\n`;
      await until('the loss is reported', () => program.stderr().includes(loss));
      veth.up();
      await gaps(program, 1);
      await send(50);
      veth.remove();
      veth.recreate();
      await gaps(program, 2);
      await send(25);
      program.child.kill('SIGTERM');
      const finished = await program.finished;
      const ledger = await assertCollected(finished, collector);
      assert.equal(ledger.frames, 175);
      const drops = { droppedByKernel: 0, droppedByInterface: 0 };
      assert.deepEqual(ledger.sources, [{ name: veth.host, ...drops, gaps: 2, isAway: false }]);
      assert.match(finished.stderr, /: capturing again after \d+\.\d s without the interface$/m);
    });

    test(`is a gap in the ledger while it is away, and at the end (${engine})`, async (context) => {
      const { veth, collector, capture, send } = await openCaptureRig(context);
      const program = await capture('--engine', engine);
      await send(100);
      veth.remove();
      await until('the ledger says so', () => {
        program.child.kill('SIGUSR1');
        return printedLedgers(program.stderr()).at(-1)?.sources[0]?.isAway === true;
      });
      program.child.kill('SIGTERM');
      const { frames, sources } = await assertCollected(await program.finished, collector);
      assert.deepEqual([frames, sources[0]?.gaps, sources[0]?.isAway], [100, 1, false]);
    });

    test(`ends the run with --exit-on-interface-loss and ${engine}`, async (context) => {
      const { veth, collector, capture, send } = await openCaptureRig(context);
      const program = await capture('--engine', engine, '--exit-on-interface-loss');
      await send(100);
      veth.down();
      const finished = await program.finished;
      const { frames } = await assertCollected(finished, collector, 1);
      assert.equal(frames, 100);
      const loss = `\npcap-agg: -i ${veth.host}: the interface went down or away\n`;
      assert.ok(finished.stderr.includes(loss), finished.stderr);
    });
  }
});
