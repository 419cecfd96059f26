/** Of how many connections records tell the right owner. */
import type { OwnedRecord } from '../../support/owners/program.js';

export interface Scores {
  readonly right: number;
  /** A record tells another owner. */
  readonly mistaken: number;
  /** A record tells none, or there is none. */
  readonly unknown: number;
  /** Of connections that are right: how it is known, each of the ways that their records name. */
  readonly origins: Readonly<Record<string, number>>;
  /** Why records tell none. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly examples: readonly string[];
}

/** What the owner of the client's end is told to be. */
interface Told {
  readonly owner: string | undefined;
  readonly from: string;
  readonly missing: string;
}

/**
 * `truth` has the owner's name by the port of the client's end. A connection is right where records tell both directions of it, and
 * every one of them the right owner.
 */
export function score(truth: ReadonlyMap<number, string>, records: readonly OwnedRecord[]): Scores {
  const byPort = new Map<number, { there: Told[]; back: Told[] }>();
  for (const record of records) {
    const isThere = truth.has(record.source_port);
    const port = isThere ? record.source_port : record.target_port;
    if (!truth.has(port)) continue;
    const seen = byPort.get(port) ?? { there: [], back: [] };
    byPort.set(port, seen);
    seen[isThere ? 'there' : 'back'].push(told(record, isThere ? 'source' : 'target'));
  }
  const counts = { right: 0, mistaken: 0, unknown: 0 };
  const origins: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  const examples: string[] = [];
  for (const [port, owner] of truth) {
    const { there = [], back = [] } = byPort.get(port) ?? {};
    const all = [...there, ...back];
    const other = all.find((each) => each.owner !== undefined && each.owner !== owner);
    if (other !== undefined) {
      counts.mistaken++;
      examples.push(`port ${port}: ${other.owner} by ${other.from}, not ${owner}`);
    } else if (there.length === 0 || back.length === 0 || all.some((each) => each.owner === undefined)) {
      counts.unknown++;
      const missing = all.find((each) => each.owner === undefined)?.missing ?? 'no record';
      reasons[missing] = (reasons[missing] ?? 0) + 1;
    } else {
      counts.right++;
      const origin = [...new Set(all.map(({ from }) => from))].sort().join('+');
      origins[origin] = (origins[origin] ?? 0) + 1;
    }
  }
  return { ...counts, origins, reasons, examples };
}

function told(record: OwnedRecord, end: 'source' | 'target'): Told {
  return {
    owner: record[`${end}_owner`] as string | undefined,
    from: record[`${end}_owner_from`] as string,
    missing: record.owner_missing ?? (record[`${end}_owner_from`] as string | undefined) ?? 'not-local',
  };
}
