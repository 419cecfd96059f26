/**
 * Labels from Datadog's published address ranges: which service's address a flow goes to or comes from.
 *
 * The longest prefix that holds the target decides, and the flow is outgoing; else the longest that holds the source,
 * and it is incoming. An address that a network's name stands for has no service.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../host/log.js';
import { findSource, findTarget } from '../../packet/by-address.js';
import type { FlowRecord } from '../../record/record.js';
import { EnrichError, type Enricher } from '../enricher.js';
import { createPrefixTable, type PrefixTable } from '../prefix-table.js';
import type { Ranges } from './ranges-json.js';
import {
  type Following,
  type FollowOptions,
  followFile,
  followUrl,
  type RangesCounts,
  type RangesLimits,
  rangesDefaults,
} from './ranges-source.js';

export interface IpRangesOptions {
  /** A URL (https: or http:), a file's name, or 'off'; undefined: the site's own URL. */
  readonly source: string | undefined;
  /** Datadog's site: "datadoghq.com", "datadoghq.eu", "us3.datadoghq.com" … */
  readonly site: string;
  /** Where copies of what a URL answered are kept; undefined: nowhere. */
  readonly cacheDirectory: string | undefined;
  readonly log: Pick<Log, 'line' | 'limited'>;
  /** A steady clock in milliseconds. */
  readonly nowMs: () => number;
  /** The wall clock in milliseconds since the epoch. */
  readonly wallMs: () => number;
  readonly limits?: Partial<RangesLimits>;
}

export interface IpRanges extends Enricher {
  readonly counts: RangesCounts & {
    /** Prefixes in use, each counted once. */
    prefixes: number;
    /** Entries of the ranges in use that were skipped, because they are not prefixes. */
    skipped: number;
  };
  /** Resolves when there are ranges, or the first attempt to get some has failed. Never rejects. */
  readonly settled: Promise<void>;
}

/**
 * Resolves as soon as local files are read: the network is asked in the background. Rejects with an EnrichError where
 * the source is not one, or is a file without ranges.
 */
export async function openIpRanges(options: IpRangesOptions): Promise<IpRanges> {
  const source = rangesSource(options);
  const counts = { refreshes: 0, refreshFailures: 0, prefixes: 0, skipped: 0 };
  const name = source instanceof URL ? `${source.origin}${source.pathname}` : source;
  let table: PrefixTable<string> = createPrefixTable<string>([]);

  const publish = (ranges: Ranges) => {
    table = createPrefixTable(ranges.entries);
    counts.prefixes = ranges.entries.length;
    counts.skipped = ranges.skipped;
    if (ranges.skipped === 0) return;
    options.log.limited(
      'ranges-skipped',
      `${ranges.skipped} of the address ranges from ${name} are not usable and were skipped; the first is ${ranges.firstSkipped}`,
    );
  };
  const following = await follow(source, options, {
    limits: { ...rangesDefaults, ...options.limits },
    counts,
    log: options.log,
    wallMs: options.wallMs,
    publish,
  });
  return {
    counts,
    get inWords() {
      const { prefixes, refreshes, refreshFailures } = counts;
      return `labels: ${prefixes} address ranges, refreshes ${refreshes}, failed ${refreshFailures}`;
    },
    settled: following.settled,
    settle: (deadlineMs) => {
      const late = sleep(Math.max(0, deadlineMs - options.nowMs()), undefined, { ref: false });
      return Promise.race([following.settled, late]);
    },
    enrich: (record) => label(record, table),
    close: () => following.close(),
  };
}

function label(record: FlowRecord, table: PrefixTable<string>): void {
  record.service = 'none';
  record.packetFlow = 'none';
  if (record.rest) return;
  const targetService = record.targetFold === null ? findTarget(table, record.key) : undefined;
  if (targetService !== undefined) {
    record.service = targetService;
    record.packetFlow = 'outgoing';
    return;
  }
  const sourceService = record.sourceFold === null ? findSource(table, record.key) : undefined;
  if (sourceService !== undefined) {
    record.service = sourceService;
    record.packetFlow = 'incoming';
  }
}

/** The site's URL where no source is given; else a URL, a file's name, or 'off'. Throws an EnrichError where it is neither. */
export function rangesSource({ source, site }: Pick<IpRangesOptions, 'source' | 'site'>): URL | string {
  if (source === undefined) {
    if (!/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(site)) {
      throw new EnrichError(
        `--datadog-site ${site}: not a Datadog site; write one like datadoghq.com or us3.datadoghq.com`,
      );
    }
    return new URL(`https://ip-ranges.${site}/`);
  }
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return source;
  const url = URL.canParse(source) ? new URL(source) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new EnrichError(
    `--datadog-ranges ${source}: not a source of address ranges; write a URL with https:// or http://, a file's name, or "off"`,
  );
}

async function follow(
  source: URL | string,
  { cacheDirectory }: IpRangesOptions,
  options: FollowOptions,
): Promise<Following> {
  if (source instanceof URL) return await followUrl(source, cacheDirectory, options);
  if (source === 'off') return { settled: Promise.resolve(), close() {} };
  return await followFile(source, options);
}
