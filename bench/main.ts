/**
 * npm run bench -- [--quick] [--only PART ...] [--before BUNDLE] [--output FILE]
 *
 * Measures pcap-agg beside its peers and writes bench/RESULTS.md. Needs root (it makes network namespaces) and a C
 * compiler. Everything it makes is removed at its end, also when it is interrupted.
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Section } from './bench.js';
import { endAll } from './command.js';
import { closeAllLinks } from './links.js';
import { conversations } from './parts/conversations.js';
import { encoding } from './parts/encoding.js';
import { figures } from './parts/figures.js';
import { flush } from './parts/flush.js';
import { folding } from './parts/folding.js';
import { growth } from './parts/growth.js';
import { health } from './parts/health.js';
import { live } from './parts/live.js';
import { names } from './parts/names.js';
import { offline } from './parts/offline.js';
import { outputsPart } from './parts/outputs.js';
import { owners } from './parts/owners.js';
import { rate } from './parts/rate.js';
import { stall } from './parts/stall.js';
import { startUp } from './parts/start-up.js';
import { isMet, report } from './report.js';
import { short } from './statistics.js';
import { buildTools, installPeers, projectRoot } from './tools.js';

/** In this order; the longest is the last. */
const parts = {
  'start-up': startUp,
  encoding,
  live,
  flush,
  outputs: outputsPart,
  rate,
  stall,
  conversations,
  folding,
  figures,
  names,
  owners,
  health,
  growth,
  offline,
} as const;
type PartName = keyof typeof parts;

/** What --quick measures: the parts that hold the main targets. */
const quickParts: readonly PartName[] = [
  'start-up',
  'encoding',
  'conversations',
  'figures',
  'offline',
  'live',
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      before: { type: 'string' },
      output: { type: 'string', default: join(projectRoot, 'bench', 'RESULTS.md') },
    },
  });
  const chosen = choose(values.only, values.quick);
  if (process.getuid?.() !== 0)
    throw new Error('the benchmarks need root: they make network namespaces and capture');
  const directory = mkdtempSync(join(tmpdir(), 'pcap-agg-bench-'));
  cleanUpAtEnd(directory);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  installPeers(say);
  const tools = buildTools(directory);
  const { quick, before } = values;
  const bench: Bench = { quick, runs: quick ? 3 : 5, before, directory, tools, say };
  const sections: Section[] = [];
  const partial = `${values.output}.partial`;
  for (const name of chosen) {
    sections.push(await parts[name](bench));
    // After each part, so that an interrupted run has something to show for its time.
    writeFileSync(partial, await report(bench, sections, commandLine(values)));
  }
  renameSync(partial, values.output);
  for (const target of sections.flatMap((section) => section.targets)) {
    const measured =
      target.measured === undefined ? 'not measured' : `${short(target.measured)}${target.unit}`;
    say(
      `${isMet(target) ? 'met   ' : 'MISSED'} ${target.promise}: ${measured} (≤ ${short(target.limit)}${target.unit})`,
    );
  }
  say(`written: ${values.output}`);
}

function choose(only: readonly string[] | undefined, quick: boolean): PartName[] {
  const all = Object.keys(parts) as PartName[];
  if (only === undefined) return all.filter((name) => !quick || quickParts.includes(name));
  for (const name of only) {
    if (!(name in parts))
      throw new Error(`--only ${name}: there is no such part; the parts are ${all.join(', ')}`);
  }
  return all.filter((name) => only.includes(name));
}

interface Arguments {
  readonly quick: boolean;
  readonly only?: readonly string[];
  readonly before?: string;
}

/** How to repeat it. */
function commandLine({ quick, only = [], before }: Arguments): string {
  const words = [...(quick ? ['--quick'] : []), ...only.flatMap((name) => ['--only', name])];
  if (before !== undefined) words.push('--before', 'BUNDLE');
  return words.length === 0 ? 'npm run bench' : `npm run bench -- ${words.join(' ')}`;
}

function cleanUpAtEnd(directory: string): void {
  process.once('exit', () => {
    endAll();
    closeAllLinks();
    rmSync(directory, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
