/** A flood of SYN segments from random sources against the default limits. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTool } from '../../bench/tools.js';
import { synFlood } from '../support/syn-flood.js';
import type { Ground } from './ground.js';
import { Subject } from './subject.js';

const intervalMs = 5_000;
const packetsPerSecond = 100_000;
/** The file goes round and round; it is longer than a window, so all flows of a window differ. */
const flows = 1_000_000;
const latestWindowMs = 1_000;
/**
 * The program itself, then what the defaults of --max-flows (40 MiB for 100,000; with health 46, as --help states), --queue and -B take. cap's
 * slots take twice what -B says.
 */
const boundMiB = { cap: 120 + 105 + 64 + 128, batch: 120 + 105 + 64 + 64 } as const;

/** One engine after the other for so many seconds each; resolves with what was wrong. */
export async function flood(ground: Ground, seconds: number): Promise<string[]> {
  const file = join(ground.folder, 'flood.pcap');
  writeFileSync(file, synFlood(flows));
  const sender = buildTool('sender', ground.folder);
  const wrong: string[] = [];
  for (const engine of ['cap', 'batch'] as const)
    wrong.push(...(await floodOne(ground, engine, [sender, '-t', String(seconds), file])));
  return wrong;
}

async function floodOne(
  { veth, print, atEnd }: Ground,
  engine: 'cap' | 'batch',
  [sender, ...words]: readonly string[],
): Promise<string[]> {
  const args = ['-n', '--datadog-ranges', 'off', 'tcp dst port 80'];
  const subject = await Subject.start({ engine, interface: veth.host, intervalMs, args });
  atEnd(() => subject.kill());
  const rate = ['-p', String(packetsPerSecond)];
  const child = spawn('ip', ['netns', 'exec', veth.namespace, sender!, ...rate, ...words, veth.peer]);
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  await once(child, 'close');
  const { latestMs, windows } = await subject.look(0);
  const { peakMiB } = subject;
  const { exitCode, ledger } = await subject.stop();
  const sent = (JSON.parse(output) as { sent: number }).sent;
  const dropped = ledger.sources[0]?.droppedByKernel ?? 0;
  const sink = ledger.sinks[0]!;
  print(
    `${engine}: ${sent} packets sent, ${ledger.frames} frames received, ${dropped} dropped by the kernel; ` +
      `${ledger.folded} packets folded; ${sink.records} records sent, ${sink.recordsUnsent} not sent ` +
      `(${JSON.stringify(sink.unsent)}); ${windows} windows, the latest closed ${latestMs} ms after its end; ` +
      `at most ${peakMiB.toFixed(0)} MiB of ${boundMiB[engine]} allowed; ledger ${ledger.balanced ? 'balanced' : 'NOT BALANCED'}`,
  );
  const findings: readonly (readonly [wrong: boolean, text: string])[] = [
    [exitCode !== 0 || !ledger.balanced, `ended with exit code ${exitCode}; see its ledger`],
    [ledger.frames + dropped !== sent, `${ledger.frames} frames and ${dropped} drops of ${sent} packets`],
    [peakMiB > boundMiB[engine], `${peakMiB} MiB of memory`],
    [latestMs > latestWindowMs, `a window was closed ${latestMs} ms late`],
  ];
  return findings.filter(([isWrong]) => isWrong).map(([, text]) => `${engine}: ${text}`);
}
