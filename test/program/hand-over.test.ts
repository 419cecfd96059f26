/** The default command under more packets than cap keeps up with: its windows, its ledger, and its rights. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { buildTool } from '../../bench/tools.js';
import { assertCollected } from '../support/accounting.js';
import { pcapFile } from '../support/captures.js';
import { frame } from '../support/frames.js';
import { printedLedgers } from '../support/ledger-text.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { noNetwork } from '../support/veth.js';
import { openCaptureRig, targetPort } from './capture-rig.js';

const noCompiler = spawnSync('cc', ['--version']).status === 0 ? false : 'the sender needs a C compiler, cc';
const perSecond = 100_000;

describe('the default command', { skip: noNetwork || noCompiler }, () => {
  const folder = temporaryFolder();

  test(`hands over from cap to batch at ${perSecond} packets a second`, async (context) => {
    const { veth, collector, capture } = await openCaptureRig(context);
    const sender = buildTool('sender', folder.path);
    const packet = frame().ethernet().ipv4({ source: '192.0.2.2', target: '192.0.2.1' }).udp({ targetPort });
    const file = folder.file('one.pcap', pcapFile({}, [packet.payload(10).bytes()]));
    const program = await capture('--interval', '1s');
    const words = [
      'netns',
      'exec',
      veth.namespace,
      sender,
      '-p',
      String(perSecond),
      '-t',
      '5',
      file,
      veth.peer,
    ];
    const sending = promisify(execFile)('ip', words);
    await until('it is handed over', () => {
      program.child.kill('SIGUSR1');
      return program.stderr().includes(' batch captures from now on');
    });
    const { sent } = JSON.parse((await sending).stdout) as { sent: number };
    program.child.kill('SIGTERM');
    const finished = await program.finished;
    const { frames, sources } = await assertCollected(finished, collector);
    const gapMs = Number(/after a gap of ([\d.]+) ms/.exec(finished.stderr)?.[1]);
    const lost = sent - frames - sources[0]!.droppedByKernel!;
    context.diagnostic(`${sent} sent, ${frames} received, ${lost} lost in a gap of ${gapMs} ms`);
    assert.equal(sources[0]?.gaps, 1);
    // The sender may be late and then be as fast as it can.
    assert.ok(lost >= 0 && lost <= 32 + gapMs * 1_000, `${lost} lost in a gap of ${gapMs} ms`);
    assert.ok(gapMs < 20, `a gap of ${gapMs} ms`);
    for (const ledger of printedLedgers(finished.stderr)) assert.ok(ledger.balanced);
    assertWindows(
      collector.records.map(({ time }) => String(time)),
      1_000,
    );
  });
});

/** Each window has one record, and is closed no later than batch's lag and what a busy machine takes after its end. */
function assertWindows(times: readonly string[], intervalMs: number): void {
  // The last one is closed when the program ends.
  const closedMs = times.slice(0, -1).map((time) => Date.parse(`${time.replace(' ', 'T').slice(0, 23)}Z`));
  const windows = closedMs.map((ms) => Math.floor(ms / intervalMs));
  assert.ok(windows.length >= 4, `${windows.length} windows`);
  assert.equal(new Set(windows).size, windows.length, times.join('\n'));
}
