/** How long after a window's end all of its records are on disk, where no kill can take them. */
import { execFile } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { buildTool } from '../../bench/tools.js';
import { lastLedger } from '../support/ledger-text.js';
import { offline, startProgram } from '../support/program.js';
import { synFlood } from '../support/syn-flood.js';
import { until } from '../support/until.js';
import { noNetwork } from '../support/veth.js';
import type { ProofCase, Verdict } from './case.js';
import type { Ground } from './ground.js';

const intervalMs = 10_000;
const perSecond = 40_000;
/** The latest time that was seen on a machine with two cores was a third of it. */
const mostMs = 3_000;

async function timeOf(ground: Ground, flows: number): Promise<Verdict> {
  const veth = ground.veth();
  const spool = join(ground.folder, 'spool');
  const to = `http://127.0.0.1:${await ground.port()}/in?spool=${spool}`;
  const settings = ['--interval', '10s', '-B', '64', ...offline];
  const program = startProgram(['-i', veth.host, '--to', to, ...settings, 'tcp dst port 80']);
  ground.atEnd(() => program.child.kill('SIGKILL'));
  await until('it captures', () => program.stderr().includes('capturing on'));
  const file = join(ground.folder, 'flood.pcap');
  writeFileSync(file, synFlood(flows));
  const sender = buildTool('sender', ground.folder);
  // At the beginning of a window, so that all are in it.
  await sleep(intervalMs - (Date.now() % intervalMs) + 100);
  const endMs = Math.ceil(Date.now() / intervalMs) * intervalMs;
  const words = ['netns', 'exec', veth.namespace, sender, '-p', String(perSecond), file, veth.peer];
  await promisify(execFile)('ip', words);
  await sleep(endMs + intervalMs / 2 - Date.now());
  const latestMs = lastWriteMs(spool) - endMs;
  program.child.kill('SIGTERM');
  const { stderr, exitCode } = await program.finished;
  const [sink] = lastLedger(stderr).sinks;
  const wrong = [
    ...(exitCode === 0 && lastLedger(stderr).balanced ? [] : [stderr]),
    ...(sink!.recordsOnDisk >= flows * 0.99 ? [] : [`${sink!.recordsOnDisk} records are on disk`]),
    ...(latestMs > 0 && latestMs < mostMs ? [] : ['too late']),
  ];
  const ledger = `${sink!.recordsOnDisk} on disk ${latestMs.toFixed(0)} ms after the window's end`;
  return { records: 0, duplicates: 0, ledger, wrong };
}

function lastWriteMs(spool: string): number {
  const [folder] = readdirSync(spool).map((name) => join(spool, name));
  const files = readdirSync(folder!).filter((name) => name.endsWith('.runs'));
  return Math.max(...files.map((name) => statSync(join(folder!, name)).mtimeMs));
}

export const spoolTimeCases: readonly ProofCase[] = [1_000, 100_000].map((flows) => ({
  name: `spool: ${flows} records on disk`,
  skip: noNetwork,
  run: (ground) => timeOf(ground, flows),
}));
