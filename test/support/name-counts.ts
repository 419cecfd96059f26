/** What the ledger says of names from the traffic, back as numbers. */

export interface NameCounts {
  /** Frames. */
  readonly seen: number;
  readonly parsed: number;
  /** Frames by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly waiting: number;
  /** Names. */
  readonly held: number;
  readonly evicted: number;
}

/** Of the last ledger in what the program wrote; zeros where it says nothing of names. */
export function nameCounts(stderr: string): NameCounts {
  const line = [...stderr.matchAll(/^pcap-agg: names from traffic: .*$/gm)].at(-1)?.[0] ?? '';
  const number = (pattern: RegExp) => Number(pattern.exec(line)?.[1] ?? 0);
  const reasons = /refused \(([^)]*)\)/.exec(line)?.[1] ?? '';
  const refused = [...reasons.matchAll(/([a-z-]+) (\d+)/g)];
  return {
    seen: number(/ (\d+) frames seen/),
    parsed: number(/ (\d+) parsed/),
    refused: Object.fromEntries(refused.map(([, reason, count]) => [reason!, Number(count)])),
    waiting: number(/ (\d+) waiting/),
    held: number(/ (\d+) names held/),
    evicted: number(/ (\d+) evicted/),
  };
}

/** Frames that are in none of the counts that `seen` is the sum of. */
export function unaccounted({ seen, parsed, refused, waiting }: NameCounts): number {
  return seen - parsed - waiting - Object.values(refused).reduce((sum, count) => sum + count, 0);
}
