/** What a soak's samples say: whether something grows, is late, or does not add up. */

/** One minute of one program. */
export interface Sample {
  readonly minute: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
  readonly externalMiB: number;
  /** Open file descriptors. */
  readonly descriptors: number;
  readonly handles: number;
  /** Directories that it hears of changes in: control groups. */
  readonly watches: number;
  /** Windows of which records have arrived, in this minute. */
  readonly windows: number;
  /** How long after its end the latest of them was closed. */
  readonly latestMs: number;
  /** Frames since the start. */
  readonly frames: number;
  readonly dropped: number | undefined;
  readonly recordsSent: number;
  readonly recordsUnsent: number;
  readonly recordsWaiting: number;
  readonly balanced: boolean;
}

export interface Verdict {
  /** Findings; empty for a program that passed. */
  readonly wrong: readonly string[];
  /** What was measured, and against which limit. */
  readonly measured: readonly string[];
}

/** Until then caches and queues may fill: a third of the run, at least two minutes and at most ten. */
export const warmUpMinutes = (minutes: number): number => Math.min(10, Math.max(2, minutes / 3));

/** Samples after the warm-up that a slope is taken of; of fewer, noise is all one would see. */
const fewestSamples = 5;

/** Slopes in MiB a minute. What the system keeps resident is noisier than what the heap holds after a collection. */
const growthLimits = [
  { name: 'resident memory', limit: 0.5, of: ({ residentMiB }: Sample) => residentMiB },
  { name: 'heap', limit: 0.1, of: ({ heapMiB }: Sample) => heapMiB },
  { name: 'external memory', limit: 0.25, of: ({ externalMiB }: Sample) => externalMiB },
] as const;

/** Descriptors come and go with the disturbances, watches with the control groups that live just now. */
const spare = { descriptors: 3, watches: 10 } as const;
const latestWindowMs = 1_000;

/** `minutes` is how long the run was to take. */
export function judge(samples: readonly Sample[], minutes: number): Verdict {
  const wrong: string[] = [];
  const measured: string[] = [];
  const settled = samples.filter(({ minute }) => minute > warmUpMinutes(minutes));
  if (settled.length < fewestSamples) measured.push('too short a run to tell growth');
  else {
    for (const { name, limit, of } of growthLimits) {
      const perMinute = slope(settled.map((sample) => [sample.minute, of(sample)]));
      const text = `${name} grows by ${perMinute.toFixed(3)} MiB a minute (limit ${limit})`;
      measured.push(text);
      if (perMinute > limit) wrong.push(text);
    }
    wrong.push(...moreOpen(samples, settled, 'descriptors'), ...moreOpen(samples, settled, 'watches'));
  }
  const latestMs = Math.max(...samples.map((sample) => sample.latestMs));
  measured.push(
    `the latest window was closed ${latestMs.toFixed(0)} ms after its end (limit ${latestWindowMs})`,
  );
  if (latestMs > latestWindowMs) wrong.push(measured.at(-1)!);
  const unbalanced = samples.filter(({ balanced }) => !balanced).map(({ minute }) => minute);
  if (unbalanced.length > 0) wrong.push(`the ledger did not balance in minute ${unbalanced.join(', ')}`);
  return { wrong, measured };
}

function moreOpen(
  samples: readonly Sample[],
  settled: readonly Sample[],
  what: 'descriptors' | 'watches',
): string[] {
  const early = samples.filter((sample) => !settled.includes(sample));
  const before = Math.max(...early.map((sample) => sample[what]));
  const after = settled.at(-1)![what];
  return after > before + spare[what]
    ? [`${after} ${what} are open, up from ${before} after the warm-up`]
    : [];
}

/** The median of the slopes between any two points (Theil and Sen's): a single peak does not move it. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points
    .flatMap(([x, y], i) => points.slice(i + 1).map(([laterX, laterY]) => (laterY - y) / (laterX - x)))
    .sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  return slopes.length % 2 === 1 ? slopes[middle]! : (slopes[middle - 1]! + slopes[middle]!) / 2;
}
