/** RESULTS.md. */
import type { Bench, Section, Target } from './bench.js';
import { meters, versionOf } from './meters/meters.js';
import { short, table } from './statistics.js';
import { describeMachine } from './tools.js';

export async function report(bench: Bench, sections: readonly Section[], command: string): Promise<string> {
  const targets = sections.flatMap((section) => section.targets);
  const programs = await Promise.all(
    meters.map(async (meter) => [meter.name, await versionOf(meter), meter.settings]),
  );
  const parts = [
    '# Benchmark results',
    `Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)}. Numbers are medians of ${bench.runs} runs unless they say otherwise; runs of all programs alternate, and ratios are medians of the ratios of runs that followed each other.`,
    describeMachine()
      .map((line) => `- ${line}`)
      .join('\n'),
  ];
  if (targets.length > 0) parts.push('## Targets', targetTable(targets));
  for (const section of sections) parts.push(`## ${section.title}`, section.text);
  parts.push('## Programs and their settings', table(['program', 'version', 'settings'], programs, 3));
  return `${parts.join('\n\n')}\n`;
}

export function isMet(target: Target): boolean {
  return target.measured !== undefined && target.measured <= target.limit;
}

function targetTable(targets: readonly Target[]): string {
  const rows = targets.map((target) => [
    target.promise,
    `≤ ${short(target.limit)}${target.unit}`,
    target.measured === undefined ? 'not measured' : `${short(target.measured)}${target.unit}`,
    isMet(target) ? 'met' : '**MISSED**',
  ]);
  return table(['target', 'limit', 'measured', ''], rows);
}
