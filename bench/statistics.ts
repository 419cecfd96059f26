/** Medians, ratios of paired runs, and numbers as people read them. */

export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs that took place one after the other, `undefined` where one failed. */
export type Runs = readonly (number | undefined)[];

export function medianOfRuns(runs: Runs): number | undefined {
  return median(runs.filter((run) => run !== undefined));
}

/** The median of run-by-run ratios, so that a slow minute of the machine weighs on both sides. */
export function pairedRatio(above: Runs, below: Runs): number | undefined {
  const ratios: number[] = [];
  for (const [index, value] of above.entries()) {
    const other = below[index];
    if (value !== undefined && other !== undefined && other > 0) ratios.push(value / other);
  }
  return median(ratios);
}

/** The median of run-by-run differences. */
export function medianDifference(above: Runs, below: Runs): number | undefined {
  const differences = above.map((value, index) => {
    const other = below[index];
    return value === undefined || other === undefined ? undefined : value - other;
  });
  return median(differences.filter((difference) => difference !== undefined));
}

/** Smallest and greatest run, for "how far to trust this". */
export function spread(runs: Runs): string {
  const values = runs.filter((run) => run !== undefined);
  return values.length < 2 ? '' : `${short(Math.min(...values))}–${short(Math.max(...values))}`;
}

/** Three significant digits, thousands apart: 0.0123, 1.23, 12.3, 123, 1,234. */
export function short(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  if (size === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return value.toFixed(Math.min(decimals, 4));
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A Markdown table. Every row has as many cells as `head`; all but the first `words` columns are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], words = 1): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, index) => (index < words ? '---' : '---:')));
  return [line(head), rule, ...rows.map(line)].join('\n');
}
